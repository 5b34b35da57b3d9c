#include "node.h"

#include "simd.h"
#include "topk_row.h"

namespace sweeps::kernels::SW_ISA {

namespace {

SW_INLINE vf gelu(vf x) { return 0.5f * x * (1.f + erf(x * 0.70710678118654752f)); }

SW_INLINE vf gelu_slope(vf x) {
  return 0.5f * (1.f + erf(x * 0.70710678118654752f)) + x * (exp(-0.5f * x * x) * 0.39894228040143268f);
}

void rms_norm_row(const float* x, const float* gain, float eps, float* v, float* inverse_rms, int64_t d) {
  vf s0{}, s1{};
  int64_t i = 0;
  for (; i + 2 * lanes <= d; i += 2 * lanes) {
    vf a = load(x + i), b = load(x + i + lanes);
    s0 += a * a;
    s1 += b * b;
  }
  for (; i + lanes <= d; i += lanes) {
    vf a = load(x + i);
    s0 += a * a;
  }
  float total = sum(s0 + s1);
  for (; i < d; ++i) total += x[i] * x[i];
  float inverse = 1.f / __builtin_sqrtf(total / static_cast<float>(d) + eps);
  *inverse_rms = inverse;
  for (i = 0; i + lanes <= d; i += lanes) store(v + i, load(x + i) * inverse * load(gain + i));
  for (; i < d; ++i) v[i] = x[i] * inverse * gain[i];
}

void gelu_row(const float* x, float* v, int64_t d) {
  int64_t i = 0;
  for (; i + lanes <= d; i += lanes) store(v + i, gelu(load(x + i)));
  if (i < d) store_n(v + i, gelu(load_n(x + i, static_cast<int>(d - i))), static_cast<int>(d - i));
}

// Of v, which may be kept: what stays, which entries those are, and y.
SW_INLINE void keep_row(const NodeForward& a, const float* v, float* kept, uint16_t* words, const float* add, float* y, TopKThreshold threshold) {
  for (int64_t i = 0; i < a.d; i += 16) {
    int64_t width = a.d - i < 16 ? a.d - i : 16;
    uint32_t word = topk_word(v + i, width, threshold);
    *words++ = static_cast<uint16_t>(word);
    if (width == 16) {
      for (int64_t j = i; j < i + 16; j += lanes) {
        vf value = keep(load(v + j), word, static_cast<int>(j - i));
        store(kept + j, value);
        if (y == nullptr) continue;
        if (a.gate != nullptr) value = value * load(a.gate + j) + load(a.offset + j);
        store(y + j, add != nullptr ? value + load(add + j) : value);
      }
    } else {
      for (int64_t j = i; j < a.d; ++j) {
        float value = (word >> (j - i) & 1) != 0 ? v[j] : 0.f;
        kept[j] = value;
        if (y == nullptr) continue;
        if (a.gate != nullptr) value = value * a.gate[j] + a.offset[j];
        y[j] = add != nullptr ? value + add[j] : value;
      }
    }
  }
}

void forward(const NodeForward& a) {
  const int64_t words = kept_words(a.d), own = a.d - a.tail_width;
  int32_t warm = 0;
  for (int64_t r = 0; r < a.n; ++r) {
    const float* x = a.x + r * a.ldx;
    float* kept = a.kept + r * a.d;
    const float* v = kept;
    if (a.input == NodeInput::rms_norm) {
      rms_norm_row(x, a.gain, a.eps, kept, a.inverse_rms + r, own);
      if (a.tail != nullptr) std::memcpy(kept + own, a.tail + r * a.tail_width, sizeof(float) * static_cast<size_t>(a.tail_width));
    } else if (a.input == NodeInput::gelu) {
      gelu_row(x, kept, a.d);
    } else {
      v = x;
    }
    auto threshold = topk_threshold(v, a.d, a.k, &warm);
    keep_row(a, v, kept, a.words + r * words, a.add == nullptr ? nullptr : a.add + r * a.ldadd, a.y == nullptr ? nullptr : a.y + r * a.ldy, threshold);
  }
}

// The gradient by v of lanes channels from i on: through the gate and where the entry stayed.
template <typename Get>
SW_INLINE vf through(const NodeBackward& a, const float* dy, const uint16_t* words, int64_t i, Get get) {
  vf g = get(dy + i);
  if (a.gate != nullptr) g = g * get(a.gate + i);
  return keep(g, words[i / 16], static_cast<int>(i % 16));
}

template <typename Get, typename Put>
SW_INLINE void add_gate_gradient(const NodeBackward& a, const float* dy, const float* kept, int64_t i, Get get, Put put) {
  put(a.dgate + i, get(a.dgate + i) + get(dy + i) * (get(kept + i) - get(a.mean + i)));
}

template <NodeInput input, typename Get, typename Put>
SW_INLINE vf backward_lanes(const NodeBackward& a, const float* dy, const float* kept, const uint16_t* words, const float* x, float* dx, int64_t i, Get get, Put put) {
  add_gate_gradient(a, dy, kept, i, get, put);
  if (dx == nullptr) return vf{};
  vf g = through(a, dy, words, i, get);
  if constexpr (input == NodeInput::rms_norm) {
    return g * get(a.gain + i) * get(x + i);
  } else {
    if constexpr (input == NodeInput::gelu) g = g * gelu_slope(get(x + i));
    put(dx + i, g);
    return vf{};
  }
}

template <NodeInput input>
void backward_rows(const NodeBackward& a) {
  const int64_t words_per_row = kept_words(a.d), own = a.d - a.tail_width;
  auto whole = [](const float* p) { return load(p); };
  auto put_whole = [](float* p, vf v) { store(p, v); };
  for (int64_t r = 0; r < a.n; ++r) {
    const float* dy = a.dy + r * a.lddy;
    const float* kept = a.kept + r * a.d;
    const uint16_t* words = a.words + r * words_per_row;
    const float* x = a.x == nullptr ? nullptr : a.x + r * a.ldx;
    float* dx = a.dx == nullptr ? nullptr : a.dx + r * a.lddx;
    vf dot{};
    int64_t i = 0;
    for (; i + lanes <= own; i += lanes) dot += backward_lanes<input>(a, dy, kept, words, x, dx, i, whole, put_whole);
    if (i < own) {
      int rest = static_cast<int>(own - i);
      dot += backward_lanes<input>(
          a, dy, kept, words, x, dx, i, [rest](const float* p) { return load_n(p, rest); }, [rest](float* p, vf v) { store_n(p, v, rest); });
    }
    for (i = own; i < a.d; ++i) a.dgate[i] += dy[i] * (kept[i] - a.mean[i]);
    if constexpr (input == NodeInput::rms_norm) {
      if (dx == nullptr) continue;
      // d/dx of x · inv · gain: inv · (g · gain) − x · inv³ / d · Σ g · gain · x.
      float inverse = a.inverse_rms[r];
      float scale = sum(dot) * inverse * inverse * inverse / static_cast<float>(own);
      for (i = 0; i + lanes <= own; i += lanes) {
        vf g = through(a, dy, words, i, whole) * load(a.gain + i);
        store(dx + i, load(dx + i) + g * inverse - load(x + i) * scale);
      }
      if (i < own) {
        int rest = static_cast<int>(own - i);
        auto get = [rest](const float* p) { return load_n(p, rest); };
        vf g = through(a, dy, words, i, get) * get(a.gain + i);
        store_n(dx + i, get(dx + i) + g * inverse - get(x + i) * scale, rest);
      }
    }
  }
}

void backward(const NodeBackward& a) {
  if (a.input == NodeInput::rms_norm) backward_rows<NodeInput::rms_norm>(a);
  else if (a.input == NodeInput::gelu) backward_rows<NodeInput::gelu>(a);
  else backward_rows<NodeInput::plain>(a);
}

} // namespace

extern const NodeKernels node = {forward, backward};

} // namespace sweeps::kernels::SW_ISA
