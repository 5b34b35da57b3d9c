#include "sparse_matrix.h"

namespace sweeps {

SparseMatrix SparseMatrix::transposed() const {
  SparseMatrix t{
      .rows = cols,
      .cols = rows,
      .ptr = std::vector<int32_t>(cols + 1, 0),
      .idx = std::vector<int32_t>(idx.size()),
      .val = std::vector<float>(val.size())};
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

std::unique_ptr<const SparseWeight> sparse_weight(const Team& team, const sw_rows& dense, int64_t most) {
  auto sparse = std::make_unique<SparseWeight>();
  auto* w = &sparse->weight;
  w->rows = dense.n;
  w->cols = dense.width;
  w->ptr.assign(w->rows + 1, 0);
  const auto& kernel = kernels::csr();
  std::vector<int64_t> counts(w->rows, 0);
  for_chunks(team, dense.n, [&](int64_t first, int64_t n, int) {
    for (int64_t r = first; r < first + n; ++r) counts[r] = kernel.count(dense.data + r * dense.stride, w->cols);
  });
  int64_t entries = 0;
  for (int64_t r = 0; r < w->rows; ++r) {
    entries += counts[r];
    if (entries > most) return nullptr;
    w->ptr[r + 1] = static_cast<int32_t>(entries);
  }
  w->idx.resize(entries);
  w->val.resize(entries);
  for_chunks(team, dense.n, [&](int64_t first, int64_t n, int) {
    for (int64_t r = first; r < first + n; ++r)
      kernel.collect(dense.data + r * dense.stride, w->cols, w->idx.data() + w->ptr[r], w->val.data() + w->ptr[r]);
  });
  sparse->transpose = w->transposed();
  return sparse;
}

} // namespace sweeps
