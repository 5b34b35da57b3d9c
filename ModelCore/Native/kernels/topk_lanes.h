// AbsTopK of as many tokens at once as a vector has lanes, each with a threshold of its own; channels lie 16 floats apart.
//
// As in topk_row.h thresholds are magnitudes, floats without their sign bit read as integers, and they are found by counting. Every token
// has its own bounds, and a pass counts for all; it ends when the last has found its threshold.
//
// Passes over the floats would run at the speed of the second-level cache. So they count classes, the upper 16 bits of the magnitudes, of
// two channels in each lane of a vector: half the memory, twice the entries per instruction. The few entries that share the class of the
// threshold are then looked at themselves.
#pragma once

#include "blocked.h"
#include "simd.h"

namespace sweeps::kernels::SW_ISA {

// Kept are the entries of magnitude above `above`, and the first `ties` of those equal to it.
struct LaneThresholds {
  vi above;
  vi ties;
};

typedef int16_t vs __attribute__((vector_size(4 * SW_LANES)));

constexpr int class_shift = 15;         // of a magnitude, which has 31 bits
constexpr int32_t close_enough = 6;     // entries of a token among which the search by classes ends
constexpr int64_t most_classed = 65534; // channels whose counts fit into 16 bits by halves

SW_INLINE vi lane_magnitude(const float* p) { return as_int(load(p)) & INT32_MAX; }

SW_INLINE bool any(vi mask) { return bits(mask) != 0; }

SW_INLINE vi where(vi mask, vi a, vi b) { return mask ? a : b; }

// Classes of two channels, the first in the lower half of each lane; less 2^15, since comparisons are of signed numbers.
SW_INLINE vi two_classes(vf first, vf second) {
  typedef uint32_t vu __attribute__((vector_size(4 * SW_LANES)));
  // The shifts drop the sign, and half of the sum of one of them is dropped again.
  vu low = reinterpret_cast<vu>(first) >> class_shift, high = reinterpret_cast<vu>(second) << 1;
#if SW_LANES == 16
  vu both = reinterpret_cast<vu>(_mm512_mask_blend_epi16(0xaaaaaaaau, reinterpret_cast<__m512i>(low), reinterpret_cast<__m512i>(high)));
#else
  vu both = (low & 0xffffu) | (high & 0xffff0000u);
#endif
  return reinterpret_cast<vi>(both ^ 0x80008000u);
}

// A class of each lane as two_classes writes them, twice. −1, below all classes, has no such form.
SW_INLINE vi both_halves(vi c) { return (c | (c << 16)) ^ splat(static_cast<int32_t>(0x80008000u)); }

// Entries of a class above c, 0 ≤ c; of pairs of channels.
SW_INLINE vi count_classes(const vi* classes, int64_t pairs, vi c) {
#if SW_LANES == 16
  const __m512i one = _mm512_set1_epi16(1);
  __m512i a = _mm512_setzero_si512(), b = a;
  auto limit = reinterpret_cast<__m512i>(both_halves(c));
  int64_t i = 0;
  for (; i + 2 <= pairs; i += 2) {
    a = _mm512_mask_add_epi16(a, _mm512_cmpgt_epi16_mask(_mm512_loadu_si512(classes + i), limit), a, one);
    b = _mm512_mask_add_epi16(b, _mm512_cmpgt_epi16_mask(_mm512_loadu_si512(classes + i + 1), limit), b, one);
  }
  if (i < pairs) a = _mm512_mask_add_epi16(a, _mm512_cmpgt_epi16_mask(_mm512_loadu_si512(classes + i), limit), a, one);
  vi sum = reinterpret_cast<vi>(_mm512_add_epi16(a, b));
#else
  vs a{}, b{};
  auto limit = reinterpret_cast<vs>(both_halves(c));
  int64_t i = 0;
  for (; i + 2 <= pairs; i += 2) {
    a -= reinterpret_cast<vs>(classes[i]) > limit;
    b -= reinterpret_cast<vs>(classes[i + 1]) > limit;
  }
  if (i < pairs) a -= reinterpret_cast<vs>(classes[i]) > limit;
  vi sum = reinterpret_cast<vi>(a + b);
#endif
  return (sum & 0xffff) + ((sum >> 16) & 0xffff);
}

// Entries of magnitude above t.
SW_INLINE vi count_above(const float* v, int64_t d, vi t) {
#if SW_LANES == 16
  const __m512i one = _mm512_set1_epi32(1);
  __m512i a = _mm512_setzero_si512(), b = a;
  auto limit = reinterpret_cast<__m512i>(t);
  int64_t c = 0;
  for (; c + 2 <= d; c += 2) {
    a = _mm512_mask_add_epi32(a, _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(lane_magnitude(v + c * block_tokens)), limit), a, one);
    b = _mm512_mask_add_epi32(
        b, _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(lane_magnitude(v + (c + 1) * block_tokens)), limit), b, one);
  }
  if (c < d)
    a = _mm512_mask_add_epi32(a, _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(lane_magnitude(v + c * block_tokens)), limit), a, one);
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

// Of each lane: count(low) = below > k > above = count(high), where count(t) is the number of entries above t; found: the answer is {high,
// k − above}.
struct LaneSearch {
  vi low, high, below, above, found;
};

SW_INLINE void narrow(LaneSearch& s, vi t, vi count, int32_t k) {
  vi open = s.found == 0;
  vi over = open & (count > k), under = open & (count <= k);
  s.low = where(over, t, s.low);
  s.below = where(over, count, s.below);
  s.high = where(under, t, s.high);
  s.above = where(under, count, s.above);
  s.found |= open & (count == k);
}

// By magnitude, to the end: for what classes cannot tell apart. Most often these are zeros, fewer than k entries being anything else.
SW_INLINE LaneThresholds search_magnitudes(LaneSearch s, const float* v, int64_t d, int32_t k) {
  vi t = where(s.low < 0, splat(0), s.low + ((s.high - s.low) >> 1));
  for (;;) {
    s.found |= s.high - s.low == 1;
    if (!any(s.found == 0)) return {s.high, splat(k) - s.above};
    narrow(s, t, count_above(v, d, t), k);
    t = s.low + ((s.high - s.low) >> 1);
  }
}

constexpr int most_members = 8;
constexpr int bits_per_half = SW_LANES == 16 ? 1 : 2; // of a lane's half in what `collect` finds

// The members of a lane's undecided classes, in no order that matters, −1 where there are fewer than of other lanes.
struct Members {
  int32_t of[most_members][SW_LANES];
};

// classes: of low < class ≤ high in the lanes of `open`, at most most_members of a lane.
SW_INLINE void collect(Members& members, const float* v, int64_t d, const vi* classes, vi low, vi high, vi open) {
  // As −1 has no form of its own, the lowest class that counts takes its place.
  auto from = reinterpret_cast<vs>(both_halves(low + 1)), to = reinterpret_cast<vs>(both_halves(high)), wanted = reinterpret_cast<vs>(open);
  // All pairs are noted down, and overwritten where nothing is found: a branch would be predicted wrongly for most of what is. The last
  // pair may hold a channel that is none.
  int64_t pairs[(most_members + 1) * SW_LANES + 1];
  uint32_t founds[(most_members + 1) * SW_LANES + 1];
  int64_t hits = 0;
  for (int64_t i = 0; 2 * i < d; ++i) {
    auto c = reinterpret_cast<vs>(classes[i]);
#if SW_LANES == 16
    uint32_t found = _mm512_mask_cmple_epi16_mask(
        _mm512_mask_cmpge_epi16_mask(
            _mm512_movepi16_mask(reinterpret_cast<__m512i>(wanted)), reinterpret_cast<__m512i>(c), reinterpret_cast<__m512i>(from)),
        reinterpret_cast<__m512i>(c), reinterpret_cast<__m512i>(to));
#else
    uint32_t found = byte_signs(reinterpret_cast<vi>((c >= from) & (c <= to) & wanted));
#endif
    pairs[hits] = i;
    founds[hits] = found;
    hits += found != 0;
  }
  int32_t n[SW_LANES]{};
  for (auto& slot : members.of)
    for (auto& m : slot) m = -1;
  for (int64_t hit = 0; hit < hits; ++hit)
    for (uint32_t found = founds[hit]; found != 0;) {
      int half = __builtin_ctz(found) / bits_per_half;
      found &= ~(((1u << bits_per_half) - 1) << (half * bits_per_half));
      int64_t channel = 2 * pairs[hit] + half % 2, lane = half / 2;
      if (channel == d) continue;
      int32_t m;
      std::memcpy(&m, v + channel * block_tokens + lane, sizeof m);
      members.of[n[lane]++][lane] = m & INT32_MAX;
    }
}

// The threshold that keeps the `rank` largest members of each lane, 1 ≤ rank < number of members; n slots are in use.
SW_INLINE LaneThresholds choose(const Members& members, int n, vi rank) {
  vi m[most_members];
  std::memcpy(m, members.of, sizeof m);
  LaneThresholds chosen{};
  for (int i = 0; i < n; ++i) {
    vi larger{}, same{};
    for (int j = 0; j < n; ++j) {
      larger -= m[j] > m[i];
      same -= m[j] == m[i];
    }
    vi is = (larger < rank) & (larger + same >= rank);
    // All of this magnitude stay, or the first few.
    vi all = larger + same == rank;
    chosen.above = where(is, m[i] + all, chosen.above);
    chosen.ties = where(is, where(all, vi{}, rank - larger), chosen.ties);
  }
  return chosen;
}

SW_INLINE int32_t largest(vi v) {
  int32_t a[SW_LANES], m;
  std::memcpy(a, &v, sizeof a);
  m = a[0];
  for (int i = 1; i < SW_LANES; ++i) m = a[i] > m ? a[i] : m;
  return m;
}

// classes: of v, by two_classes; the second of the last pair is 0 where d is odd. mean: about the mean magnitude of each token. ratio, of
// threshold to mean, 0 where it is not known: where the search begins; afterwards a good beginning for other tokens at the same place.
// These two change how long the search takes, never what it finds. 1 ≤ k < d.
SW_INLINE LaneThresholds topk_thresholds(const float* v, int64_t d, const vi* classes, int32_t k, vf mean, vf* ratio) {
  const vi last = splat(UINT16_MAX); // class; a bound that no count is needed for, as −1 is
  LaneSearch s{splat(-1), last, splat(static_cast<int32_t>(d)), vi{}, vi{}};
  if (d > most_classed) return search_magnitudes({s.low, splat(INT32_MAX), s.below, vi{}, vi{}}, v, d, k);
  // Of normally distributed values of which a quarter is kept, the threshold is 1.4 times the mean.
  vf guess = mean * where(*ratio > 0.f, *ratio, splat(1.4f));
  // Regula falsi; a bound that stays where it is twice counts for half (Illinois), or the other would creep.
  vf weight_low = splat(1.f), weight_high = splat(1.f);
  vi side{};
  for (int step = 0;; ++step) {
    vi close = s.found | (s.high - s.low == 1) | (s.below - s.above <= close_enough);
    if (!any(close == 0)) break;
    // Above class t is what is at least the guess.
    vi t = ((as_int(guess) & INT32_MAX) >> class_shift) - 1;
    if (step >= 14) t = s.low + ((s.high - s.low) >> 1);
    t = where(t <= s.low, s.low + 1, t);
    t = where(t >= s.high, s.high - 1, t);
    // Where the bounds have met one of them is asked again, which changes nothing; never −1.
    t = where(t < 0, splat(0), t);
    vi count = count_classes(classes, (d + 1) / 2, t);
    vi over = count > k, under = count < k;
    weight_high = where(over & (side < 0), weight_high * 0.5f, where(under, splat(1.f), weight_high));
    weight_low = where(under & (side > 0), weight_low * 0.5f, where(over, splat(1.f), weight_low));
    side = where(over, splat(-1), splat(1));
    narrow(s, t, count, k);
    // Without a bound on the other side: as if the magnitudes below the guess were spread evenly, and above it thinner. After the first
    // guess it is to step over the threshold, so that there is a bound on either side.
    vf step_by = __builtin_convertvector(count - k, vf) / __builtin_convertvector(static_cast<int32_t>(d) + 1 - count, vf) *
                     (step == 0 ? 1.6f : 3.f) +
                 (step == 0 ? 0.f : 0.01f);
    step_by = step_by < -0.5f ? splat(-0.5f) : step_by > 1.f ? splat(1.f) : step_by;
    vf further = as_float((t + 1) << class_shift) * (1.f + step_by);
    vf l = as_float((s.low + 1) << class_shift), h = as_float((s.high + 1) << class_shift);
    vf left = __builtin_convertvector(s.below - k, vf) * weight_low, right = __builtin_convertvector(k - s.above, vf) * weight_high;
    vf between = l + (h - l) * ((left + 0.5f) / (left + right + 1.f));
    guess = where((s.high == last) | splat(-(step == 0)), further, between);
    // Both guesses too high: often fewer than k entries are not zero, and that is all.
    if (step == 1) guess = where(s.low < 0, splat(0.f), guess);
  }
  vf next = as_float((s.high + 1) << class_shift) / mean;
  *ratio = where((next > 0.01f) & (next < 100.f), next, *ratio);

  // Classes to magnitudes: what is above class c has magnitudes above the largest of c.
  const int32_t rest = (1 << class_shift) - 1;
  LaneThresholds answer{(s.high << class_shift) | rest, vi{}};
  if (!any(s.found == 0)) return answer;
  vi members = where(s.found, vi{}, s.below - s.above);
  int32_t n = largest(members);
  if (n > most_members) {
    s.low = (s.low << class_shift) | rest;
    s.high = answer.above;
    return search_magnitudes(s, v, d, k);
  }
  Members found;
  collect(found, v, d, classes, s.low, s.high, s.found == 0);
  auto chosen = choose(found, n, splat(k) - s.above);
  return {where(s.found, answer.above, chosen.above), where(s.found, vi{}, chosen.ties)};
}

} // namespace sweeps::kernels::SW_ISA
