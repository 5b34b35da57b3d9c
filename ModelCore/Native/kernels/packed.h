// Lanes of a vector that a mask picks, packed one behind the other in memory, and back.
#pragma once

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

#if SW_LANES == 8
// Of each mask: the lanes it picks in order, and for each lane how many it picks before.
struct LaneOrders {
  uint8_t picked[256][8], before[256][8];

  constexpr LaneOrders() : picked{}, before{} {
    for (int mask = 0; mask < 256; ++mask) {
      int n = 0;
      for (int i = 0; i < 8; ++i) {
        before[mask][i] = static_cast<uint8_t>(n);
        if ((mask >> i & 1) != 0) picked[mask][n++] = static_cast<uint8_t>(i);
      }
    }
  }
};
static constexpr LaneOrders lane_orders;

SW_INLINE __m256i lane_order(const uint8_t* of) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(of))); }
#endif

// Writes the picked lanes, and up to a vector of anything behind them; how many there were.
SW_INLINE int compress(float* to, vf v, uint32_t mask) {
#if SW_LANES == 16
  store(to, reinterpret_cast<vf>(_mm512_maskz_compress_ps(static_cast<__mmask16>(mask), reinterpret_cast<__m512>(v))));
#elif SW_LANES == 8
  store(to, reinterpret_cast<vf>(_mm256_permutevar8x32_ps(reinterpret_cast<__m256>(v), lane_order(lane_orders.picked[mask]))));
#else
  // Without a branch on the mask, which no predictor could guess.
  int n = 0;
  for (int i = 0; i < lanes; ++i) {
    to[n] = v[i];
    n += static_cast<int>(mask >> i & 1);
  }
#endif
  return __builtin_popcount(mask);
}

// The inverse: lanes that the mask does not pick are 0. Reads up to a vector.
SW_INLINE vf expand(const float* from, uint32_t mask) {
#if SW_LANES == 16
  return reinterpret_cast<vf>(_mm512_maskz_expand_ps(static_cast<__mmask16>(mask), reinterpret_cast<__m512>(load(from))));
#elif SW_LANES == 8
  vf v = reinterpret_cast<vf>(_mm256_permutevar8x32_ps(reinterpret_cast<__m256>(load(from)), lane_order(lane_orders.before[mask])));
  return as_float(as_int(v) & lanes_of(mask));
#else
  vf v{};
  int n = 0;
  for (int i = 0; i < lanes; ++i) {
    v[i] = (mask >> i & 1) != 0 ? from[n] : 0.f;
    n += static_cast<int>(mask >> i & 1);
  }
  return v;
#endif
}

} // namespace sweeps::kernels::SW_ISA
