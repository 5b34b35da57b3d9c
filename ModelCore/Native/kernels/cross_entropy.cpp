#include "cross_entropy.h"

#include "blocked.h"
#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

constexpr int chains = 4; // sums side by side, so that none waits for the last addition
constexpr float infinity = __builtin_inff();

// Logits from j on; −∞, which weighs nothing, after the last.
SW_INLINE vf logits(const float* x, int64_t j, int64_t classes) {
  if (j + lanes <= classes) return load(x + j);
  if (j >= classes) return splat(-infinity);
  int n = static_cast<int>(classes - j);
  return where(iota() < n, load_n(x + j, n), splat(-infinity));
}

void forward(const float* x, int64_t ld, const int64_t* target, float* loss, float* lse, int64_t n, int64_t classes) {
  for (int64_t i = 0; i < n; ++i, x += ld) {
    vf most[chains] = {splat(-infinity), splat(-infinity), splat(-infinity), splat(-infinity)};
    for (int64_t j = 0; j < classes; j += chains * lanes)
      for (int c = 0; c < chains; ++c) most[c] = max(logits(x, j + c * lanes, classes), most[c]);
    float largest = max_of(max(max(most[0], most[1]), max(most[2], most[3])));
    // Where all is −∞, weights relative to −∞ would be NaN.
    float base = largest == -infinity ? 0.f : largest;
    vf sums[chains] = {};
    for (int64_t j = 0; j < classes; j += chains * lanes)
      for (int c = 0; c < chains; ++c) sums[c] += exp(logits(x, j + c * lanes, classes) - base);
    float rest = log(splat(sum((sums[0] + sums[1]) + (sums[2] + sums[3]))))[0];
    lse[i] = largest + rest;
    loss[i] = (largest - x[target[i]]) + rest;
  }
}

void backward(
    const float* x, int64_t ld, const int64_t* target, const float* lse, float g, float* dx, int64_t lddx, int64_t n, int64_t classes) {
  for (int64_t i = 0; i < n; ++i, x += ld, dx += lddx) {
    int64_t j = 0;
    for (; j + lanes <= classes; j += lanes) store(dx + j, exp(load(x + j) - lse[i]) * g);
    if (j < classes) {
      int rest = static_cast<int>(classes - j);
      store_n(dx + j, exp(load_n(x + j, rest) - lse[i]) * g, rest);
    }
    dx[target[i]] -= g;
  }
}

void block(float* z, const int64_t* target, float g, float* loss, int64_t n, int64_t classes) {
  for (int64_t part = 0; part < block_tokens; part += lanes) {
    float* x = z + part;
    vf most[chains] = {splat(-infinity), splat(-infinity), splat(-infinity), splat(-infinity)};
    for (int64_t j = 0; j < classes; ++j) most[j % chains] = max(load(x + j * block_tokens), most[j % chains]);
    vf largest = max(max(most[0], most[1]), max(most[2], most[3]));
    vf base = where(largest == -infinity, vf{}, largest);
    for (int64_t i = part; i < n && i < part + lanes; ++i) loss[i] = largest[i - part] - z[target[i] * block_tokens + i];
    vf sums[chains] = {};
    for (int64_t j = 0; j < classes; ++j) {
      vf e = exp(load(x + j * block_tokens) - base);
      sums[j % chains] += e;
      store(x + j * block_tokens, e);
    }
    vf total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    vf rest = log(total), scale = g / total;
    vi used = iota() < static_cast<int32_t>(n - part);
    for (int64_t j = 0; j < classes; ++j) store(x + j * block_tokens, where(used, load(x + j * block_tokens) * scale, vf{}));
    for (int64_t i = part; i < n && i < part + lanes; ++i) {
      loss[i] += rest[i - part];
      z[target[i] * block_tokens + i] -= g;
    }
  }
}

} // namespace

extern const CrossEntropyKernels cross_entropy{forward, backward, block};

} // namespace sweeps::kernels::SW_ISA
