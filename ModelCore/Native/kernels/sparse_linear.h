// A linear map with a sparse weight: y = x Wᵀ + b, and with the transposed weight dx = dy W.
#pragma once

#include "csr.h"
#include "isa.h"

namespace sweeps::kernels {

struct SparseLinearKernels {
  // y[t][r] = bias[r] + Σ_j val[j] · x[t][idx[j]] for t < n; row strides ldx ≥ cols and ldy ≥ rows in floats; bias may be null.
  // x and y must not overlap. The order of summation does not depend on n, t or the strides. scratch: scratch_floats(weight).
  void (*forward)(const Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy, int64_t n, float* scratch);
  int64_t (*scratch_floats)(const Csr& weight);
};

} // namespace sweeps::kernels

SW_KERNELS(SparseLinearKernels, sparse_linear)
