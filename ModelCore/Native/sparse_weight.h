// The frozen weight of a linear map, by its entries that are not zero.
#pragma once

#include "kernels/csr.h"
#include "native.h"

#include <memory>
#include <vector>

namespace sweeps {

struct SparseWeight {
  int64_t rows; // outputs
  int64_t cols; // inputs
  std::vector<int32_t> ptr, idx, transposed_ptr, transposed_idx;
  std::vector<float> val, transposed_val;

  kernels::Csr by_rows() const { return {rows, cols, ptr.data(), idx.data(), val.data()}; }
  kernels::Csr transposed() const { return {cols, rows, transposed_ptr.data(), transposed_idx.data(), transposed_val.data()}; }
};

// Of a weight (out, in), float32 on the CPU; null where more entries than `most`, at most INT32_MAX, are not zero.
std::shared_ptr<const SparseWeight> sparse_weight(const at::Tensor& dense, int64_t most);

// A handle of C#'s SparseWeight; graphs of autograd share it.
using SparseWeightHandle = std::shared_ptr<const SparseWeight>*;

} // namespace sweeps
