#include "training_factors.h"

#include <algorithm>

#include "../kernels/blocked.h"

namespace sweeps::engine {

namespace {

using Kernels = kernels::WeightGradientKernels;

constexpr int64_t lane = kernels::block_tokens;
constexpr int64_t chunk_blocks = Kernels::tokens / lane;

} // namespace

Factors::Factors(const Network& network, int64_t sequences, int64_t t, bool bf16)
    : kernel_(kernels::weight_gradient()),
      sequences_(sequences),
      blocks_(kernels::blocks_of(t)),
      chunks_(parts(blocks_, chunk_blocks)),
      bf16_(bf16) {
  const int64_t d = network.d, d_read = network.d_read, d_mlp = network.d_mlp, tail = (d_read - d) * lane * blocks_;
  const auto& k = network.k;
  const int64_t tokens = sequences * chunks_ * Kernels::tokens;
  int64_t packed = 0, small = 0;
  auto place = [&](int64_t rows, int64_t cols, int64_t per_token) {
    places_.push_back({rows, cols, packed, lists_per_chunk_, entries_per_chunk_});
    const int64_t lists = parts(rows, Kernels::rows);
    packed += parts(cols, kernel_.columns) * kernel_.columns * tokens;
    lists_per_chunk_ += lists;
    entries_per_chunk_ += per_token * Kernels::tokens + lists * Kernels::slack;
  };
  for (int64_t l = 0; l < network.layers; ++l) {
    place(3 * d, d_read, k[attn_q] + k[attn_k] + k[attn_v]);
    place(d, d, k[attn_resid_delta]);
    place(d_mlp, d_read, k[mlp_post_act]);
    place(d, d_mlp, k[mlp_resid_delta]);
    for (int64_t size : {d, 3 * d, network.heads, d, d, d_mlp, d, tail, tail}) {
      small_.push_back(small);
      small += parts(size, lane) * lane;
    }
  }
  small_.push_back(small);
  sums_per_sequence_ = small + d;
  packed_ = Array<float>(packed);
  lists_ = Array<Kernels::List>(sequences * chunks_ * lists_per_chunk_);
  offsets_ = Array<uint16_t>(sequences * chunks_ * entries_per_chunk_);
  values_ = Array<float>(sequences * chunks_ * entries_per_chunk_);
  totals_ = Array<float>::zeros(sequences * sums_per_sequence_);
}

void Factors::input(int64_t sequence, int64_t layer, Map map, int64_t first, int64_t n, const float* x, int64_t ldx) {
  const auto& place = places_[layer * maps + static_cast<int>(map)];
  const int64_t stride = sequences_ * chunks_ * Kernels::tokens * kernel_.columns;
  for (int64_t b = 0; b < n; ++b) {
    const int64_t token = chunk(sequence) * Kernels::tokens + (first + b) * lane;
    kernel_.pack_block(x + b * ldx, place.cols, bf16_, packed_.data() + place.packed + token * kernel_.columns, stride);
  }
}

void Factors::output(int64_t sequence, int64_t layer, Map map, int64_t first, int64_t n, const float* dy, int64_t lddy) {
  static constexpr Small bias[] = {Small::c_attn_bias, Small::attn_proj_bias, Small::c_fc_bias, Small::mlp_proj_bias};
  const auto& place = places_[layer * maps + static_cast<int>(map)];
  for (int64_t b = 0; b < n; b += chunk_blocks) {
    const int64_t at = chunk(sequence) + (first + b) / chunk_blocks;
    auto* list = lists_.data() + at * lists_per_chunk_ + place.list;
    int64_t entry = at * entries_per_chunk_ + place.entry;
    for (int64_t row = 0; row < place.rows; row += Kernels::rows, ++list) {
      const int64_t height = std::min(Kernels::rows, place.rows - row);
      list->first = entry;
      kernel_.list_blocks(
          dy + b * lddy + row * lane, lddy, std::min(chunk_blocks, n - b), height, bf16_, *list, entries(),
          sums(sequence, layer, bias[static_cast<int>(map)]) + row);
      entry += list->begin[height] + Kernels::slack;
    }
  }
}

void Factors::weights(const Team& team, const std::vector<float*>& into) {
  struct Task {
    int64_t map, row, column;
  };
  std::vector<Task> tasks;
  const int64_t chunks = sequences_ * chunks_;
  for (int64_t m = 0; m < static_cast<int64_t>(places_.size()); ++m)
    for (int64_t column = 0; column < places_[m].cols; column += kernel_.columns)
      for (int64_t row = 0; row < places_[m].rows; row += Kernels::rows) tasks.push_back({m, row, column});
  parallel_tasks(
      team, static_cast<int64_t>(tasks.size()), [&] { return Array<float>(Kernels::rows * kernel_.columns); },
      [&](int64_t i, const Array<float>& scratch) {
        const auto [m, row, column] = tasks[i];
        const auto& place = places_[m];
        kernel_.multiply(
            lists_.data() + place.list + row / Kernels::rows, lists_per_chunk_, chunks, entries(),
            packed_.data() + place.packed + column * chunks * Kernels::tokens, std::min(Kernels::rows, place.rows - row),
            std::min(kernel_.columns, place.cols - column), into[m] + row * place.cols + column, place.cols, scratch.data());
      });
}

void Factors::add_up(const Team& team) {
  parallel_for(team, sums_per_sequence_, 4096, [&](int64_t begin, int64_t end, int) {
    for (int64_t s = 1; s < sequences_; ++s)
      for (int64_t i = begin; i < end; ++i) totals(0)[i] += totals(s)[i];
  });
}

} // namespace sweeps::engine
