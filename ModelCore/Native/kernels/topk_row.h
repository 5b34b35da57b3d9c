// AbsTopK of one row, for the kernels that need it: the threshold, and which entries are kept, 16 at a time.
//
// Without its sign bit a float orders as the integer of the same bits ("magnitude"), NaN above infinity. The threshold is a magnitude found by counting the
// entries above a guess, again and again; guesses are interpolated between the last two, so that a row of 512 takes about five counts.
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
  if (count == k) s.found = true, s.threshold = {static_cast<int32_t>(t - 1), 0};
  else if (s.high - s.low == 1) s.found = true, s.threshold = {static_cast<int32_t>(s.low), k - s.above};
  return count;
}

// 1 ≤ k ≤ d. warm: where to begin, 0 at first; afterwards a good beginning for a similar row. It changes how long the search takes, never what it finds.
SW_INLINE TopKThreshold topk_threshold(const float* x, int64_t d, int64_t k, int32_t* warm) {
  if (k == d) return {-1, 0};
  TopKSearch s{0, int64_t{1} << 31, d, 0, false, {0, 0}};
  if (*warm > 1) {
    int64_t count = topk_try(s, x, d, k, *warm);
    // As if magnitudes around the quarter that is kept were half of a normal distribution's; for other distributions a step into the right direction.
    float factor = 1.f + 0.6f * static_cast<float>(count - k) / static_cast<float>(k);
    factor = factor < 0.5f ? 0.5f : factor > 2.f ? 2.f : factor;
    if (!s.found) topk_try(s, x, d, k, bits_of(float_of(*warm) * factor));
  }
  // Both guesses lay on one side: another kind of row than before. Its extremes are the bounds; often fewer than k entries are not zero, and that is all.
  if (!s.found && s.low == 0) topk_try(s, x, d, k, 1);
  if (!s.found && s.high > INT32_MAX) s.high = int64_t{largest_magnitude(x, d)} + 1;
  // Regula falsi; an end that stays where it is twice counts for half (Illinois), or the other would creep.
  float left = static_cast<float>(s.below - k), right = static_cast<float>(k - s.above);
  int side = 0;
  for (int step = 0; !s.found; ++step) {
    int64_t t = s.low + (s.high - s.low) / 2;
    if (step < 12 && s.high <= 0x7f800000) t = bits_of(float_of(s.low) + (float_of(s.high) - float_of(s.low)) * ((left + 0.5f) / (left + right + 1.f)));
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
