// A sparse matrix that owns its memory.
#pragma once

#include <memory>
#include <vector>

#include "../kernels/csr.h"
#include "../parallel.h"
#include "../sweeps.h"

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

// The frozen weight of a linear map, (out, in) and (in, out), by its entries that are not zero.
struct SparseWeight {
  SparseMatrix weight, transpose;

  kernels::Csr by_rows() const { return weight.view(); }
  kernels::Csr transposed() const { return transpose.view(); }
};

// Of a dense weight; null where more entries than `most`, at most INT32_MAX, are not zero.
std::unique_ptr<const SparseWeight> sparse_weight(const Team& team, const sw_rows& dense, int64_t most);

} // namespace sweeps
