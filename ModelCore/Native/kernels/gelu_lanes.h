// GELU of a vector, for the kernels that need it.
#pragma once

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

// x Φ(x) and its derivative Φ(x) + x φ(x), from one exponential: Φ by Abramowitz and Stegun 7.1.26, within 1e-7.
SW_INLINE vf gelu_slope(vf x, vf* value) {
  vf e = exp(-0.5f * x * x);
  vf t = reciprocal(1.f + 0.3275911f * 0.70710678118654752f * min(abs(x), splat(1e4f))); // where e is 0; infinity has no reciprocal here
  vf upper = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t * e * 0.5f; // 1 − Φ(|x|)
  vf cdf = where(x < 0.f, upper, 1.f - upper);
  *value = x * cdf;
  return cdf + x * (e * 0.39894228040143268f);
}

} // namespace sweeps::kernels::SW_ISA
