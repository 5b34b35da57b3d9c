// Activations of the engine: blocks of 16 tokens, in each block channel after channel, the 16 tokens of a channel side by side. So a weight
// meets 16 tokens in one vector, and what is chosen per token (AbsTopK) is chosen for 16 tokens at once. Lanes behind the last token hold
// zeros or finite rubbish.
#pragma once

#include "csr.h"
#include "isa.h"

namespace sweeps::kernels {

constexpr int64_t block_tokens = 16;

constexpr int64_t blocks_of(int64_t tokens) { return (tokens + block_tokens - 1) / block_tokens; }

struct BlockedKernels {
  // y[b][r] = bias[r] + Σ_j val[j] · x[b][idx[j]] for blocks b < n; block strides ldx and ldy in floats; bias may be null. x and y must not
  // overlap.
  void (*linear)(const Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy, int64_t n);
  // From n blocks of heads · 16 channels to one matrix per head, tokens by 16 channels, `ld` floats from head to head (at least n · 256).
  void (*to_heads)(const float* x, int64_t ldx, int64_t n, int64_t heads, float* y, int64_t ld);
  void (*from_heads)(const float* x, int64_t ld, int64_t n, int64_t heads, float* y, int64_t ldy);
  // One block from rows of width floats, one per token, null for zeros: y[c][i] = rows[i][c], or with add y[c][i] += rows[i][c].
  void (*from_rows)(const float* const* rows, int64_t width, bool add, float* y);
  // The rows of the first n tokens of a block, ldy floats apart: y[i][c] = x[c][i].
  void (*to_rows)(const float* x, int64_t width, int64_t n, float* y, int64_t ldy);
};

} // namespace sweeps::kernels

SW_KERNELS(BlockedKernels, blocked)
