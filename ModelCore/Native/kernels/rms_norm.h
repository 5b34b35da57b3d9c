// RMSNorm: each row over the root of its mean square, times a gain per channel.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

struct RmsNormKernels {
  // n dense rows of width d: inverse_rms[i] = 1 / √(mean x[i]² + eps), y = x · inverse_rms · gain. y may be x.
  void (*forward)(const float* x, const float* gain, float* y, float* inverse_rms, int64_t n, int64_t d, float eps);
  // dx from dy (it may be dy), plus beside unless that is null, and dgain[j] += Σ_i dy x inverse_rms, row after row.
  void (*backward)(
      const float* x, const float* gain, const float* inverse_rms, const float* dy, const float* beside, float* dx, float* dgain, int64_t n,
      int64_t d);
};

} // namespace sweeps::kernels

SW_KERNELS(RmsNormKernels, rms_norm)
