#include "sparse_matrix.h"

namespace sweeps {

SparseMatrix SparseMatrix::transposed() const {
  SparseMatrix t{.rows = cols, .cols = rows, .ptr = std::vector<int32_t>(cols + 1, 0), .idx = std::vector<int32_t>(idx.size()), .val = std::vector<float>(val.size())};
  for (auto column : idx) ++t.ptr[column + 1];
  for (int64_t c = 0; c < cols; ++c) t.ptr[c + 1] += t.ptr[c];
  std::vector<int32_t> next(t.ptr.begin(), t.ptr.end() - 1);
  for (int64_t r = 0; r < rows; ++r) {
    for (int32_t j = ptr[r]; j < ptr[r + 1]; ++j) {
      int32_t to = next[idx[j]]++;
      t.idx[to] = static_cast<int32_t>(r);
      t.val[to] = val[j];
    }
  }
  return t;
}

} // namespace sweeps
