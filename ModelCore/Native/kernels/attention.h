// Causal attention of one head with width 16, and an optional sink: one more key with a logit of its own and a value of zero.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

struct AttentionKernels {
  // One head (pointers to its first channel) of one sequence of t tokens. Row strides in floats: ld of q, k and v, ldo of everything else.
  // Only queries first … t − 1 are computed; rows of o, lse and dq before are not touched. NaN and infinity in give what softmax gives, at
  // most spread over 16 neighbouring queries.
  //
  // o[i] = Σ_{j ≤ i} p_ij v[j], p = softmax over {scale · q_i·k_j, j ≤ i} and, when sink is not null, *sink.
  // lse[i] = log of the softmax's denominator. scratch: scratch_floats(t).
  void (*forward)(
      const float* q, const float* k, const float* v, const float* sink, float* o, float* lse, int64_t t, int64_t first, int64_t ld,
      int64_t ldo, float scale, float* scratch);
  // From dout, and the o and lse of forward: writes dq (rows first … t − 1), dk and dv (all rows), and *dsink (0 without sink).
  // No output may overlap an input.
  void (*backward)(
      const float* q, const float* k, const float* v, const float* sink, const float* o, const float* lse, const float* dout, float* dq,
      float* dk, float* dv, float* dsink, int64_t t, int64_t first, int64_t ld, int64_t ldo, float scale, float* scratch);
  int64_t (*scratch_floats)(int64_t t);
};

} // namespace sweeps::kernels

SW_KERNELS(AttentionKernels, attention)
