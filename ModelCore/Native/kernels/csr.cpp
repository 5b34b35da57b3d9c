#include "csr.h"

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

SW_INLINE uint32_t nonzero(vf v) { return bits(v != 0.f); }

int64_t count(const float* values, int64_t n) {
  int64_t total = 0, i = 0;
  for (; i + lanes <= n; i += lanes) total += __builtin_popcount(nonzero(load(values + i)));
  if (i < n) total += __builtin_popcount(nonzero(load_n(values + i, static_cast<int>(n - i))));
  return total;
}

void collect(const float* values, int64_t n, int32_t* idx, float* val) {
  for (int64_t i = 0; i < n; i += lanes) {
    uint32_t left = nonzero(i + lanes <= n ? load(values + i) : load_n(values + i, static_cast<int>(n - i)));
    for (; left != 0; left &= left - 1) {
      auto column = static_cast<int32_t>(i) + __builtin_ctz(left);
      *idx++ = column;
      *val++ = values[column];
    }
  }
}

} // namespace

extern const CsrKernels csr{count, collect};

} // namespace sweeps::kernels::SW_ISA
