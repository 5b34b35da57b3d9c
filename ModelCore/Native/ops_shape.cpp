// Views, joins, indexing.
#include "native.h"

SW_API Handle sw_reshape(Handle t, const int64_t* shape, int64_t dims) noexcept {
  return result([&] { return t->reshape(ints(shape, dims)); });
}

SW_API Handle sw_view(Handle t, const int64_t* shape, int64_t dims) noexcept {
  return result([&] { return t->view(ints(shape, dims)); });
}

SW_API Handle sw_expand(Handle t, const int64_t* shape, int64_t dims) noexcept {
  return result([&] { return t->expand(ints(shape, dims)); });
}

SW_API Handle sw_repeat(Handle t, const int64_t* times, int64_t dims) noexcept {
  return result([&] { return t->repeat(ints(times, dims)); });
}

SW_API Handle sw_permute(Handle t, const int64_t* order, int64_t dims) noexcept {
  return result([&] { return t->permute(ints(order, dims)); });
}

SW_API Handle sw_flip(Handle t, const int64_t* dims, int64_t n) noexcept {
  return result([&] { return t->flip(ints(dims, n)); });
}

SW_API Handle sw_transpose(Handle t, int64_t a, int64_t b) noexcept {
  return result([&] { return t->transpose(a, b); });
}

SW_API Handle sw_t(Handle t) noexcept {
  return result([&] { return t->t(); });
}

SW_API Handle sw_unsqueeze(Handle t, int64_t dim) noexcept {
  return result([&] { return t->unsqueeze(dim); });
}

SW_API Handle sw_squeeze(Handle t) noexcept {
  return result([&] { return t->squeeze(); });
}

SW_API Handle sw_squeeze_dim(Handle t, int64_t dim) noexcept {
  return result([&] { return t->squeeze(dim); });
}

SW_API Handle sw_flatten(Handle t, int64_t start, int64_t end) noexcept {
  return result([&] { return t->flatten(start, end); });
}

SW_API Handle sw_narrow(Handle t, int64_t dim, int64_t start, int64_t length) noexcept {
  return result([&] { return t->narrow(dim, start, length); });
}

SW_API Handle sw_slice(Handle t, int64_t dim, int64_t start, int64_t stop, int64_t step) noexcept {
  return result([&] { return t->slice(dim, start, stop, step); });
}

SW_API Handle sw_select(Handle t, int64_t dim, int64_t index) noexcept {
  return result([&] { return t->select(dim, index); });
}

SW_API Handle sw_diagonal(Handle t, int64_t offset, int64_t a, int64_t b) noexcept {
  return result([&] { return t->diagonal(offset, a, b); });
}

SW_API Handle sw_tril(Handle t, int64_t diagonal) noexcept {
  return result([&] { return t->tril(diagonal); });
}

SW_API Handle sw_triu(Handle t, int64_t diagonal) noexcept {
  return result([&] { return t->triu(diagonal); });
}

SW_API Handle sw_cat(const Handle* list, int64_t n, int64_t dim) noexcept {
  return result([&] { return at::cat(tensors(list, n), dim); });
}

SW_API Handle sw_stack(const Handle* list, int64_t n, int64_t dim) noexcept {
  return result([&] { return at::stack(tensors(list, n), dim); });
}

SW_API Handle sw_index_select(Handle t, int64_t dim, Handle index) noexcept {
  return result([&] { return t->index_select(dim, *index); });
}

SW_API Handle sw_gather(Handle t, int64_t dim, Handle index) noexcept {
  return result([&] { return t->gather(dim, *index); });
}

SW_API Handle sw_scatter(Handle t, int64_t dim, Handle index, Handle source) noexcept {
  return result([&] { return t->scatter(dim, *index, *source); });
}

SW_API int sw_scatter_(Handle t, int64_t dim, Handle index, Handle source) noexcept {
  return status([&] { t->scatter_(dim, *index, *source); });
}

SW_API int sw_scatter_scalar_(Handle t, int64_t dim, Handle index, Scalar value) noexcept {
  return status([&] { t->scatter_(dim, *index, value.get()); });
}

SW_API int sw_scatter_add_(Handle t, int64_t dim, Handle index, Handle source) noexcept {
  return status([&] { t->scatter_add_(dim, *index, *source); });
}

SW_API int sw_index_add_(Handle t, int64_t dim, Handle index, Handle source, Scalar alpha) noexcept {
  return status([&] { t->index_add_(dim, *index, *source, alpha.get()); });
}

SW_API Handle sw_masked_select(Handle t, Handle mask) noexcept {
  return result([&] { return t->masked_select(*mask); });
}

namespace {

// A null handle stands for a whole dimension.
c10::List<c10::optional<at::Tensor>> index_list(const Handle* indices, int64_t n) {
  c10::List<c10::optional<at::Tensor>> list;
  for (int64_t i = 0; i < n; ++i) list.push_back(optional_tensor(indices[i]));
  return list;
}

} // namespace

SW_API Handle sw_index(Handle t, const Handle* indices, int64_t n) noexcept {
  return result([&] { return at::index(*t, index_list(indices, n)); });
}

SW_API int sw_index_put_(Handle t, const Handle* indices, int64_t n, Handle values, int accumulate) noexcept {
  return status([&] { t->index_put_(index_list(indices, n), *values, accumulate != 0); });
}
