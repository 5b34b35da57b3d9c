// A node location as the pruning engine runs it: v = f(x), of each row the k largest in magnitude stay, each channel is passed or replaced by its mean.
#pragma once

#include <cstdint>

#include "abs_topk.h"
#include "isa.h"

namespace sweeps::kernels {

enum class NodeInput : int {
  plain, // v = x
  rms_norm, // v = x · rsqrt(mean x² + eps) · gain, then the tail's channels
  gelu, // v = x Φ(x)
};

// Rows are dense unless a stride (ld, in floats) is given. A null gate passes every channel.
struct NodeForward {
  NodeInput input;
  int64_t n; // rows
  int64_t d; // channels
  int64_t k; // entries that stay
  const float* x; // n rows of d − tail_width channels
  int64_t ldx;
  const float* gain; // of RMSNorm
  float eps;
  float* inverse_rms; // (n), written for the backward pass
  const float* tail; // n rows of tail_width channels that follow x's, or null
  int64_t tail_width;
  float* kept; // (n, d) written: v where it stays, else 0
  uint16_t* words; // (n, kept_words(d)) written
  // Where y is not null: y = [add +] gate · kept + offset.
  const float* gate; // (d), 1 or 0
  const float* offset; // (d), the mean where the gate is 0, else 0
  const float* add;
  int64_t ldadd;
  float* y;
  int64_t ldy;
};

struct NodeBackward {
  NodeInput input;
  int64_t n, d;
  const float* dy; // by y
  int64_t lddy;
  const float* kept;
  const uint16_t* words;
  const float* gate;
  const float* mean; // (d)
  float* dgate; // (d), added to: Σ over rows of dy · (kept − mean)
  // Where dx is not null: plain and gelu write it, rms_norm adds to it.
  const float* x;
  int64_t ldx;
  const float* gain;
  const float* inverse_rms;
  int64_t tail_width; // its gradient is dropped
  float* dx;
  int64_t lddx;
};

struct NodeKernels {
  void (*forward)(const NodeForward&);
  void (*backward)(const NodeBackward&);
};

} // namespace sweeps::kernels

SW_KERNELS(NodeKernels, node)
