// AbsTopK of as many tokens at once as a vector has lanes, each with a threshold of its own; channels lie 16 floats apart.
//
// As in topk_row.h thresholds are magnitudes, floats without their sign bit read as integers, and they are found by counting. Every token has its own bounds, and a
// pass counts for all; it ends when the last has found its threshold.
#pragma once

#include "blocked.h"
#include "simd.h"

namespace sweeps::kernels::SW_ISA {

// Kept are the entries of magnitude above `above`, and the first `ties` of those equal to it.
struct LaneThresholds {
  vi above;
  vi ties;
};

SW_INLINE vi lane_magnitude(const float* p) { return as_int(load(p)) & INT32_MAX; }

SW_INLINE bool any(vi mask) { return bits(mask) != 0; }

SW_INLINE vi where(vi mask, vi a, vi b) { return mask ? a : b; }

// Entries of magnitude above t.
SW_INLINE vi count_above(const float* v, int64_t d, vi t) {
#if SW_LANES == 16
  const __m512i one = _mm512_set1_epi32(1);
  __m512i a = _mm512_setzero_si512(), b = a;
  auto limit = reinterpret_cast<__m512i>(t);
  int64_t c = 0;
  for (; c + 2 <= d; c += 2) {
    a = _mm512_mask_add_epi32(a, _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(lane_magnitude(v + c * block_tokens)), limit), a, one);
    b = _mm512_mask_add_epi32(b, _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(lane_magnitude(v + (c + 1) * block_tokens)), limit), b, one);
  }
  if (c < d) a = _mm512_mask_add_epi32(a, _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(lane_magnitude(v + c * block_tokens)), limit), a, one);
  return reinterpret_cast<vi>(_mm512_add_epi32(a, b));
#else
  vi a{}, b{};
  int64_t c = 0;
  for (; c + 2 <= d; c += 2) {
    a -= lane_magnitude(v + c * block_tokens) > t;
    b -= lane_magnitude(v + (c + 1) * block_tokens) > t;
  }
  if (c < d) a -= lane_magnitude(v + c * block_tokens) > t;
  return a + b;
#endif
}

// total and most: sum of the magnitudes and the largest one of each token. ratio, of threshold to mean magnitude: where the search begins; afterwards a good
// beginning for other tokens at the same place. It changes how long the search takes, never what it finds. 1 ≤ k < d.
SW_INLINE LaneThresholds topk_thresholds(const float* v, int64_t d, int32_t k, vf total, vi most, vf* ratio) {
  // count_above(low) = below > k > above = count_above(high); −1 and the largest magnitude are bounds that no count is needed for.
  vi low = splat(-1), high = most, below = splat(static_cast<int32_t>(d)), above{}, found{};
  vf mean = total * (1.f / static_cast<float>(d));
  vi t = as_int(mean * *ratio) & INT32_MAX;
  // Regula falsi; a bound that stays where it is twice counts for half (Illinois), or the other would creep.
  vf weight_low = splat(1.f), weight_high = splat(1.f);
  vi side{};
  for (int step = 0;; ++step) {
    found |= high - low == 1;
    if (!any(found == 0)) break;
    t = where(t <= low, low + 1, t);
    t = where(t >= high, high - 1, t);
    vi count = count_above(v, d, t);
    vi open = found == 0;
    vi hit = open & (count == k), over = open & (count > k), under = open & (count < k);
    found |= hit;
    weight_high = where(over & (side < 0), weight_high * 0.5f, where(under, splat(1.f), weight_high));
    weight_low = where(under & (side > 0), weight_low * 0.5f, where(over, splat(1.f), weight_low));
    side = where(over, splat(-1), where(under, splat(1), side));
    low = where(over, t, low);
    below = where(over, count, below);
    high = where(hit | under, t, high);
    above = where(hit | under, count, above);
    if (step == 0) {
      // As if magnitudes around the quarter that is kept were half of a normal distribution's; for other distributions a step into the right direction.
      vf factor = 1.f + 0.6f * __builtin_convertvector(count - k, vf) / static_cast<float>(k);
      factor = factor < 0.5f ? splat(0.5f) : factor > 2.f ? splat(2.f) : factor;
      t = as_int(as_float(t) * factor) & INT32_MAX;
      continue;
    }
    vf l = as_float(low & ~(low >> 31)), h = as_float(high); // −1 stands for 0 here
    vf left = __builtin_convertvector(below - k, vf) * weight_low, right = __builtin_convertvector(k - above, vf) * weight_high;
    vi interpolated = as_int(l + (h - l) * ((left + 0.5f) / (left + right + 1.f)));
    t = step < 14 ? where(high < 0x7f800000, interpolated, low + ((high - low) >> 1)) : low + ((high - low) >> 1);
    // Both guesses too high: often fewer than k entries are not zero, and that is all.
    if (step == 1) t = where(low < 0, splat(0), t);
  }
  vf next = as_float(high) / mean;
  *ratio = where((next > 0.01f) & (next < 100.f), next, *ratio);
  // What is above the upper bound stays, and as many of those equal to it as are missing.
  return {high, splat(k) - above};
}

} // namespace sweeps::kernels::SW_ISA
