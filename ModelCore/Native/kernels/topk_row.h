// AbsTopK of one row, for the kernels that need it: the threshold, and which entries are kept, 16 at a time.
//
// Without its sign bit a float orders as the integer of the same bits ("magnitude"), NaN above infinity. The threshold is a magnitude found
// by counting the entries above a guess, again and again; guesses are interpolated between the last two, so that a row of 512 takes about
// five counts. With AVX-512, whose compress instruction makes it cheap, the row before tells which entries are in doubt, and the search
// looks at these alone.
#pragma once

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

// Kept are the entries of magnitude above `above`, and the first `ties` of those equal to it.
struct TopKThreshold {
  int32_t above;
  int64_t ties;
};

SW_INLINE vi magnitude(vf v) { return as_int(v) & INT32_MAX; }

SW_INLINE float float_of(int64_t bits) {
  auto b = static_cast<int32_t>(bits);
  float f;
  std::memcpy(&f, &b, sizeof f);
  return f;
}

SW_INLINE int32_t bits_of(float f) {
  int32_t b;
  std::memcpy(&b, &f, sizeof b);
  return b;
}

#if SW_LANES == 16
// Masks are counted as bits: the vector ports are busy with comparisons.
typedef int64_t Tally;
SW_INLINE Tally tally(vi mask) { return __builtin_popcount(bits(mask)); }
SW_INLINE int64_t total(Tally t) { return t; }
#else
typedef vi Tally;
SW_INLINE Tally tally(vi mask) { return -mask; }
SW_INLINE int64_t total(Tally t) {
  int64_t s = 0;
  for (int i = 0; i < lanes; ++i) s += t[i];
  return s;
}
#endif

// Entries of magnitude ≥ t, t ≥ 1: the zeros that fill up the last vector never count.
SW_INLINE int64_t count_from(const float* x, int64_t d, int32_t t) {
  Tally a{}, b{};
  int64_t i = 0;
  for (; i + 2 * lanes <= d; i += 2 * lanes) {
    a += tally(magnitude(load(x + i)) >= t);
    b += tally(magnitude(load(x + i + lanes)) >= t);
  }
  if (i + lanes <= d) {
    a += tally(magnitude(load(x + i)) >= t);
    i += lanes;
  }
  if (i < d) b += tally(magnitude(load_n(x + i, static_cast<int>(d - i))) >= t);
  return total(a + b);
}

SW_INLINE int32_t largest_magnitude(const float* x, int64_t d) {
  vi most{};
  int64_t i = 0;
  for (; i + lanes <= d; i += lanes) {
    vi m = magnitude(load(x + i));
    most = m > most ? m : most;
  }
  if (i < d) {
    vi m = magnitude(load_n(x + i, static_cast<int>(d - i)));
    most = m > most ? m : most;
  }
  int32_t largest = 0;
  for (int j = 0; j < lanes; ++j) largest = most[j] > largest ? most[j] : largest;
  return largest;
}

// count_from(low) = below > k > above = count_from(high); 0 and 2^31 are bounds that no count is needed for.
struct TopKSearch {
  int64_t low, high, below, above;
  bool found;
  TopKThreshold threshold;
};

SW_INLINE int64_t topk_try(TopKSearch& s, const float* x, int64_t d, int64_t k, int64_t t) {
  t = t <= s.low ? s.low + 1 : t >= s.high ? s.high - 1 : t;
  int64_t count = count_from(x, d, static_cast<int32_t>(t));
  if (count > k) s.low = t, s.below = count;
  if (count < k) s.high = t, s.above = count;
  if (count == k)
    s.found = true, s.threshold = {static_cast<int32_t>(t - 1), 0};
  else if (s.high - s.low == 1)
    s.found = true, s.threshold = {static_cast<int32_t>(s.low), k - s.above};
  return count;
}

// The row to be read next and that to be written next: memory fetches them while the threshold is searched.
struct NextRows {
  const float *read, *write;
};

#if SW_LANES == 16
// Once the threshold is known to within a few per cent, few entries are in doubt: one pass counts those above and collects those between,
// and the rest of the search looks at these alone.
constexpr int64_t most_in_doubt = 256;

// Magnitudes of low … high − 1, into found, which has room for lanes more than most; the number of them, or −1 when there are more. above:
// entries of magnitude ≥ high.
SW_INLINE int64_t
collect_between(const float* x, int64_t d, int32_t low, int32_t high, const NextRows& next, int32_t* found, int64_t* above) {
  int64_t n = 0, larger = 0;
  for (int64_t i = 0; i < d; i += lanes) {
    __builtin_prefetch(next.read + i);
    __builtin_prefetch(next.write + i, 1);
    vi m = magnitude(d - i >= lanes ? load(x + i) : load_n(x + i, static_cast<int>(d - i)));
    uint32_t over = bits(m >= high);
    uint32_t between = bits(m >= low) & ~over;
    larger += __builtin_popcount(over);
    if (n > most_in_doubt) return -1;
    _mm512_storeu_si512(found + n, _mm512_maskz_compress_epi32(static_cast<__mmask16>(between), reinterpret_cast<__m512i>(m)));
    n += __builtin_popcount(between);
  }
  *above = larger;
  return n > most_in_doubt ? -1 : n;
}

// The k-th largest of n magnitudes of low … high − 1, 1 ≤ k ≤ n. found has room for lanes more.
SW_INLINE TopKThreshold choose_between(int32_t* found, int64_t n, int64_t k, int64_t low, int64_t high) {
  std::memset(found + n, 0, sizeof(vi));
  int64_t above = 0; // entries ≥ high
  while (high - low > 1) {
    int64_t t = low + (high - low) / 2, count = 0;
    for (int64_t i = 0; i < n; i += lanes) {
      vi m;
      std::memcpy(&m, found + i, sizeof m);
      count += __builtin_popcount(bits(m >= static_cast<int32_t>(t)));
    }
    if (count == k) return {static_cast<int32_t>(t - 1), 0};
    if (count > k)
      low = t;
    else
      high = t, above = count;
  }
  return {static_cast<int32_t>(low), k - above};
}
#endif

// 1 ≤ k ≤ d. warm: where to begin, 0 at first; afterwards a good beginning for a similar row. It changes how long the search takes, never
// what it finds.
SW_INLINE TopKThreshold topk_threshold(const float* x, int64_t d, int64_t k, [[maybe_unused]] const NextRows& next, int32_t* warm) {
  if (k == d) return {-1, 0};
#if SW_LANES == 16
  if (*warm > 1 && *warm < 0x7f000000) {
    // From row to row it moves by about 1/√d of itself: to four times that on either side.
    float span = 4.f / __builtin_sqrtf(static_cast<float>(d));
    span = span > 0.5f ? 0.5f : span;
    int32_t low = bits_of(float_of(*warm) * (1 - span)), high = bits_of(float_of(*warm) * (1 + span));
    int32_t found[most_in_doubt + 2 * lanes];
    int64_t above = 0;
    int64_t n = low < 1 ? -1 : collect_between(x, d, low, high, next, found, &above);
    if (n >= 0 && above < k && k <= above + n) {
      auto threshold = choose_between(found, n, k - above, low, high);
      *warm = threshold.above + 1;
      return threshold;
    }
  }
#endif
  TopKSearch s{0, int64_t{1} << 31, d, 0, false, {0, 0}};
  if (*warm > 1) {
    int64_t count = topk_try(s, x, d, k, *warm);
    // As if magnitudes around the quarter that is kept were half of a normal distribution's; for other distributions a step into the right
    // direction.
    float factor = 1.f + 0.6f * static_cast<float>(count - k) / static_cast<float>(k);
    factor = factor < 0.5f ? 0.5f : factor > 2.f ? 2.f : factor;
    if (!s.found) topk_try(s, x, d, k, bits_of(float_of(*warm) * factor));
  }
  // Both guesses lay on one side: another kind of row than before. Its extremes are the bounds; often fewer than k entries are not zero,
  // and that is all.
  if (!s.found && s.low == 0) topk_try(s, x, d, k, 1);
  if (!s.found && s.high > INT32_MAX) s.high = int64_t{largest_magnitude(x, d)} + 1;
  // Regula falsi; an end that stays where it is twice counts for half (Illinois), or the other would creep.
  float left = static_cast<float>(s.below - k), right = static_cast<float>(k - s.above);
  int side = 0;
  for (int step = 0; !s.found; ++step) {
    int64_t t = s.low + (s.high - s.low) / 2;
    if (step < 12 && s.high <= 0x7f800000)
      t = bits_of(float_of(s.low) + (float_of(s.high) - float_of(s.low)) * ((left + 0.5f) / (left + right + 1.f)));
    if (topk_try(s, x, d, k, t) > k) {
      left = static_cast<float>(s.below - k);
      if (side < 0) right *= 0.5f;
      side = -1;
    } else {
      right = static_cast<float>(k - s.above);
      if (side > 0) left *= 0.5f;
      side = 1;
    }
  }
  *warm = s.threshold.above + 1;
  return s.threshold;
}

// Bit i of the result: entry i of 16 has a magnitude of more than t, or equal to it.
SW_INLINE uint32_t bits_above(const float* x, int32_t t) {
  uint32_t word = 0;
  for (int i = 0; i < 16; i += lanes) word |= bits(magnitude(load(x + i)) > t) << i;
  return word;
}

SW_INLINE uint32_t bits_equal(const float* x, int32_t t) {
  uint32_t word = 0;
  for (int i = 0; i < 16; i += lanes) word |= bits(magnitude(load(x + i)) == t) << i;
  return word;
}

// Bit i of the result: entry i of the first n ≤ 16 is kept. To be called from left to right: the ties are used up.
SW_INLINE uint32_t topk_word(const float* x, int64_t n, TopKThreshold& threshold) {
  float padded[16];
  if (n < 16) {
    std::memset(padded, 0, sizeof padded);
    std::memcpy(padded, x, sizeof(float) * static_cast<unsigned>(n));
    x = padded;
  }
  uint32_t kept = bits_above(x, threshold.above), valid = (1u << n) - 1;
  if (__builtin_expect(threshold.ties > 0, 0)) {
    uint32_t equal = bits_equal(x, threshold.above) & valid;
    while (__builtin_popcount(equal) > threshold.ties) equal &= ~(0x80000000u >> __builtin_clz(equal));
    threshold.ties -= __builtin_popcount(equal);
    kept |= equal;
  }
  return kept & valid;
}

// The lanes that start at bit i of a word (i a multiple of lanes), v where kept, else 0.
SW_INLINE vf keep(vf v, uint32_t word, int i) { return as_float(as_int(v) & lanes_of(word >> i)); }

} // namespace sweeps::kernels::SW_ISA
