// Arithmetic, comparison and logic, element by element.
#include "native.h"

#define UNARY(name) \
  SW_API Handle sw_##name(Handle t) noexcept { \
    return result([&] { return at::name(*t); }); \
  }
#define BINARY(name) \
  SW_API Handle sw_##name(Handle a, Handle b) noexcept { \
    return result([&] { return at::name(*a, *b); }); \
  }
#define WITH_SCALAR(name) \
  SW_API Handle sw_##name##_scalar(Handle a, Scalar b) noexcept { \
    return result([&] { return at::name(*a, b.get()); }); \
  }
#define INPLACE(name) \
  SW_API int sw_##name##_(Handle a, Handle b) noexcept { \
    return status([&] { a->name##_(*b); }); \
  } \
  SW_API int sw_##name##_scalar_(Handle a, Scalar b) noexcept { \
    return status([&] { a->name##_(b.get()); }); \
  }

UNARY(abs)
UNARY(neg)
UNARY(exp)
UNARY(log)
UNARY(log1p)
UNARY(expm1)
UNARY(sqrt)
UNARY(rsqrt)
UNARY(square)
UNARY(sign)
UNARY(reciprocal)
UNARY(sin)
UNARY(cos)
UNARY(tanh)
UNARY(floor)
UNARY(ceil)
UNARY(round)
UNARY(relu)
UNARY(sigmoid)
UNARY(log_sigmoid)
UNARY(logical_not)
UNARY(isnan)
UNARY(isinf)
UNARY(isfinite)

SW_API Handle sw_gelu(Handle t) noexcept {
  return result([&] { return at::gelu(*t); });
}

SW_API Handle sw_add(Handle a, Handle b, Scalar alpha) noexcept {
  return result([&] { return at::add(*a, *b, alpha.get()); });
}

SW_API Handle sw_sub(Handle a, Handle b, Scalar alpha) noexcept {
  return result([&] { return at::sub(*a, *b, alpha.get()); });
}

SW_API int sw_add_(Handle a, Handle b, Scalar alpha) noexcept {
  return status([&] { a->add_(*b, alpha.get()); });
}

SW_API int sw_sub_(Handle a, Handle b, Scalar alpha) noexcept {
  return status([&] { a->sub_(*b, alpha.get()); });
}

SW_API int sw_add_scalar_(Handle a, Scalar b) noexcept {
  return status([&] { a->add_(b.get()); });
}

SW_API Handle sw_add_scalar(Handle a, Scalar b) noexcept {
  return result([&] { return at::add(*a, b.get()); });
}

SW_API Handle sw_sub_scalar(Handle a, Scalar b) noexcept {
  return result([&] { return at::sub(*a, b.get()); });
}

SW_API int sw_sub_scalar_(Handle a, Scalar b) noexcept {
  return status([&] { a->sub_(b.get()); });
}

SW_API Handle sw_rsub_scalar(Handle a, Scalar b) noexcept {
  return result([&] { return at::rsub(*a, b.get()); });
}

BINARY(mul)
WITH_SCALAR(mul)
INPLACE(mul)
BINARY(div)
WITH_SCALAR(div)
INPLACE(div)
BINARY(remainder)
WITH_SCALAR(remainder)
WITH_SCALAR(floor_divide)
BINARY(pow)
WITH_SCALAR(pow)
BINARY(maximum)
BINARY(minimum)

#define COMPARISON(name) BINARY(name) WITH_SCALAR(name)
COMPARISON(eq)
COMPARISON(ne)
COMPARISON(lt)
COMPARISON(le)
COMPARISON(gt)
COMPARISON(ge)
BINARY(logical_and)
BINARY(logical_or)
BINARY(logical_xor)

SW_API Handle sw_addcmul(Handle t, Handle a, Handle b, Scalar value) noexcept {
  return result([&] { return at::addcmul(*t, *a, *b, value.get()); });
}

SW_API int sw_addcmul_(Handle t, Handle a, Handle b, Scalar value) noexcept {
  return status([&] { t->addcmul_(*a, *b, value.get()); });
}

SW_API int sw_addcdiv_(Handle t, Handle a, Handle b, Scalar value) noexcept {
  return status([&] { t->addcdiv_(*a, *b, value.get()); });
}

SW_API int sw_lerp_(Handle t, Handle end, Scalar weight) noexcept {
  return status([&] { t->lerp_(*end, weight.get()); });
}

SW_API Handle sw_lerp(Handle t, Handle end, Scalar weight) noexcept {
  return result([&] { return at::lerp(*t, *end, weight.get()); });
}

SW_API Handle sw_clamp(Handle t, Scalar low, Scalar high) noexcept {
  return result([&] { return at::clamp(*t, optional_scalar(low), optional_scalar(high)); });
}

SW_API int sw_clamp_(Handle t, Scalar low, Scalar high) noexcept {
  return status([&] { t->clamp_(optional_scalar(low), optional_scalar(high)); });
}

SW_API int sw_fill_(Handle t, Scalar value) noexcept {
  return status([&] { t->fill_(value.get()); });
}

SW_API int sw_zero_(Handle t) noexcept {
  return status([&] { t->zero_(); });
}

SW_API int sw_sqrt_(Handle t) noexcept {
  return status([&] { t->sqrt_(); });
}

SW_API int sw_masked_fill_(Handle t, Handle mask, Scalar value) noexcept {
  return status([&] { t->masked_fill_(*mask, value.get()); });
}

SW_API Handle sw_masked_fill(Handle t, Handle mask, Scalar value) noexcept {
  return result([&] { return t->masked_fill(*mask, value.get()); });
}

SW_API Handle sw_where(Handle condition, Handle a, Handle b) noexcept {
  return result([&] { return at::where(*condition, *a, *b); });
}
