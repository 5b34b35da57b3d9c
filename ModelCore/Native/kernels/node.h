// A node location as the engine runs it: v = f(x), of each token the k channels largest in magnitude stay, each channel is passed or
// replaced by its mean. All activations are in blocks of 16 tokens: see blocked.h.
#pragma once

#include "blocked.h"

namespace sweeps::kernels {

enum class NodeInput : int {
  plain,    // v = x
  rms_norm, // v = x · rsqrt(mean x² + eps) · gain, then the tail's channels
  gelu,     // v = x Φ(x)
};

// Which entries of a block were kept: a word per channel and group of lanes tokens. Words of a block of d channels, at most.
constexpr int64_t kept_words_of_block(int64_t d) { return d * 4; }

// The kept entries of a block, packed: of each group of lanes tokens channel by channel. Floats of a block of which k channels are kept,
// at most, with room to write a vector.
constexpr int64_t packed_floats_of_block(int64_t k) { return (k + 1) * block_tokens; }

// What the search for thresholds notes down of a block of d channels.
constexpr int64_t class_words(int64_t d) { return (d + 1) / 2 * 2 * block_tokens; }

// Block strides (ld) are in floats; where none is given, blocks lie one behind the other.
struct NodeForward {
  NodeInput input;
  int64_t n;      // blocks
  int64_t d;      // channels
  int64_t k;      // channels that stay, 1 to d; of equal magnitudes those with the lowest index; NaN counts as largest
  const float* x; // d − tail_width channels
  int64_t ldx;
  const float* gain; // of RMSNorm
  float eps;
  float* inverse_rms; // (n, 16), written for the backward pass
  const float* tail;  // n blocks of tail_width channels that follow x's, or null
  int64_t tail_width;
  float* kept;       // of rms_norm and gelu, written: v where it stays, else 0
  float* packed;     // of plain nodes and gelu, written: packed_floats_of_block(k) per block, x where v stays; null where no backward pass
                     // needs it
  uint16_t* words;   // written: kept_words_of_block(d) per block; null where no backward pass follows
  uint16_t* classes; // scratch: class_words(d), at a multiple of 64 bytes
  float* ratio;      // (16), 0 at first: where the search for thresholds begins; it never changes what is found
  // Of plain nodes: y = [add +] gate · v + offset where v stays, else [add +] offset.
  const float* gate;   // (d), 1 or 0; null passes every channel
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
  int64_t k;
  const float* packed; // of plain nodes and gelu; of plain nodes only where there is dgate
  const uint16_t* words;
  const float* gate;
  const float* mean; // (d)
  float* dgate;      // (d), added to: Σ over tokens of dy · (kept − mean); null in training
  // plain and gelu write dx, rms_norm adds to it unless it is null.
  const float* x; // of rms_norm
  int64_t ldx;
  const float* gain;
  const float* inverse_rms;
  const float* tail; // as in the forward pass
  int64_t tail_width;
  float* dgain; // in training, of rms_norm: (d − tail_width), added to
  float* dtail; // in training: by the tail, where it is one
  float* dx;
  int64_t lddx;
};

struct NodeKernels {
  void (*forward)(const NodeForward&);
  void (*backward)(const NodeBackward&);
};

} // namespace sweeps::kernels

SW_KERNELS(NodeKernels, node)
