// The gradients of a linear map's weight and bias: kernels/weight_gradient.h.
#include "../weight_gradient.h"

#include <algorithm>

#include "../../memory/array.h"
#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

namespace {

using Kernels = kernels::WeightGradientKernels;

enum class Choice : int { automatic = 0, dense = 1, sparse = 2 };

// Above this density the dense product is faster; it decides about rounding, so it depends on the values alone, never on the machine.
constexpr double dense_above = 0.4;

// x, packed by the first piece that needs it.
class Packed {
 public:
  Packed(const Team& team, const sw_rows& x, bool bf16) : x(x), bf16(bf16), chunks(parts(x.n, Kernels::tokens)), team_(team) {}

  int64_t stride() const { return chunks * Kernels::tokens * kernel_.columns; }

  const float* block(int64_t c) {
    if (packed_.data() == nullptr) {
      packed_ = Array<float>(parts(x.width, kernel_.columns) * stride());
      parallel_for(team_, chunks, 1, [&](int64_t begin, int64_t end, int) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t t = i * Kernels::tokens;
          kernel_.pack(
              x.data + t * x.stride, x.stride, std::min(Kernels::tokens, x.n - t), x.width, bf16, packed_.data() + t * kernel_.columns,
              stride());
        }
      });
    }
    return packed_.data() + c * stride();
  }

  const sw_rows& x;
  const bool bf16;
  const int64_t chunks;

 private:
  const Team& team_;
  const Kernels& kernel_ = kernels::weight_gradient();
  Array<float> packed_;
};

// Of one piece: dw (dy.width, x.width) and db (dy.width), rows of the results. False where dw is left to a dense product.
bool piece(const Team& team, const sw_rows& dy, Packed& x, Choice choice, float* dw, float* db) {
  const auto& kernel = kernels::weight_gradient();
  const int64_t n = dy.n, width = dy.width, in = x.x.width, chunks = x.chunks, blocks = parts(width, Kernels::rows);
  auto tokens_of = [&](int64_t chunk) { return std::min(Kernels::tokens, n - chunk * Kernels::tokens); };
  auto rows_of_block = [&](int64_t block) { return std::min(Kernels::rows, width - block * Kernels::rows); };

  Array<int32_t> counted(chunks * width);
  Array<float> sums(chunks * width);
  parallel_for(team, chunks, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i)
      kernel.count(
          dy.data + i * Kernels::tokens * dy.stride, dy.stride, tokens_of(i), width, counted.data() + i * width, sums.data() + i * width);
  });
  std::fill_n(db, width, 0.f);
  for (int64_t i = 0; i < chunks; ++i)
    for (int64_t r = 0; r < width; ++r) db[r] += sums[i * width + r];

  // Lists one behind the other.
  Array<Kernels::List> lists(chunks * blocks);
  int64_t end_of_lists = 0, total = 0;
  for (int64_t i = 0; i < chunks; ++i) {
    for (int64_t b = 0; b < blocks; ++b) {
      lists[i * blocks + b].first = end_of_lists;
      int64_t entries = 0;
      for (int64_t r = 0; r < rows_of_block(b); ++r) entries += counted[i * width + b * Kernels::rows + r];
      total += entries;
      end_of_lists += entries + Kernels::slack;
    }
  }
  if (choice == Choice::dense || (choice == Choice::automatic && static_cast<double>(total) > dense_above * static_cast<double>(n * width)))
    return false;

  Array<uint16_t> offsets(end_of_lists);
  Array<float> values(end_of_lists);
  const Kernels::Entries entries{offsets.data(), values.data()};
  const int64_t per_thread = Kernels::rows * std::max(Kernels::tokens, kernel.columns);
  Array<float> scratch(team.size() * per_thread);
  parallel_for(team, chunks * blocks, 1, [&](int64_t begin, int64_t end, int thread) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t i = task / blocks, row = task % blocks * Kernels::rows;
      kernel.list(
          dy.data + i * Kernels::tokens * dy.stride + row, dy.stride, tokens_of(i), rows_of_block(task % blocks),
          counted.data() + i * width + row, x.bf16, lists[task], entries, scratch.data() + thread * per_thread);
    }
  });
  x.block(0);
  parallel_for(team, parts(in, kernel.columns) * blocks, 1, [&](int64_t begin, int64_t end, int thread) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t b = task % blocks, c = task / blocks, column = c * kernel.columns;
      kernel.multiply(
          lists.data() + b, blocks, chunks, entries, x.block(c), rows_of_block(b), std::min(kernel.columns, in - column),
          dw + b * Kernels::rows * in + column, in, scratch.data() + thread * per_thread);
    }
  });
  return true;
}

} // namespace

SW_API sw_status sw_weight_gradient(
    const sw_rows* dy, int64_t pieces, const sw_rows* x, int choice, int bf16, float* dw, float* db, int32_t* dense) noexcept {
  return status([&] {
    const auto& inputs = require_rows(x, "weight_gradient: x");
    require(dy != nullptr && pieces > 0, "weight_gradient: no gradient, or ", pieces, " pieces");
    require(choice >= 0 && choice <= 2, "weight_gradient: choice ", choice, ", expected 0, 1 or 2");
    const Team team;
    Packed packed(team, inputs, bf16 != 0);
    int64_t row = 0;
    for (int64_t p = 0; p < pieces; ++p) {
      const auto& part = require_rows(dy + p, "weight_gradient: dy");
      require(part.n == inputs.n, "weight_gradient: ", part.n, " rows of gradients for ", inputs.n, " of inputs");
      require_array(dw, part.width * inputs.width, "weight_gradient: dw");
      require_array(db, part.width, "weight_gradient: db");
      require_array(dense, pieces, "weight_gradient: dense");
      dense[p] = piece(team, part, packed, static_cast<Choice>(choice), dw + row * inputs.width, db + row) ? 0 : 1;
      row += part.width;
    }
  });
}
