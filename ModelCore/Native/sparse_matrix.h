// A sparse matrix that owns its memory.
#pragma once

#include "kernels/csr.h"

#include <vector>

namespace sweeps {

struct SparseMatrix {
  int64_t rows = 0, cols = 0;
  std::vector<int32_t> ptr, idx;
  std::vector<float> val;

  kernels::Csr view() const { return {rows, cols, ptr.data(), idx.data(), val.data()}; }
  kernels::Csr rows_from(int64_t first, int64_t count) const { return {count, cols, ptr.data() + first, idx.data(), val.data()}; }

  // Entries of each column, from top to bottom.
  SparseMatrix transposed() const;
};

} // namespace sweeps
