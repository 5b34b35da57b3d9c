#include "node.h"

#include "gelu_lanes.h"
#include "packed.h"
#include "simd.h"
#include "topk_lanes.h"

namespace sweeps::kernels::SW_ISA {

namespace {

constexpr int parts = block_tokens / lanes; // vectors of a channel of a block

SW_INLINE vf gelu(vf x) { return 0.5f * x * (1.f + erf(x * 0.70710678118654752f)); }

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

// Notes down the classes of the values that value(c) gives of each channel. Returns about the mean magnitude of each token: the mean of a
// quarter of the channels.
template <typename Value>
SW_INLINE vf classify(int64_t d, vi* classes, Value value) {
  vf total{};
  int64_t c = 0;
  for (; c + 4 <= d; c += 4) {
    vf v[4];
    for (int i = 0; i < 4; ++i) v[i] = value(c + i);
    total += abs(v[0]);
    classes[c / 2] = two_classes(v[0], v[1]);
    classes[c / 2 + 1] = two_classes(v[2], v[3]);
  }
  const auto measured = static_cast<float>(c < d ? c / 4 + 1 : c / 4);
  if (c < d) {
    vf v[4]{};
    for (int i = 0; c + i < d; ++i) v[i] = value(c + i);
    total += abs(v[0]);
    classes[c / 2] = two_classes(v[0], v[1]);
    if (c + 2 < d) classes[c / 2 + 1] = two_classes(v[2], v[3]);
  }
  return total * (1.f / measured);
}

// Where some lanes of one block go, channel by channel. x: what is packed.
struct Outputs {
  const float* x;
  float *kept, *packed;
  uint16_t* words;
  const float *gate, *offset, *add;
  float* y;
};

// No two entries at the threshold are equal, or all of them stay: that is, nearly always.
template <bool with_y, bool with_words, bool with_packed, bool with_gate, bool with_add>
SW_INLINE void select(const float* v, int64_t d, vi threshold, const Outputs& to) {
  float* packed = to.packed;
#pragma GCC unroll 4
  for (int64_t c = 0; c < d; ++c) {
    vf value = load(v + c * block_tokens);
    Lanes stays = above(as_int(value) & INT32_MAX, threshold);
    if constexpr (with_words) to.words[c] = static_cast<uint16_t>(bits(stays));
    if constexpr (with_packed) packed += compress(packed, load(to.x + c * block_tokens), bits(stays));
    value = keep(value, stays);
    if constexpr (!with_y) store(to.kept + c * block_tokens, value);
    if constexpr (!with_y) continue;
    if constexpr (with_gate) value = fma(value, splat(to.gate[c]), splat(to.offset[c]));
    if constexpr (with_add) value += load(to.add + c * block_tokens);
    store(to.y + c * block_tokens, value);
  }
}

SW_INLINE void select_any(const float* v, int64_t d, LaneThresholds threshold, const Outputs& to) {
  float* packed = to.packed;
  for (int64_t c = 0; c < d; ++c) {
    vf value = load(v + c * block_tokens);
    vi m = as_int(value) & INT32_MAX;
    vi tie = (m == threshold.above) & (threshold.ties > 0);
    vi stays = (m > threshold.above) | tie;
    threshold.ties += tie;
    if (to.words != nullptr) to.words[c] = static_cast<uint16_t>(bits(stays));
    if (packed != nullptr) packed += compress(packed, load(to.x + c * block_tokens), bits(stays));
    value = as_float(as_int(value) & stays);
    if (to.kept != nullptr) store(to.kept + c * block_tokens, value);
    if (to.y == nullptr) continue;
    if (to.gate != nullptr) value = fma(value, splat(to.gate[c]), splat(to.offset[c]));
    store(to.y + c * block_tokens, to.add != nullptr ? value + load(to.add + c * block_tokens) : value);
  }
}

template <bool with_y, bool with_words, bool with_packed>
SW_INLINE void select(const float* v, int64_t d, const LaneThresholds& threshold, const Outputs& to) {
  if (any(threshold.ties > 0))
    select_any(v, d, threshold, to);
  else if (to.gate != nullptr && to.add != nullptr)
    select<with_y, with_words, with_packed, true, true>(v, d, threshold.above, to);
  else if (to.gate != nullptr)
    select<with_y, with_words, with_packed, true, false>(v, d, threshold.above, to);
  else if (to.add != nullptr)
    select<with_y, with_words, with_packed, false, true>(v, d, threshold.above, to);
  else
    select<with_y, with_words, with_packed, false, false>(v, d, threshold.above, to);
}

SW_INLINE void select(const float* v, int64_t d, const LaneThresholds& threshold, const Outputs& to) {
  const bool y = to.y != nullptr, words = to.words != nullptr, packed = to.packed != nullptr;
  if (y && packed)
    select<true, true, true>(v, d, threshold, to);
  else if (y && words)
    select<true, true, false>(v, d, threshold, to);
  else if (y)
    select<true, false, false>(v, d, threshold, to);
  else if (packed)
    select<false, true, true>(v, d, threshold, to);
  else if (words)
    select<false, true, false>(v, d, threshold, to);
  else
    select<false, false, false>(v, d, threshold, to);
}

// Some lanes of one block: v, what stays of it, y.
SW_INLINE void forward_lanes(const NodeForward& a, int64_t block, int part, vf* ratio) {
  const int64_t own = a.d - a.tail_width, at = part * lanes;
  const float* x = a.x + block * a.ldx + at;
  const Outputs to{
      x,
      a.kept == nullptr ? nullptr : a.kept + block * a.d * block_tokens + at,
      a.packed == nullptr ? nullptr : a.packed + block * packed_floats_of_block(a.k) + part * (a.k + 1) * lanes,
      a.words == nullptr ? nullptr : a.words + block * kept_words_of_block(a.d) + part * a.d,
      a.gate,
      a.offset,
      a.add == nullptr ? nullptr : a.add + block * a.ldadd + at,
      a.y == nullptr ? nullptr : a.y + block * a.ldy + at,
  };
  auto classes = reinterpret_cast<vi*>(a.classes);
  const float* v = to.kept;
  vf mean;
  if (a.input == NodeInput::rms_norm) {
    vf inverse = inverse_rms(x, own, a.eps);
    store(a.inverse_rms + block * block_tokens + at, inverse);
    const float* tail = a.tail + block * a.tail_width * block_tokens + at;
    mean = classify(
        a.d, classes, [&](int64_t c) __attribute__((always_inline)) {
          vf value = c < own ? load(x + c * block_tokens) * inverse * a.gain[c] : load(tail + (c - own) * block_tokens);
          store(to.kept + c * block_tokens, value);
          return value;
        });
  } else if (a.input == NodeInput::gelu) {
    mean = classify(
        a.d, classes, [&](int64_t c) __attribute__((always_inline)) {
          vf value = gelu(load(x + c * block_tokens));
          store(to.kept + c * block_tokens, value);
          return value;
        });
  } else {
    v = x;
    mean = classify(
        a.d, classes, [&](int64_t c) __attribute__((always_inline)) { return load(x + c * block_tokens); });
  }
  LaneThresholds threshold{splat(-1), vi{}};
  if (a.k < a.d) threshold = topk_thresholds(v, a.d, classes, static_cast<int32_t>(a.k), mean, ratio);
  select(v, a.d, threshold, to);
}

void forward(const NodeForward& a) {
  for (int part = 0; part < parts; ++part) {
    vf ratio = load(a.ratio + part * lanes);
    for (int64_t block = 0; block < a.n; ++block) forward_lanes(a, block, part, &ratio);
    store(a.ratio + part * lanes, ratio);
  }
}

// The lanes whose channel was kept.
SW_INLINE uint32_t word(const NodeBackward& a, int64_t block, int part, int64_t c) {
  return a.words[block * kept_words_of_block(a.d) + part * a.d + c];
}

SW_INLINE vf stayed(const NodeBackward& a, int64_t block, int part, int64_t c, vf v) {
  return as_float(as_int(v) & lanes_of(word(a, block, part, c)));
}

// The gradient by v of a channel's lanes: through the gate and where the entry was kept.
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
  if (n == lanes)
    store(dgate, load(dgate) + total);
  else
    store_n(dgate, load_n(dgate, n) + total, n);
}

constexpr int64_t most_blocks = 4; // whose dot products are kept at a time
constexpr int64_t step = 16;       // channels between two sums of dgate; what stays of them is at hand packed

// GELU and its slope of the kept entries of `step` channels, packed as x is.
struct Slopes {
  float value[(step + 1) * lanes], slope[(step + 1) * lanes];
};

// Returns how many entries there were.
SW_INLINE int64_t slopes_of(const float* x, const uint16_t* words, int64_t channels, Slopes& to) {
  int64_t n = 0;
  for (int64_t c = 0; c < channels; ++c) n += __builtin_popcount(words[c]);
  for (int64_t i = 0; i < n; i += lanes) {
    vf value, slope = gelu_slope(load(x + i), &value);
    store(to.value + i, value);
    store(to.slope + i, slope);
  }
  return n;
}

template <NodeInput input, bool training>
SW_INLINE void backward_blocks(const NodeBackward& a, int64_t first, int64_t n) {
  const int64_t own = a.d - a.tail_width;
  constexpr bool unpacks = input == NodeInput::gelu || (input == NodeInput::plain && !training);
  vf dots[most_blocks][parts]{}, inverses[most_blocks][parts];
  const float* packed[most_blocks][parts]{};
  for (int64_t b = 0; b < n; ++b)
    for (int p = 0; p < parts; ++p) {
      if constexpr (input == NodeInput::rms_norm) inverses[b][p] = load(a.inverse_rms + (first + b) * block_tokens + p * lanes);
      if constexpr (unpacks) packed[b][p] = a.packed + (first + b) * packed_floats_of_block(a.k) + p * (a.k + 1) * lanes;
    }
  for (int64_t c = 0; c < a.d; c += step) {
    const int count = static_cast<int>(a.d - c < step ? a.d - c : step);
    vf sums[step];
    Slopes slopes[most_blocks][parts];
    if constexpr (input == NodeInput::gelu)
      for (int64_t b = 0; b < n; ++b)
        for (int p = 0; p < parts; ++p)
          packed[b][p] += slopes_of(packed[b][p], a.words + (first + b) * kept_words_of_block(a.d) + p * a.d + c, count, slopes[b][p]);
    int32_t at_slope[most_blocks][parts]{};
    for (int i = 0; i < count; ++i) {
      const int64_t channel = c + i;
      vf mean{}, total{};
      if constexpr (!training) mean = splat(a.mean[channel]);
      for (int64_t b = 0; b < n; ++b)
        for (int p = 0; p < parts; ++p) {
          const int64_t block = first + b, at = channel * block_tokens + p * lanes;
          vf kept{};
          if constexpr (input == NodeInput::plain) {
            if constexpr (!training) {
              const uint32_t mask = word(a, block, p, channel);
              kept = expand(packed[b][p], mask);
              packed[b][p] += __builtin_popcount(mask);
            }
            store(a.dx + block * a.lddx + at, through(a, block, p, channel));
          } else if constexpr (input == NodeInput::gelu) {
            const uint32_t mask = word(a, block, p, channel);
            vf g = load(a.dy + block * a.lddy + at);
            if (a.gate != nullptr) g *= a.gate[channel];
            vf dx = g * expand(slopes[b][p].slope + at_slope[b][p], mask);
            store(a.dx + block * a.lddx + at, as_float(as_int(dx) & lanes_of(mask)));
            if constexpr (!training) kept = expand(slopes[b][p].value + at_slope[b][p], mask);
            at_slope[b][p] += __builtin_popcount(mask);
          } else if (channel < own) {
            vf x = load(a.x + block * a.ldx + at);
            kept = stayed(a, block, p, channel, x * inverses[b][p] * a.gain[channel]);
            vf g = through(a, block, p, channel);
            dots[b][p] += g * a.gain[channel] * x;
            if constexpr (training) total += g * x * inverses[b][p];
          } else if constexpr (training) {
            store(a.dtail + (block * a.tail_width + channel - own) * block_tokens + p * lanes, through(a, block, p, channel));
          } else {
            kept = stayed(a, block, p, channel, load(a.tail + (block * a.tail_width + channel - own) * block_tokens + p * lanes));
          }
          if constexpr (!training) total += load(a.dy + block * a.lddy + at) * (kept - mean);
        }
      sums[i] = total;
    }
    for (int i = 0; i < count; i += lanes) {
      const int width = count - i < lanes ? count - i : lanes;
      if constexpr (!training)
        add_sums(sums + i, a.dgate + c + i, width);
      else if (input == NodeInput::rms_norm && c + i < own)
        add_sums(sums + i, a.dgain + c + i, own - c - i < width ? static_cast<int>(own - c - i) : width);
    }
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
  for (int64_t block = 0; block < a.n; block += most_blocks) {
    const int64_t n = a.n - block < most_blocks ? a.n - block : most_blocks;
    if (a.dgate != nullptr)
      backward_blocks<input, false>(a, block, n);
    else
      backward_blocks<input, true>(a, block, n);
  }
}

void backward(const NodeBackward& a) {
  if (a.input == NodeInput::rms_norm)
    backward_all<NodeInput::rms_norm>(a);
  else if (a.input == NodeInput::gelu)
    backward_all<NodeInput::gelu>(a);
  else
    backward_all<NodeInput::plain>(a);
}

} // namespace

extern const NodeKernels node{forward, backward};

} // namespace sweeps::kernels::SW_ISA
