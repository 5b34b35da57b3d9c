// The frozen weight of a linear map, by its entries that are not zero.
#pragma once

#include "native.h"
#include "sparse_matrix.h"

#include <memory>

namespace sweeps {

struct SparseWeight {
  SparseMatrix weight, transpose; // (out, in), (in, out)

  kernels::Csr by_rows() const { return weight.view(); }
  kernels::Csr transposed() const { return transpose.view(); }
};

// In training, below this density the product by entries is faster; measured for widths from 256 to 2,048. It decides about rounding, so it depends on the values
// alone, never on the machine.
constexpr double dense_from = 0.2;

// Of a weight (out, in), float32 on the CPU; null where more entries than `most`, at most INT32_MAX, are not zero.
std::shared_ptr<const SparseWeight> sparse_weight(const at::Tensor& dense, int64_t most);

// x Wᵀ + bias (null for none) of inputs (..., cols), without a graph; operation is for messages.
at::Tensor multiply(const at::Tensor& x, const kernels::Csr& weight, const float* bias, const char* operation);

// A handle of C#'s SparseWeight; graphs of autograd share it.
using SparseWeightHandle = std::shared_ptr<const SparseWeight>*;

} // namespace sweeps
