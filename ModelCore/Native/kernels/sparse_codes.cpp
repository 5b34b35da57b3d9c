// A code has a handful of entries in a dictionary that fits the second cache: a row of the dictionary is read for each entry, a few vectors
// of it at a time, so that the sums stay in registers. Every sum is in the order of the entries.
#include "sparse_codes.h"

#include "topk_row.h"

namespace sweeps::kernels::SW_ISA {

namespace {

// Vectors of a row whose sums are kept in registers.
constexpr int tile = 4;

void relu(float* z, int64_t n) {
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    vf v = load(z + i);
    store(z + i, v > 0.f ? v : splat(0.f));
  }
  for (; i < n; ++i) z[i] = z[i] > 0.f ? z[i] : 0.f;
}

float threshold(const float* z, int64_t n, int64_t k, int64_t* ties) {
  int32_t warm = 0;
  auto found = topk_threshold(z, n, k, {z, z}, &warm);
  *ties = found.ties;
  return found.above < 0 ? -1.f : float_of(found.above);
}

// Bit i: value i of 16 is above that of low.
SW_INLINE uint32_t word_above(const float* z, const float* low) {
  uint32_t word = 0;
  for (int i = 0; i < 16; i += lanes) word |= bits(vi(load(z + i) > load(low + i))) << i;
  return word;
}

SW_INLINE uint32_t word_above(const float* z, float low) {
  uint32_t word = 0;
  for (int i = 0; i < 16; i += lanes) word |= bits(vi(load(z + i) > splat(low))) << i;
  return word;
}

SW_INLINE uint32_t word_equal(const float* z, float value) {
  uint32_t word = 0;
  for (int i = 0; i < 16; i += lanes) word |= bits(vi(load(z + i) == splat(value))) << i;
  return word;
}

// Bits of 16 entries from i on, or of those that there are.
template <typename Test>
SW_INLINE uint32_t word_at(const float* z, int64_t i, int64_t d, const Test& test) {
  if (d - i >= 16) return test(z + i, i);
  float padded[16] = {};
  std::memcpy(padded, z + i, sizeof(float) * static_cast<unsigned>(d - i));
  return test(padded, i) & ((1u << (d - i)) - 1);
}

SW_INLINE int64_t put(const float* z, int64_t i, uint32_t word, int32_t* idx, float* val, int64_t n) {
  for (; word != 0; word &= word - 1, ++n) {
    int64_t at = i + __builtin_ctz(word);
    idx[n] = static_cast<int32_t>(at);
    val[n] = z[at];
  }
  return n;
}

// What count and fill look for.
struct Above {
  const float* low;
  int64_t d;

  uint32_t operator()(const float* z, int64_t i) const {
    if (low == nullptr) return word_above(z, 0.f);
    if (d - i >= 16) return word_above(z, low + i);
    float padded[16] = {};
    std::memcpy(padded, low + i, sizeof(float) * static_cast<unsigned>(d - i));
    return word_above(z, padded);
  }
};

int64_t count(const float* z, const float* low, int64_t d) {
  const Above above{low, d};
  int64_t n = 0;
  for (int64_t i = 0; i < d; i += 16) n += __builtin_popcount(word_at(z, i, d, above));
  return n;
}

void fill(const float* z, const float* low, int64_t d, int32_t* idx, float* val) {
  const Above above{low, d};
  int64_t n = 0;
  for (int64_t i = 0; i < d; i += 16) n = put(z, i, word_at(z, i, d, above), idx, val, n);
}

void count_top(const float* z, int64_t d, float above, int64_t* larger, int64_t* equal) {
  const float bound = above > 0.f ? above : 0.f;
  int64_t n = 0, same = 0;
  for (int64_t i = 0; i < d; i += 16) {
    n += __builtin_popcount(word_at(z, i, d, [&](const float* v, int64_t) { return word_above(v, bound); }));
    if (above > 0.f) same += __builtin_popcount(word_at(z, i, d, [&](const float* v, int64_t) { return word_equal(v, above); }));
  }
  *larger = n;
  *equal = same;
}

int64_t fill_top(const float* z, int64_t d, float above, int64_t ties, int32_t* idx, float* val) {
  const float bound = above > 0.f ? above : 0.f;
  if (!(above > 0.f)) ties = 0;
  int64_t n = 0;
  for (int64_t i = 0; i < d; i += 16) {
    uint32_t word = word_at(z, i, d, [&](const float* v, int64_t) { return word_above(v, bound); });
    if (__builtin_expect(ties > 0, 0)) {
      uint32_t equal = word_at(z, i, d, [&](const float* v, int64_t) { return word_equal(v, above); });
      while (__builtin_popcount(equal) > ties) equal &= ~(0x80000000u >> __builtin_clz(equal));
      ties -= __builtin_popcount(equal);
      word |= equal;
    }
    n = put(z, i, word, idx, val, n);
  }
  return n;
}

void top(const float* z, int64_t n, int64_t d, int64_t k, int32_t* len, int32_t* idx, float* val) {
  int32_t warm = 0;
  for (int64_t row = 0; row < n; ++row, z += d, idx += k, val += k) {
    auto found = topk_threshold(z, d, k, {row + 1 < n ? z + d : z, z}, &warm);
    len[row] = static_cast<int32_t>(fill_top(z, d, found.above < 0 ? -1.f : float_of(found.above), found.ties, idx, val));
  }
}

SW_INLINE float dot(const float* a, const float* b, int64_t d) {
  vf even{}, odd{};
  int64_t i = 0;
  for (; i + 2 * lanes <= d; i += 2 * lanes) {
    even = fma(load(a + i), load(b + i), even);
    odd = fma(load(a + i + lanes), load(b + i + lanes), odd);
  }
  for (; i + lanes <= d; i += lanes) even = fma(load(a + i), load(b + i), even);
  if (i < d) {
    int left = static_cast<int>(d - i);
    odd = fma(load_n(a + i, left), load_n(b + i, left), odd);
  }
  return sum(even + odd);
}

double reconstruct(
    const Csr& codes, int64_t first, int64_t last, const float* target, int64_t ldt, const float* dictionary, const float* bias, int64_t d,
    float scale, float* error, float* dots) {
  double squares = 0;
  for (int64_t row = first; row < last; ++row) {
    const float* wanted = target + row * ldt;
    float* e = error + row * d;
    const int32_t begin = codes.ptr[row], end = codes.ptr[row + 1];
    int64_t c = 0;
    for (; c + tile * lanes <= d; c += tile * lanes) {
      vf s[tile];
      for (int v = 0; v < tile; ++v) s[v] = bias == nullptr ? vf{} : load(bias + c + v * lanes);
      for (int32_t j = begin; j < end; ++j) {
        const float* atom = dictionary + codes.idx[j] * d + c;
        for (int v = 0; v < tile; ++v) s[v] = fma(splat(codes.val[j]), load(atom + v * lanes), s[v]);
      }
      for (int v = 0; v < tile; ++v) store(e + c + v * lanes, s[v] - load(wanted + c + v * lanes));
    }
    for (; c < d; c += lanes) {
      const int left = d - c < lanes ? static_cast<int>(d - c) : lanes;
      auto read = [&](const float* p) { return left == lanes ? load(p) : load_n(p, left); };
      vf s = bias == nullptr ? vf{} : read(bias + c);
      for (int32_t j = begin; j < end; ++j) s = fma(splat(codes.val[j]), read(dictionary + codes.idx[j] * d + c), s);
      s -= read(wanted + c);
      if (left == lanes)
        store(e + c, s);
      else
        store_n(e + c, s, left);
    }
    squares += dot(e, e, d);
    for (int32_t j = begin; j < end; ++j) dots[j] = scale * dot(e, dictionary + codes.idx[j] * d, d);
  }
  return squares;
}

float gradient(
    const FeatureEntries& entries, const float* error, const float* x, int64_t ldx, int64_t d, float scale, bool tied, const float* row,
    float* by_row, float* by_encoder) {
  float total = 0;
  for (int64_t j = 0; j < entries.n; ++j) total += entries.derivatives[j];
  int64_t c = 0;
  for (; c + tile * lanes <= d; c += tile * lanes) {
    vf g[tile] = {}, m[tile] = {};
    for (int64_t j = 0; j < entries.n; ++j) {
      const float* e = error + entries.rows[j] * d + c;
      const float* in = x + entries.rows[j] * ldx + c;
      const vf code = splat(scale * entries.codes[j]), slope = splat(entries.derivatives[j]);
      for (int v = 0; v < tile; ++v) {
        g[v] = fma(code, load(e + v * lanes), g[v]);
        m[v] = fma(slope, load(in + v * lanes), m[v]);
      }
    }
    for (int v = 0; v < tile; ++v) {
      store(by_row + c + v * lanes, tied ? g[v] + m[v] : g[v]);
      if (by_encoder != nullptr) store(by_encoder + c + v * lanes, m[v]);
    }
  }
  for (; c < d; c += lanes) {
    const int left = d - c < lanes ? static_cast<int>(d - c) : lanes;
    auto read = [&](const float* p) { return left == lanes ? load(p) : load_n(p, left); };
    auto write = [&](float* p, vf v) {
      if (left == lanes)
        store(p, v);
      else
        store_n(p, v, left);
    };
    vf g{}, m{};
    for (int64_t j = 0; j < entries.n; ++j) {
      g = fma(splat(scale * entries.codes[j]), read(error + entries.rows[j] * d + c), g);
      m = fma(splat(entries.derivatives[j]), read(x + entries.rows[j] * ldx + c), m);
    }
    write(by_row + c, tied ? g + m : g);
    if (by_encoder != nullptr) write(by_encoder + c, m);
  }
  if (entries.n > 0) {
    const float along = dot(by_row, row, d);
    for (int64_t i = 0; i < d; ++i) by_row[i] -= along * row[i];
  }
  return total;
}

} // namespace

extern const SparseCodesKernels sparse_codes{relu, threshold, top, count, fill, count_top, fill_top, reconstruct, gradient};

} // namespace sweeps::kernels::SW_ISA
