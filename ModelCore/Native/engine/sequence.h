// One sequence through all layers and back.
#pragma once

#include "../kernels/attention.h"
#include "../kernels/blocked.h"
#include "../kernels/node.h"
#include "../memory/array.h"
#include "network.h"
#include "training_factors.h"

namespace sweeps::engine {

// Memory that one thread hands out from sequence to sequence.
class Arena {
 public:
  float* floats(int64_t n);
  uint16_t* words(int64_t n) { return reinterpret_cast<uint16_t*>(floats((n + 1) / 2)); }

  struct Mark {
    size_t block;
    int64_t used;
  };
  Mark mark() const { return {block_, used_}; }
  void release(Mark m) {
    block_ = m.block;
    used_ = m.used;
  }

 private:
  std::vector<Array<float>> blocks_;
  size_t block_ = 0;
  int64_t used_ = 0;
};

// Activations lie in blocks of 16 tokens (kernels/blocked.h). What the last layer computes for the final token alone is one block, with
// that token in lane 0.
class Sequence {
 public:
  // With backward, everything is computed and kept that the derivative by any gate needs.
  Sequence(const Network& network, const Gated& gated, bool backward);

  // The normalised last residual of the final token goes to xn (d).
  void forward(const int64_t* tokens, int64_t t, float* xn);

  // From the derivative by xn; adds to by_gate (nodes).
  void backward(const float* dxn, float* by_gate);

  // For training: all layers for all tokens, of a network without gates; what the gradients need goes to factors. Null computes nothing for
  // a backward pass.
  Sequence(const Network& network, const Gated& ungated, Factors* factors);

  // The last residual, (blocks, d).
  const float* forward_all(int64_t sequence, const int64_t* tokens, int64_t t);

  // From the derivative by the last residual to that by the first, in place or elsewhere.
  const float* backward_all(float* dx);

  int64_t blocks() const { return blocks_; }

 private:
  Sequence(const Network& network, const Gated& gated, bool backward, bool training, Factors* factors);

  // What the backward pass needs of a layer. q, k, v, o: one matrix (tokens, 16) per head. tail_2: the positions that the MLP reads.
  struct Tape {
    const float *x, *x1, *tail_2;
    float* packed[sites]; // the entries that were kept
    uint16_t* words[sites];
    float *inverse_1, *inverse_2, *q, *k, *v, *o, *lse;
  };

  const Gated::Layer& gated(int64_t l) const { return gated_.layer[l]; }
  bool is_gated() const { return gated_.gates != nullptr; }
  // Whether values of the location are wanted at all.
  bool wanted(int64_t l, int site) const { return backward_ || gated(l).any[site]; }
  const float* gates(int64_t l, int site) const { return is_gated() ? gated_.gates + net_.at(l, site) : nullptr; }
  const float* offsets(int64_t l, int site) const { return is_gated() ? gated_.offsets.data() + net_.at(l, site) : nullptr; }
  // Whether only the final token is wanted of the layer.
  bool is_last(int64_t l) const { return !training_ && l == net_.layers - 1; }
  // Blocks that the layer computes behind attention.
  int64_t written(int64_t l) const { return is_last(l) ? 1 : blocks_; }
  int64_t head_floats() const;

  static float* activations(Arena& arena, int64_t blocks, int64_t channels);
  float* pick(Arena& arena, const float* block, int64_t channels) const;
  void put(const float* one, int64_t channels, int64_t first, int64_t n, float* x, int64_t ldx) const;
  void split(const float* x, int64_t first, int64_t n, float* heads) const;
  void split_final(const float* one, float* heads) const;
  void clear_behind(float* heads) const;
  float* join(const float* heads, int64_t first, int64_t n);
  float* join_final(const float* heads);

  float* embed(const int64_t* tokens, int64_t t);
  void input(int64_t l, Map map, int64_t first, int64_t n, const float* x, int64_t ldx) const;
  void output(int64_t l, Map map, int64_t first, int64_t n, const float* dy, int64_t lddy) const;

  kernels::NodeForward node(int64_t l, int site, kernels::NodeInput input, int64_t n);
  kernels::NodeForward read(int64_t l, int site, int64_t n);
  kernels::NodeForward pass(int64_t l, int site, int64_t n);
  const float* run(kernels::NodeForward a, int64_t first, int64_t n, const float* x, int64_t ldx, const float* add, float* y) const;
  void fill(const float* value, int64_t n, float* y) const;
  void add_means(int64_t l, int site, int64_t n, const float* residual, float* y) const;

  float* layer_forward(int64_t l, const float* x);
  void attend(int64_t l, const float* x);
  void attention_forward(int64_t l, const kernels::NodeForward& delta, int64_t first, int64_t n, const float* residual, float* x1);
  void mlp_forward(
      int64_t l, const kernels::NodeForward* read, const kernels::NodeForward& post, const kernels::NodeForward& delta, int64_t first,
      int64_t n, const float* x1, float* x2);

  kernels::NodeBackward from_node(
      int64_t l, int site, kernels::NodeInput input, int64_t first, int64_t n, const float* dy, float* dx, int64_t lddx,
      float* by_gate) const;
  float* layer_backward(int64_t l, float* dx, float* by_gate);
  void mlp_backward(int64_t l, float* dx, float* by_gate);
  void attention_backward(int64_t l, const float* dx, float* all, float* by_gate);

  const Network& net_;
  const Gated& gated_;
  const bool backward_, training_;
  Factors* const factors_; // where a backward pass is to train
  int64_t sequence_ = 0;   // among the factors
  std::vector<Tape> tape_;
  const kernels::NodeKernels& node_;
  const kernels::BlockedKernels& blocked_;
  const kernels::AttentionKernels& attention_;
  Array<float> attention_scratch_;
  Array<float> ratios_;        // of the searches for thresholds, by location and token of a block
  Arena kept_, scratch_;       // what the backward pass needs; what one layer needs
  int64_t t_ = 0, blocks_ = 0; // tokens of the sequence, and their blocks
  // The last residual of the final token, in a block; what the last norm reads of it.
  const float *x_final_ = nullptr, *read_final_ = nullptr;
  float inverse_final_ = 0;
};

} // namespace sweeps::engine
