// GELU, x Φ(x), entry by entry.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

struct GeluKernels {
  // y may be x.
  void (*forward)(const float* x, float* y, int64_t n);
  // dx = dy (Φ(x) + x φ(x)); dx may be dy.
  void (*backward)(const float* x, const float* dy, float* dx, int64_t n);
};

} // namespace sweeps::kernels

SW_KERNELS(GeluKernels, gelu)
