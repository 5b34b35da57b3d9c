#include "node.h"

#include "simd.h"
#include "topk_lanes.h"

namespace sweeps::kernels::SW_ISA {

namespace {

constexpr int parts = block_tokens / lanes; // vectors of a channel of a block

SW_INLINE vf gelu(vf x) { return 0.5f * x * (1.f + erf(x * 0.70710678118654752f)); }

// x Φ(x) and its derivative Φ(x) + x φ(x), from one exponential: Φ by Abramowitz and Stegun 7.1.26, within 1e-7.
SW_INLINE vf gelu_slope(vf x, vf* value) {
  vf e = exp(-0.5f * x * x);
  vf t = 1.f / (1.f + 0.3275911f * 0.70710678118654752f * abs(x));
  vf upper = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t * e * 0.5f; // 1 − Φ(|x|)
  vf cdf = where(x < 0.f, upper, 1.f - upper);
  *value = x * cdf;
  return cdf + x * (e * 0.39894228040143268f);
}

// 1 / √(mean x² + eps) of each token.
SW_INLINE vf inverse_rms(const float* x, int64_t d, float eps) {
  vf sums[4]{};
  int64_t c = 0;
  for (; c + 4 <= d; c += 4)
    for (int i = 0; i < 4; ++i) {
      vf a = load(x + (c + i) * block_tokens);
      sums[i] += a * a;
    }
  for (; c < d; ++c) {
    vf a = load(x + c * block_tokens);
    sums[0] += a * a;
  }
  return 1.f / sqrt(((sums[0] + sums[1]) + (sums[2] + sums[3])) * (1.f / static_cast<float>(d)) + eps);
}

// What the search for thresholds begins with.
struct Sizes {
  vf total;
  vi most;
};

SW_INLINE void add_size(Sizes& sizes, vf v) {
  vi m = as_int(v) & INT32_MAX;
  sizes.total += as_float(m);
  sizes.most = m > sizes.most ? m : sizes.most;
}

// Some lanes of one block: v, what stays of it, y.
SW_INLINE void forward_lanes(const NodeForward& a, int64_t block, int part, vf* ratio) {
  const int64_t own = a.d - a.tail_width, at = part * lanes;
  const float* x = a.x + block * a.ldx + at;
  float* kept = a.kept + block * a.d * block_tokens + at;
  uint16_t* words = a.words + block * kept_words_of_block(a.d) + part * a.d;
  const float* v = kept;
  Sizes sizes{};
  if (a.input == NodeInput::rms_norm) {
    vf inverse = inverse_rms(x, own, a.eps);
    store(a.inverse_rms + block * block_tokens + at, inverse);
    for (int64_t c = 0; c < own; ++c) {
      vf value = load(x + c * block_tokens) * inverse * a.gain[c];
      store(kept + c * block_tokens, value);
      add_size(sizes, value);
    }
    for (int64_t c = own; c < a.d; ++c) {
      vf value = load(a.tail + (block * a.tail_width + c - own) * block_tokens + at);
      store(kept + c * block_tokens, value);
      add_size(sizes, value);
    }
  } else if (a.input == NodeInput::gelu) {
    for (int64_t c = 0; c < a.d; ++c) {
      vf value = gelu(load(x + c * block_tokens));
      store(kept + c * block_tokens, value);
      add_size(sizes, value);
    }
  } else {
    v = x;
    for (int64_t c = 0; c < a.d; ++c) add_size(sizes, load(x + c * block_tokens));
  }
  LaneThresholds threshold{splat(-1), vi{}};
  if (a.k < a.d) threshold = topk_thresholds(v, a.d, static_cast<int32_t>(a.k), sizes.total, sizes.most, ratio);
  const bool ties = any(threshold.ties > 0);
  float* y = a.y == nullptr ? nullptr : a.y + block * a.ldy + at;
  const float* add = a.add == nullptr ? nullptr : a.add + block * a.ldadd + at;
  for (int64_t c = 0; c < a.d; ++c) {
    vf value = load(v + c * block_tokens);
    vi m = as_int(value) & INT32_MAX;
    vi stays = m > threshold.above;
    if (ties) {
      vi tie = (m == threshold.above) & (threshold.ties > 0);
      threshold.ties += tie;
      stays |= tie;
    }
    value = as_float(as_int(value) & stays);
    store(kept + c * block_tokens, value);
    words[c] = static_cast<uint16_t>(bits(stays));
    if (y == nullptr) continue;
    if (a.gate != nullptr) value = fma(value, splat(a.gate[c]), splat(a.offset[c]));
    store(y + c * block_tokens, add != nullptr ? value + load(add + c * block_tokens) : value);
  }
}

void forward(const NodeForward& a) {
  vf ratios[parts];
  for (auto& ratio : ratios) ratio = splat(1.4f);
  for (int64_t block = 0; block < a.n; ++block)
    for (int part = 0; part < parts; ++part) forward_lanes(a, block, part, ratios + part);
}

// v in the lanes whose channel stayed.
SW_INLINE vf stayed(const NodeBackward& a, int64_t block, int part, int64_t c, vf v) {
  return as_float(as_int(v) & lanes_of(a.words[block * kept_words_of_block(a.d) + part * a.d + c]));
}

// The gradient by v of a channel's lanes: through the gate and where the entry stayed.
SW_INLINE vf through(const NodeBackward& a, int64_t block, int part, int64_t c) {
  vf g = load(a.dy + block * a.lddy + c * block_tokens + part * lanes);
  return stayed(a, block, part, c, a.gate != nullptr ? g * a.gate[c] : g);
}

// dgate[c + i] += the sum over the lanes of sums[i], for i < n.
SW_INLINE void add_sums(const vf* sums, float* dgate, int n) {
  float rows[SW_LANES * SW_LANES], columns[SW_LANES * SW_LANES];
  for (int i = 0; i < lanes; ++i) store(rows + i * lanes, i < n ? sums[i] : vf{});
  transpose(rows, lanes, columns, lanes);
  vf total{};
  for (int i = 0; i < lanes; ++i) total += load(columns + i * lanes);
  if (n == lanes) store(dgate, load(dgate) + total);
  else store_n(dgate, load_n(dgate, n) + total, n);
}

constexpr int64_t most_blocks = 4; // whose dot products are kept at a time

template <NodeInput input>
SW_INLINE void backward_blocks(const NodeBackward& a, int64_t first, int64_t n) {
  const int64_t own = a.d - a.tail_width;
  vf dots[most_blocks][parts]{}, inverses[most_blocks][parts];
  if constexpr (input == NodeInput::rms_norm)
    for (int64_t b = 0; b < n; ++b)
      for (int p = 0; p < parts; ++p) inverses[b][p] = load(a.inverse_rms + (first + b) * block_tokens + p * lanes);
  for (int64_t c = 0; c < a.d; c += lanes) {
    vf sums[lanes];
    int count = static_cast<int>(a.d - c < lanes ? a.d - c : lanes);
    for (int i = 0; i < count; ++i) {
      const int64_t channel = c + i;
      vf mean = splat(a.mean[channel]), total{};
      for (int64_t b = 0; b < n; ++b)
        for (int p = 0; p < parts; ++p) {
          const int64_t block = first + b, at = channel * block_tokens + p * lanes;
          vf dy = load(a.dy + block * a.lddy + at), kept;
          if constexpr (input == NodeInput::plain) {
            kept = load(a.kept + block * a.d * block_tokens + at);
            store(a.dx + block * a.lddx + at, through(a, block, p, channel));
          } else if constexpr (input == NodeInput::gelu) {
            vf value, slope = gelu_slope(load(a.x + block * a.ldx + at), &value);
            kept = stayed(a, block, p, channel, value);
            store(a.dx + block * a.lddx + at, through(a, block, p, channel) * slope);
          } else if (channel < own) {
            vf x = load(a.x + block * a.ldx + at);
            kept = stayed(a, block, p, channel, x * inverses[b][p] * a.gain[channel]);
            dots[b][p] += through(a, block, p, channel) * a.gain[channel] * x;
          } else {
            kept = stayed(a, block, p, channel, load(a.tail + (block * a.tail_width + channel - own) * block_tokens + p * lanes));
          }
          total += dy * (kept - mean);
        }
      sums[i] = total;
    }
    add_sums(sums, a.dgate + c, count);
  }
  if constexpr (input == NodeInput::rms_norm) {
    if (a.dx == nullptr) return;
    // d/dx of x · inv · gain: inv · (g · gain) − x · inv³ / d · Σ g · gain · x.
    for (int64_t b = 0; b < n; ++b)
      for (int p = 0; p < parts; ++p) {
        const int64_t block = first + b;
        vf inverse = inverses[b][p];
        vf scale = dots[b][p] * inverse * inverse * inverse * (1.f / static_cast<float>(own));
        for (int64_t c = 0; c < own; ++c) {
          const int64_t at = c * block_tokens + p * lanes;
          float* dx = a.dx + block * a.lddx + at;
          store(dx, load(dx) + through(a, block, p, c) * a.gain[c] * inverse - load(a.x + block * a.ldx + at) * scale);
        }
      }
  }
}

template <NodeInput input>
SW_INLINE void backward_all(const NodeBackward& a) {
  for (int64_t block = 0; block < a.n; block += most_blocks) backward_blocks<input>(a, block, a.n - block < most_blocks ? a.n - block : most_blocks);
}

void backward(const NodeBackward& a) {
  if (a.input == NodeInput::rms_norm) backward_all<NodeInput::rms_norm>(a);
  else if (a.input == NodeInput::gelu) backward_all<NodeInput::gelu>(a);
  else backward_all<NodeInput::plain>(a);
}

} // namespace

extern const NodeKernels node{forward, backward};

} // namespace sweeps::kernels::SW_ISA
