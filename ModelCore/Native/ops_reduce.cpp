// Sums, means, extremes, order.
#include "native.h"

#define DIMS const int64_t *dims, int64_t n

// No dims: over all.
SW_API Handle sw_sum(Handle t, DIMS, int keepdim, int dtype) noexcept {
  return result([&] {
    return n == 0 ? at::sum(*t, optional_dtype(dtype)) : at::sum(*t, ints(dims, n), keepdim != 0, optional_dtype(dtype));
  });
}

SW_API Handle sw_mean(Handle t, DIMS, int keepdim, int dtype) noexcept {
  return result([&] {
    return n == 0 ? at::mean(*t, optional_dtype(dtype)) : at::mean(*t, ints(dims, n), keepdim != 0, optional_dtype(dtype));
  });
}

SW_API Handle sw_var(Handle t, DIMS, int unbiased, int keepdim) noexcept {
  return result([&] {
    return n == 0 ? at::var(*t, unbiased != 0) : at::var(*t, ints(dims, n), unbiased != 0, keepdim != 0);
  });
}

SW_API Handle sw_std(Handle t, DIMS, int unbiased, int keepdim) noexcept {
  return result([&] {
    return n == 0 ? at::std(*t, unbiased != 0) : at::std(*t, ints(dims, n), unbiased != 0, keepdim != 0);
  });
}

SW_API Handle sw_norm(Handle t, Scalar p, DIMS, int keepdim) noexcept {
  return result([&] {
    return n == 0 ? at::norm(*t, p.get()) : at::norm(*t, c10::optional<at::Scalar>(p.get()), ints(dims, n), keepdim != 0);
  });
}

SW_API Handle sw_amax(Handle t, DIMS, int keepdim) noexcept {
  return result([&] { return at::amax(*t, ints(dims, n), keepdim != 0); });
}

SW_API Handle sw_amin(Handle t, DIMS, int keepdim) noexcept {
  return result([&] { return at::amin(*t, ints(dims, n), keepdim != 0); });
}

SW_API Handle sw_logsumexp(Handle t, DIMS, int keepdim) noexcept {
  return result([&] { return at::logsumexp(*t, ints(dims, n), keepdim != 0); });
}

SW_API Handle sw_max(Handle t) noexcept {
  return result([&] { return at::max(*t); });
}

SW_API Handle sw_min(Handle t) noexcept {
  return result([&] { return at::min(*t); });
}

// Has a dim of its own only where with_dim says so.
SW_API Handle sw_argmax(Handle t, int64_t dim, int with_dim, int keepdim) noexcept {
  return result([&] { return with_dim != 0 ? at::argmax(*t, dim, keepdim != 0) : at::argmax(*t); });
}

SW_API Handle sw_argmin(Handle t, int64_t dim, int with_dim, int keepdim) noexcept {
  return result([&] { return with_dim != 0 ? at::argmin(*t, dim, keepdim != 0) : at::argmin(*t); });
}

SW_API Handle sw_any(Handle t) noexcept {
  return result([&] { return at::any(*t); });
}

SW_API Handle sw_any_dim(Handle t, int64_t dim, int keepdim) noexcept {
  return result([&] { return at::any(*t, dim, keepdim != 0); });
}

SW_API Handle sw_all(Handle t) noexcept {
  return result([&] { return at::all(*t); });
}

SW_API Handle sw_all_dim(Handle t, int64_t dim, int keepdim) noexcept {
  return result([&] { return at::all(*t, dim, keepdim != 0); });
}

SW_API Handle sw_cumsum(Handle t, int64_t dim) noexcept {
  return result([&] { return at::cumsum(*t, dim); });
}

SW_API Handle sw_count_nonzero(Handle t, DIMS) noexcept {
  return result([&] { return n == 0 ? at::count_nonzero(*t) : at::count_nonzero(*t, ints(dims, n)); });
}

SW_API Handle sw_nonzero(Handle t) noexcept {
  return result([&] { return at::nonzero(*t); });
}

SW_API Handle sw_bincount(Handle t, int64_t minlength) noexcept {
  return result([&] { return at::bincount(*t, {}, minlength); });
}

// The following give values and indices.
#define PAIR(expression) \
  status([&] { \
    auto pair = expression; \
    *values = make_handle(std::get<0>(pair)); \
    *indices = make_handle(std::get<1>(pair)); \
  })

SW_API int sw_max_dim(Handle t, int64_t dim, int keepdim, Handle* values, Handle* indices) noexcept {
  return PAIR(at::max(*t, dim, keepdim != 0));
}

SW_API int sw_min_dim(Handle t, int64_t dim, int keepdim, Handle* values, Handle* indices) noexcept {
  return PAIR(at::min(*t, dim, keepdim != 0));
}

SW_API int sw_topk(Handle t, int64_t k, int64_t dim, int largest, int sorted, Handle* values, Handle* indices) noexcept {
  return PAIR(at::topk(*t, k, dim, largest != 0, sorted != 0));
}

SW_API int sw_sort(Handle t, int64_t dim, int descending, int stable, Handle* values, Handle* indices) noexcept {
  return PAIR(at::sort(*t, c10::optional<bool>(stable != 0), dim, descending != 0));
}

SW_API int sw_kthvalue(Handle t, int64_t k, int64_t dim, int keepdim, Handle* values, Handle* indices) noexcept {
  return PAIR(at::kthvalue(*t, k, dim, keepdim != 0));
}
