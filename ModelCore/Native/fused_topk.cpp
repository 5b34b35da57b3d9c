// AbsTopK with its gradient.
#include "fused.h"
#include "kernels/abs_topk.h"

namespace {

uint16_t* words(const at::Tensor& kept) { return reinterpret_cast<uint16_t*>(kept.data_ptr<int16_t>()); }

// x where kept, else 0.
at::Tensor keep(const at::Tensor& x, const at::Tensor& kept) {
  auto rows = rows_of(x, "abs_topk");
  auto y = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::Contiguous));
  const auto& kernel = kernels::abs_topk();
  for_chunks(rows.n, [&](int64_t first, int64_t n) {
    kernel.backward(
        rows.data + first * rows.ld, rows.ld, words(kept) + first * kernels::kept_words(rows.d), y.data_ptr<float>() + first * rows.d, rows.d, n, rows.d);
  });
  return with_backward(y, x, [kept](const at::Tensor& gradient) { return keep(gradient, kept); });
}

struct Chosen {
  at::Tensor y, kept;
};

// AbsTopK of x, on top of base where that is defined.
Chosen choose(const at::Tensor& x, const at::Tensor& base, int64_t k, const char* operation) {
  auto rows = rows_of(x, operation);
  auto bases = base.defined() ? rows_of(base, operation) : Rows{base, nullptr, rows.n, rows.d, 0};
  TORCH_CHECK(!base.defined() || base.sizes() == x.sizes(), operation, ": expected two tensors of one shape, found ", base.sizes(), " and ", x.sizes());
  TORCH_CHECK(1 <= k && k <= rows.d, operation, ": k is ", k, ", expected 1 to ", rows.d);
  auto y = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::Contiguous));
  auto kept = at::empty({rows.n, kernels::kept_words(rows.d)}, x.options().dtype(at::kShort));
  const auto& kernel = kernels::abs_topk();
  for_chunks(rows.n, [&](int64_t first, int64_t n) {
    kernel.forward(
        rows.data + first * rows.ld, rows.ld, bases.data == nullptr ? nullptr : bases.data + first * bases.ld, bases.ld, y.data_ptr<float>() + first * rows.d, rows.d,
        words(kept) + first * kernels::kept_words(rows.d), n, rows.d, k);
  });
  return {y, kept};
}

struct AddAbsTopK : torch::autograd::Function<AddAbsTopK> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& base, const at::Tensor& x, int64_t k) {
    auto [y, kept] = choose(x, base, k, "add_abs_topk");
    context->save_for_backward({kept});
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    return {gradients[0], keep(gradients[0], context->get_saved_variables()[0]), at::Tensor()};
  }
};

} // namespace

// base + AbsTopK of x, both (..., d).
SW_API Handle sw_add_abs_topk(Handle base, Handle x, int64_t k) noexcept {
  return result([&] { return AddAbsTopK::apply(*base, *x, k); });
}

SW_API Handle sw_abs_topk(Handle x, int64_t k) noexcept {
  return result([&] {
    auto chosen = choose(*x, at::Tensor(), k, "abs_topk");
    return with_backward(chosen.y, *x, [kept = chosen.kept](const at::Tensor& gradient) { return keep(gradient, kept); });
  });
}
