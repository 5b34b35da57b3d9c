// A code has a handful of entries in a dictionary that fits the second cache: a row of the dictionary is read for each entry, a few vectors
// of it at a time, so that the sums stay in registers. Every sum is in the order of the entries.
#include "sparse_codes.h"

#include "packed.h"
#include "topk_row.h"

namespace sweeps::kernels::SW_ISA {

namespace {

// Vectors of a row whose sums are kept in registers: as many as hide the latency of a multiply-add where rows are long.
constexpr int wide = 8;
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

int64_t fill(const float* z, const float* low, int64_t d, [[maybe_unused]] int64_t places, int32_t* idx, float* val) {
  const Above above{low, d};
  int64_t n = 0;
  for (int64_t i = 0; i < d; i += 16) {
    const uint32_t word = word_at(z, i, d, above);
#if SW_LANES >= 8
    // Without a branch on how many there are, which no predictor could guess; a vector at a time behind those that are there already.
    if (d - i >= 16 && places - n >= 16) {
      for (int part = 0; part < 16; part += lanes) {
        const uint32_t mask = word >> part & ((1u << lanes) - 1);
        compress(reinterpret_cast<float*>(idx + n), as_float(iota() + static_cast<int32_t>(i + part)), mask);
        n += compress(val + n, load(z + i + part), mask);
      }
      continue;
    }
#endif
    n = put(z, i, word, idx, val, n);
  }
  return n;
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

#if SW_LANES == 16
// The sums of the halves of n vectors' groups of 2^(log + 1) lanes, in half as many vectors.
template <int log>
SW_INLINE void add_halves(vf* s, int n) {
  const vi lane = iota(), within = lane & 7;
  const vi first = ((lane & 8) << 1) + ((within >> log) << (log + 1)) + (within & ((1 << log) - 1));
#pragma GCC unroll 8
  for (int i = 0; i < n / 2; ++i) {
    auto a = reinterpret_cast<__m512>(s[2 * i]), b = reinterpret_cast<__m512>(s[2 * i + 1]);
    s[i] = reinterpret_cast<vf>(_mm512_permutex2var_ps(a, reinterpret_cast<__m512i>(first), b)) +
           reinterpret_cast<vf>(_mm512_permutex2var_ps(a, reinterpret_cast<__m512i>(first + (1 << log)), b));
  }
}
#endif

// `lanes` sums, each of a vector, in the order of sum().
SW_INLINE vf sums_of(vf* s) {
#if SW_LANES == 16
  add_halves<3>(s, 16);
  add_halves<2>(s, 8);
  add_halves<1>(s, 4);
  add_halves<0>(s, 2);
#else
  float rows[lanes * lanes], columns[lanes * lanes];
  for (int i = 0; i < lanes; ++i) store(rows + i * lanes, s[i]);
  transpose(rows, lanes, columns, lanes);
  for (int i = 0; i < lanes; ++i) s[i] = load(columns + i * lanes);
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) s[i] += s[i + half];
#endif
  return s[0];
}

// The products of e with `lanes` rows of the dictionary.
SW_INLINE vf dots_of(const float* e, const float* dictionary, const int32_t* idx, int64_t d) {
  const float* rows[lanes];
  vf s[lanes];
  for (int i = 0; i < lanes; ++i) {
    rows[i] = dictionary + idx[i] * d;
    s[i] = vf{};
  }
  int64_t c = 0;
  for (; c + lanes <= d; c += lanes) {
    const vf v = load(e + c);
    for (int i = 0; i < lanes; ++i) s[i] = fma(v, load(rows[i] + c), s[i]);
  }
  if (c < d) {
    const int left = static_cast<int>(d - c);
    const vf v = load_n(e + c, left);
    for (int i = 0; i < lanes; ++i) s[i] = fma(v, load_n(rows[i] + c, left), s[i]);
  }
  return sums_of(s);
}

// e = bias + Σ val · dictionary[idx] − wanted, for `vectors` vectors of channels from c on.
template <int vectors>
SW_INLINE void decode(
    const Csr& codes, int64_t row, const float* wanted, const float* dictionary, const float* bias, int64_t d, int64_t c, float* e) {
  vf s[vectors];
  for (int v = 0; v < vectors; ++v) s[v] = bias == nullptr ? vf{} : load(bias + c + v * lanes);
  for (int32_t j = codes.ptr[row]; j < codes.ptr[row + 1]; ++j) {
    const float* atom = dictionary + codes.idx[j] * d + c;
    const vf code = splat(codes.val[j]);
    for (int v = 0; v < vectors; ++v) s[v] = fma(code, load(atom + v * lanes), s[v]);
  }
  for (int v = 0; v < vectors; ++v) store(e + c + v * lanes, s[v] - load(wanted + c + v * lanes));
}

double reconstruct(
    const Csr& codes, int64_t first, int64_t last, const float* target, int64_t ldt, const float* dictionary, const float* bias, int64_t d,
    float scale, float shift, float* error, float* dots) {
  double squares = 0;
  for (int64_t row = first; row < last; ++row) {
    const float* wanted = target + row * ldt;
    float* e = error + row * d;
    const int32_t begin = codes.ptr[row], end = codes.ptr[row + 1];
    int64_t c = 0;
    for (; c + wide * lanes <= d; c += wide * lanes) decode<wide>(codes, row, wanted, dictionary, bias, d, c, e);
    for (; c + tile * lanes <= d; c += tile * lanes) decode<tile>(codes, row, wanted, dictionary, bias, d, c, e);
    for (; c + lanes <= d; c += lanes) decode<1>(codes, row, wanted, dictionary, bias, d, c, e);
    if (c < d) {
      const int left = static_cast<int>(d - c);
      vf s = bias == nullptr ? vf{} : load_n(bias + c, left);
      for (int32_t j = begin; j < end; ++j) s = fma(splat(codes.val[j]), load_n(dictionary + codes.idx[j] * d + c, left), s);
      store_n(e + c, s - load_n(wanted + c, left), left);
    }
    squares += dot(e, e, d);
    int32_t j = begin;
    for (; j + lanes <= end; j += lanes) store(dots + j, fma(splat(scale), dots_of(e, dictionary, codes.idx + j, d), splat(shift)));
    if (j < end) {
      int32_t idx[lanes];
      for (int i = 0; i < lanes; ++i) idx[i] = codes.idx[j + i < end ? j + i : end - 1];
      store_n(dots + j, fma(splat(scale), dots_of(e, dictionary, idx, d), splat(shift)), end - j);
    }
  }
  return squares;
}

void by_features(
    const Csr& codes, const float* derivatives, int64_t first, int64_t last, float scale, int32_t* ends, FeatureEntry* entries) {
  std::memset(ends, 0, sizeof(int32_t) * static_cast<size_t>(codes.cols));
  for (int32_t j = codes.ptr[first]; j < codes.ptr[last]; ++j) ++ends[codes.idx[j]];
  int32_t begin = 0;
  for (int64_t f = 0; f < codes.cols; ++f) {
    const int32_t n = ends[f];
    ends[f] = begin;
    begin += n;
  }
  // Where the next one goes, which is the end at last.
  for (int64_t row = first; row < last; ++row)
    for (int32_t j = codes.ptr[row]; j < codes.ptr[row + 1]; ++j)
      entries[ends[codes.idx[j]]++] = {static_cast<int32_t>(row), scale * codes.val[j], derivatives[j]};
}

// For `vectors` vectors of channels from c on: to[f] += Σ of · from[row] over the entries, `of` being the code or the derivative.
template <int vectors, float FeatureEntry::*of>
SW_INLINE void accumulate(
    const int32_t* ends, const FeatureEntry* entries, int64_t first, int64_t last, const float* from, int64_t ld, int64_t d, int64_t c,
    float* to) {
  for (int64_t f = first, j = first == 0 ? 0 : ends[first - 1]; f < last; ++f) {
    const int64_t end = ends[f];
    if (j == end) continue;
    float* at = to + f * d + c;
    vf s[vectors];
    for (int v = 0; v < vectors; ++v) s[v] = load(at + v * lanes);
    for (; j < end; ++j) {
      const float* row = from + entries[j].row * ld + c;
      const vf factor = splat(entries[j].*of);
      for (int v = 0; v < vectors; ++v) s[v] = fma(factor, load(row + v * lanes), s[v]);
    }
    for (int v = 0; v < vectors; ++v) store(at + v * lanes, s[v]);
  }
}

template <float FeatureEntry::*of>
SW_INLINE void accumulate_all(
    const int32_t* ends, const FeatureEntry* entries, int64_t first, int64_t last, const float* from, int64_t ld, int64_t d, float* to) {
  int64_t c = 0;
  for (; c + tile * lanes <= d; c += tile * lanes) accumulate<tile, of>(ends, entries, first, last, from, ld, d, c, to);
  for (; c + lanes <= d; c += lanes) accumulate<1, of>(ends, entries, first, last, from, ld, d, c, to);
  if (c == d) return;
  const int left = static_cast<int>(d - c);
  for (int64_t f = first, j = first == 0 ? 0 : ends[first - 1]; f < last; ++f) {
    vf s = load_n(to + f * d + c, left);
    for (; j < ends[f]; ++j) s = fma(splat(entries[j].*of), load_n(from + entries[j].row * ld + c, left), s);
    store_n(to + f * d + c, s, left);
  }
}

void gradients(
    const int32_t* ends, const FeatureEntry* entries, int64_t first, int64_t last, const float* error, const float* x, int64_t ldx,
    int64_t d, float* g, float* m, float* bias) {
  accumulate_all<&FeatureEntry::code>(ends, entries, first, last, error, d, d, g);
  accumulate_all<&FeatureEntry::derivative>(ends, entries, first, last, x, ldx, d, m);
  for (int64_t f = first, j = first == 0 ? 0 : ends[first - 1]; f < last; ++f)
    for (; j < ends[f]; ++j) bias[f] += entries[j].derivative;
}

void across(float* gradient, const float* row, int64_t d) {
  const float along = dot(gradient, row, d);
  for (int64_t i = 0; i < d; ++i) gradient[i] -= along * row[i];
}

int64_t summary(const int32_t* idx, const float* val, int64_t n, int32_t* fired, double* total, float* least) {
  // Of every fourth entry: one sum alone would wait for its last addition.
  constexpr int apart = 4;
  double sums[apart] = {};
  float smallest[apart];
  int64_t active = 0;
  for (int i = 0; i < apart; ++i) smallest[i] = __builtin_inff();
  auto add = [&](int64_t j, int i) {
    const bool is_active = val[j] > 0.f;
    fired[idx[j]] += is_active;
    active += is_active;
    sums[i] += static_cast<double>(is_active ? val[j] : 0.f);
    smallest[i] = is_active && val[j] < smallest[i] ? val[j] : smallest[i];
  };
  int64_t j = 0;
  for (; j + apart <= n; j += apart)
    for (int i = 0; i < apart; ++i) add(j + i, i);
  for (; j < n; ++j) add(j, 0);
  *total = sums[0] + sums[1] + sums[2] + sums[3];
  *least = smallest[0];
  for (int i = 1; i < apart; ++i) *least = smallest[i] < *least ? smallest[i] : *least;
  return active;
}

} // namespace

extern const SparseCodesKernels sparse_codes{relu,     threshold,   top,         count,     fill,   count_top,
                                             fill_top, reconstruct, by_features, gradients, across, summary};

} // namespace sweeps::kernels::SW_ISA
