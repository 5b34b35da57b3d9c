// Matrix products and the operators of networks.
#include "native.h"

#define PRODUCT(name) \
  SW_API Handle sw_##name(Handle a, Handle b) noexcept { \
    return result([&] { return at::name(*a, *b); }); \
  }

PRODUCT(matmul)
PRODUCT(mm)
PRODUCT(bmm)
PRODUCT(mv)
PRODUCT(dot)
PRODUCT(outer)

SW_API Handle sw_addmm(Handle t, Handle a, Handle b, Scalar beta, Scalar alpha) noexcept {
  return result([&] { return at::addmm(*t, *a, *b, beta.get(), alpha.get()); });
}

SW_API Handle sw_baddbmm(Handle t, Handle a, Handle b, Scalar beta, Scalar alpha) noexcept {
  return result([&] { return at::baddbmm(*t, *a, *b, beta.get(), alpha.get()); });
}

SW_API Handle sw_einsum(const char* equation, const Handle* list, int64_t n) noexcept {
  return result([&] { return at::einsum(equation, tensors(list, n)); });
}

SW_API Handle sw_linear(Handle x, Handle weight, Handle bias) noexcept {
  return result([&] { return at::linear(*x, *weight, optional_tensor(bias)); });
}

SW_API Handle sw_embedding(Handle weight, Handle indices) noexcept {
  return result([&] { return at::embedding(*weight, *indices); });
}

SW_API Handle sw_softmax(Handle t, int64_t dim, int dtype) noexcept {
  return result([&] { return at::softmax(*t, dim, optional_dtype(dtype)); });
}

SW_API Handle sw_log_softmax(Handle t, int64_t dim, int dtype) noexcept {
  return result([&] { return at::log_softmax(*t, dim, optional_dtype(dtype)); });
}

// reduction: 0 none, 1 mean, 2 sum, as at::Reduction.
SW_API Handle sw_cross_entropy(
    Handle input, Handle target, Handle weight, int reduction, int64_t ignore, double smoothing) noexcept {
  return result([&] {
    return at::cross_entropy_loss(*input, *target, optional_tensor(weight), reduction, ignore, smoothing);
  });
}

SW_API Handle sw_nll_loss(Handle input, Handle target, Handle weight, int reduction, int64_t ignore) noexcept {
  return result([&] { return at::nll_loss(*input, *target, optional_tensor(weight), reduction, ignore); });
}

SW_API Handle sw_mse_loss(Handle input, Handle target, int reduction) noexcept {
  return result([&] { return at::mse_loss(*input, *target, reduction); });
}

SW_API Handle sw_one_hot(Handle t, int64_t classes) noexcept {
  return result([&] { return at::one_hot(*t, classes); });
}

SW_API int sw_equal(Handle a, Handle b, int* equal) noexcept {
  return status([&] { *equal = at::equal(*a, *b) ? 1 : 0; });
}

SW_API int sw_allclose(Handle a, Handle b, double rtol, double atol, int equal_nan, int* close) noexcept {
  return status([&] { *close = at::allclose(*a, *b, rtol, atol, equal_nan != 0) ? 1 : 0; });
}
