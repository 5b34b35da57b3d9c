// Rows of a table, and rows added to rows.
#include <algorithm>
#include <cstring>

#include "../../parallel.h"
#include "../../status.h"
#include "table_gradient.h"

namespace sweeps {

void table_gradient(const Team& team, const float* dy, const int64_t* positions, int64_t n, int64_t width, int64_t rows, float* dtable) {
  for_chunks(team, rows, [&](int64_t first, int64_t count, int) { std::fill_n(dtable + first * width, count * width, 0.f); });
  // Threads share the channels: each adds up all of its rows in order.
  constexpr int64_t lines = 64;
  parallel_for(team, parts(width, lines), 1, [&](int64_t begin, int64_t end, int) {
    const int64_t first = begin * lines, last = std::min(end * lines, width);
    for (int64_t i = 0; i < n; ++i) {
      const float* from = dy + i * width;
      float* to = dtable + positions[i] * width;
      for (int64_t c = first; c < last; ++c) to[c] += from[c];
    }
  });
}

} // namespace sweeps

using namespace sweeps;

SW_API sw_status sw_embedding(const sw_rows* table, const int64_t* positions, int64_t n, int add, float* y) noexcept {
  return status([&] {
    const auto& rows = require_rows(table, "embedding: table");
    require_indices(positions, n, rows.n, "embedding: positions");
    const int64_t width = rows.width;
    require_array(y, n * width, "embedding: y");
    for_chunks(Team(), n, [&](int64_t first, int64_t count, int) {
      for (int64_t i = first; i < first + count; ++i) {
        const float* from = rows.data + positions[i] * rows.stride;
        float* to = y + i * width;
        if (add == 0)
          std::copy_n(from, width, to);
        else
          for (int64_t c = 0; c < width; ++c) to[c] += from[c];
      }
    });
  });
}

SW_API sw_status
sw_embedding_backward(const float* dy, const int64_t* positions, int64_t n, int64_t width, int64_t rows, float* dtable) noexcept {
  return status([&] {
    require(width >= 0 && rows >= 0, "embedding: a table of ", rows, " rows of ", width);
    require_indices(positions, n, rows, "embedding: positions");
    require_array(dy, n * width, "embedding: dy");
    require_array(dtable, rows * width, "embedding: dtable");
    table_gradient(Team(), dy, positions, n, width, rows, dtable);
  });
}
