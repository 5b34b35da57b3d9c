// AbsTopK: of each row the k entries largest in magnitude stay, the others become 0.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

// Which entries of a row of d were kept: bit i % 16 of word i / 16. Unused bits of the last word are 0.
inline constexpr int64_t kept_words(int64_t d) { return (d + 15) / 16; }

struct AbsTopKKernels {
  // n rows of width d, 1 ≤ k ≤ d: exactly k entries of each row stay; among equal magnitudes those with the lowest index, NaN counts as
  // largest. They are added to base unless that is null. y may be x or base. kept: kept_words(d) per row, or null.
  void (*forward)(
      const float* x, int64_t ldx, const float* base, int64_t ldb, float* y, int64_t ldy, uint16_t* kept, int64_t n, int64_t d, int64_t k);
  // dx = dy where kept, else 0. dx may be dy.
  void (*backward)(const float* dy, int64_t lddy, const uint16_t* kept, float* dx, int64_t lddx, int64_t n, int64_t d);
};

} // namespace sweeps::kernels

SW_KERNELS(AbsTopKKernels, abs_topk)
