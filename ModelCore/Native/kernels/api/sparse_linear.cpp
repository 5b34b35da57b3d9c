// Sparse weights, and the linear map by them both ways.
#include "../sparse_linear.h"

#include <algorithm>

#include "../../engine/sparse_matrix.h"
#include "../../memory/array.h"
#include "../../status.h"

using namespace sweeps;

struct sw_sparse_weight {
  std::unique_ptr<const SparseWeight> entries;
};

SW_API sw_status sw_sparse_weight_new(const sw_rows* dense, int64_t most, sw_sparse_weight** weight) noexcept {
  return status([&] {
    require(weight != nullptr, "sparse_weight: no place for the result");
    *weight = nullptr;
    const auto& rows = require_rows(dense, "sparse_weight: dense");
    auto entries = sparse_weight(Team(), rows, std::min<int64_t>(most, INT32_MAX));
    if (entries != nullptr) *weight = new sw_sparse_weight{std::move(entries)};
  });
}

SW_API void sw_sparse_weight_free(sw_sparse_weight* weight) noexcept { delete weight; }

SW_API int64_t sw_sparse_weight_entries(const sw_sparse_weight* weight) noexcept {
  return weight == nullptr ? 0 : weight->entries->by_rows().entries();
}

SW_API sw_status
sw_sparse_linear(const sw_sparse_weight* weight, int transposed, const sw_rows* x, int64_t pieces, const float* bias, float* y) noexcept {
  return status([&] {
    require(weight != nullptr && x != nullptr && pieces > 0, "sparse_linear: no weight, no inputs, or ", pieces, " pieces");
    const auto csr = transposed != 0 ? weight->entries->transposed() : weight->entries->by_rows();
    const int64_t n = x->n, width = x->width;
    for (int64_t p = 0; p < pieces; ++p)
      require(require_rows(x + p, "sparse_linear: x").n == n && x[p].width == width, "sparse_linear: pieces of different shapes");
    require(width * pieces == csr.cols, "sparse_linear: inputs of width ", width * pieces, ", expected ", csr.cols);
    require_array(y, n * csr.rows, "sparse_linear: y");
    const auto& kernel = kernels::sparse_linear();
    const Team team;
    // The pieces side by side, for one chunk of rows: it stays in the cache.
    const int64_t joined = pieces == 1 ? 0 : rows_per_chunk * csr.cols, per_thread = joined + kernel.scratch_floats(csr);
    Array<float> scratch(team.size() * per_thread);
    for_chunks(team, n, [&](int64_t first, int64_t rows, int thread) {
      float* mine = scratch.data() + thread * per_thread;
      for (int64_t t = 0; joined != 0 && t < rows; ++t)
        for (int64_t p = 0; p < pieces; ++p) std::copy_n(x[p].data + (first + t) * x[p].stride, width, mine + t * csr.cols + p * width);
      const float* from = joined != 0 ? mine : x->data + first * x->stride;
      kernel.forward(csr, from, joined != 0 ? csr.cols : x->stride, bias, y + first * csr.rows, csr.rows, rows, mine + joined);
    });
  });
}
