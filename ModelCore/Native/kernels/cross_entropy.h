// Cross-entropy of logits, of each token with the class it should have.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

struct CrossEntropyKernels {
  // n rows of logits at distance ld, target[i] in 0 … classes − 1: loss[i] = lse[i] − x[i][target[i]], nats, lse[i] = log Σ_j exp x[i][j].
  void (*forward)(const float* x, int64_t ld, const int64_t* target, float* loss, float* lse, int64_t n, int64_t classes);
  // dx[i][j] = g (exp(x[i][j] − lse[i]) − [j = target[i]]), rows at distance lddx. dx may be x.
  void (*backward)(
      const float* x, int64_t ld, const int64_t* target, const float* lse, float g, float* dx, int64_t lddx, int64_t n, int64_t classes);
  // Both at once for a block of 16 tokens (blocked.h), z[class][token], of which the first n have a target: their losses, and z becomes the
  // gradient as above, 0 for the other tokens.
  void (*block)(float* z, const int64_t* target, float g, float* loss, int64_t n, int64_t classes);
};

} // namespace sweeps::kernels

SW_KERNELS(CrossEntropyKernels, cross_entropy)
