// Tensors from nothing, and copies of tensors.
#include "native.h"

#define SHAPE const int64_t *shape, int64_t dims
#define PLACE int dtype, int device_type, int device_index

SW_API Handle sw_empty(SHAPE, PLACE) noexcept {
  return result([&] { return at::empty(ints(shape, dims), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_zeros(SHAPE, PLACE) noexcept {
  return result([&] { return at::zeros(ints(shape, dims), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_full(SHAPE, Scalar value, PLACE) noexcept {
  return result([&] { return at::full(ints(shape, dims), value.get(), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_arange(Scalar start, Scalar stop, Scalar step, PLACE) noexcept {
  return result([&] { return at::arange(start.get(), stop.get(), step.get(), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_eye(int64_t rows, int64_t columns, PLACE) noexcept {
  return result([&] { return at::eye(rows, columns, options(dtype, device_type, device_index)); });
}

SW_API Handle sw_rand(SHAPE, at::Generator* g, PLACE) noexcept {
  return result([&] { return at::rand(ints(shape, dims), optional_generator(g), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_randn(SHAPE, at::Generator* g, PLACE) noexcept {
  return result([&] { return at::randn(ints(shape, dims), optional_generator(g), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_randint(int64_t low, int64_t high, SHAPE, at::Generator* g, PLACE) noexcept {
  return result([&] {
    return at::randint(low, high, ints(shape, dims), optional_generator(g), options(dtype, device_type, device_index));
  });
}

SW_API Handle sw_randperm(int64_t n, at::Generator* g, PLACE) noexcept {
  return result([&] { return at::randperm(n, optional_generator(g), options(dtype, device_type, device_index)); });
}

SW_API Handle sw_multinomial(Handle weights, int64_t samples, int replacement, at::Generator* g) noexcept {
  return result([&] { return at::multinomial(*weights, samples, replacement != 0, optional_generator(g)); });
}

SW_API Handle sw_full_like(Handle t, Scalar value, int dtype) noexcept {
  return result([&] {
    auto options = dtype < 0 ? t->options() : t->options().dtype(static_cast<at::ScalarType>(dtype));
    return at::full_like(*t, value.get(), options);
  });
}

SW_API int sw_normal_(Handle t, double mean, double std, at::Generator* g) noexcept {
  return status([&] { t->normal_(mean, std, optional_generator(g)); });
}

SW_API int sw_uniform_(Handle t, double from, double to, at::Generator* g) noexcept {
  return status([&] { t->uniform_(from, to, optional_generator(g)); });
}

SW_API int sw_bernoulli_(Handle t, double p, at::Generator* g) noexcept {
  return status([&] { t->bernoulli_(p, optional_generator(g)); });
}

SW_API Handle sw_clone(Handle t) noexcept {
  return result([&] { return t->clone(); });
}

SW_API Handle sw_contiguous(Handle t) noexcept {
  return result([&] { return t->contiguous(); });
}

SW_API Handle sw_to_dtype(Handle t, int dtype) noexcept {
  return result([&] { return t->to(static_cast<at::ScalarType>(dtype)); });
}

SW_API Handle sw_to_device(Handle t, int device_type, int device_index) noexcept {
  return result([&] { return t->to(device_of(device_type, device_index)); });
}

SW_API int sw_copy_(Handle t, Handle source) noexcept {
  return status([&] { t->copy_(*source); });
}
