// What the sequences of a batch leave behind for the gradients of the parameters: of every linear map its inputs, and the entries of its
// outputs' gradient that AbsTopK let through; of everything else a sum per sequence.
#pragma once

#include "../kernels/weight_gradient.h"
#include "../memory/array.h"
#include "network.h"

namespace sweeps::engine {

// The linear maps of a layer, and its parameters that are no matrices.
enum class Map : int { c_attn, attn_proj, c_fc, mlp_proj };
constexpr int64_t maps = 4;
enum class Small : int { ln_1, c_attn_bias, sink, attn_proj_bias, ln_2, c_fc_bias, mlp_proj_bias, positions_1, positions_2 };
constexpr int64_t smalls = 9;

class Factors {
 public:
  // Of sequences of t tokens. bf16: the factors are rounded to bfloat16.
  Factors(const Network& network, int64_t sequences, int64_t t, bool bf16);

  // What a map is applied to: n blocks of a sequence from `first` on, ldx floats apart.
  void input(int64_t sequence, int64_t layer, Map map, int64_t first, int64_t n, const float* x, int64_t ldx);

  // The gradient by what a map gives, of n blocks of a sequence from `first` on, 0 behind the last token; whole chunks of the gradient's
  // kernel. Its sums go to the bias.
  void output(int64_t sequence, int64_t layer, Map map, int64_t first, int64_t n, const float* dy, int64_t lddy);

  // Where a sequence adds up a small parameter's gradient. Those of positions are in blocks, (blocks, channels, 16).
  float* sums(int64_t sequence, int64_t layer, Small small) { return totals(sequence) + small_[layer * smalls + static_cast<int>(small)]; }
  float* ln_f(int64_t sequence) { return totals(sequence) + small_.back(); }

  // When all sequences are done: the gradients by the maps' weights, into[layer · maps + map], and by the small parameters, where sequence
  // 0 had its sums.
  void weights(const Team& team, const std::vector<float*>& into);
  void add_up(const Team& team);

 private:
  // Of a map: dW is (rows, cols).
  struct Place {
    int64_t rows, cols, packed, list, entry;
  };

  int64_t chunk(int64_t sequence) const { return sequence * chunks_; }
  float* totals(int64_t sequence) { return totals_.data() + sequence * sums_per_sequence_; }
  kernels::WeightGradientKernels::Entries entries() { return {offsets_.data(), values_.data()}; }

  const kernels::WeightGradientKernels& kernel_;
  const int64_t sequences_, blocks_, chunks_; // blocks and chunks of a sequence
  const bool bf16_;
  std::vector<Place> places_;  // of maps
  std::vector<int64_t> small_; // where they begin among the sums
  int64_t lists_per_chunk_ = 0, entries_per_chunk_ = 0, sums_per_sequence_ = 0;
  Array<float> packed_, values_, totals_;
  Array<kernels::WeightGradientKernels::List> lists_;
  Array<uint16_t> offsets_;
};

} // namespace sweeps::engine
