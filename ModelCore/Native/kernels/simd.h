// Vectors of the native width of the instruction set that this file is compiled for (16, 8 or 4 floats), on the vector extensions of GCC
// and Clang. Wider vectors than native were 3 to 4 times slower. Everything here is in the namespace of the instruction set: see isa.h.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define SW_ISA avx512
#define SW_LANES 16
#elif defined(__AVX2__)
#define SW_ISA avx2
#define SW_LANES 8
#else
#define SW_ISA baseline
#define SW_LANES 4
#endif
#define SW_INLINE static inline __attribute__((always_inline))

namespace sweeps::kernels::SW_ISA {

constexpr int lanes = SW_LANES;

typedef float vf __attribute__((vector_size(4 * SW_LANES)));
typedef float vf_unaligned __attribute__((vector_size(4 * SW_LANES), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * SW_LANES))); // a comparison gives −1 for true, 0 for false
typedef int32_t vi_unaligned __attribute__((vector_size(4 * SW_LANES), aligned(4), may_alias));

SW_INLINE vf load(const float* p) { return *reinterpret_cast<const vf_unaligned*>(p); }
SW_INLINE void store(float* p, vf v) { *reinterpret_cast<vf_unaligned*>(p) = v; }
SW_INLINE vf splat(float x) { return x - vf{}; } // 0 + x would be an addition, for it changes −0
SW_INLINE vi splat(int32_t x) { return vi{} + x; }
SW_INLINE vi as_int(vf v) { return reinterpret_cast<vi>(v); }
SW_INLINE vf as_float(vi v) { return reinterpret_cast<vf>(v); }

SW_INLINE vi iota() {
#if SW_LANES == 16
  return vi{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif SW_LANES == 8
  return vi{0, 1, 2, 3, 4, 5, 6, 7};
#else
  return vi{0, 1, 2, 3};
#endif
}

// The first n < lanes floats, the rest 0.
SW_INLINE vf load_n(const float* p, int n) {
#if SW_LANES == 16
  return reinterpret_cast<vf>(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p));
#else
  vf v{};
  std::memcpy(&v, p, sizeof(float) * static_cast<unsigned>(n));
  return v;
#endif
}

SW_INLINE void store_n(float* p, vf v, int n) {
#if SW_LANES == 16
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), reinterpret_cast<__m512>(v));
#else
  std::memcpy(p, &v, sizeof(float) * static_cast<unsigned>(n));
#endif
}

// Bit i is set where lane i of the comparison holds.
SW_INLINE uint32_t bits(vi mask) {
#if SW_LANES == 16
  return _mm512_movepi32_mask(reinterpret_cast<__m512i>(mask));
#elif SW_LANES == 8
  return static_cast<uint32_t>(_mm256_movemask_ps(reinterpret_cast<__m256>(mask)));
#elif defined(__x86_64__)
  return static_cast<uint32_t>(_mm_movemask_ps(reinterpret_cast<__m128>(mask)));
#else
  return (mask[0] & 1u) | (mask[1] & 2u) | (mask[2] & 4u) | (mask[3] & 8u);
#endif
}

#if SW_LANES < 16
// Bit i is set where byte i has its upper bit set.
SW_INLINE uint32_t byte_signs(vi v) {
#if SW_LANES == 8
  return static_cast<uint32_t>(_mm256_movemask_epi8(reinterpret_cast<__m256i>(v)));
#elif defined(__x86_64__)
  return static_cast<uint32_t>(_mm_movemask_epi8(reinterpret_cast<__m128i>(v)));
#else
  uint8_t bytes[sizeof v];
  std::memcpy(bytes, &v, sizeof v);
  uint32_t word = 0;
  for (unsigned i = 0; i < sizeof v; ++i) word |= static_cast<uint32_t>(bytes[i] >> 7) << i;
  return word;
#endif
}
#endif

// What a comparison gives where masks are registers of their own: the compiler would turn each into a vector and back.
#if SW_LANES == 16
typedef __mmask16 Lanes;
SW_INLINE Lanes above(vi a, vi b) { return _mm512_cmpgt_epi32_mask(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)); }
SW_INLINE uint32_t bits(Lanes m) { return m; }
SW_INLINE vf keep(vf v, Lanes m) { return reinterpret_cast<vf>(_mm512_maskz_mov_ps(m, reinterpret_cast<__m512>(v))); }
#else
typedef vi Lanes;
SW_INLINE Lanes above(vi a, vi b) { return a > b; }
SW_INLINE vf keep(vf v, Lanes m) { return as_float(as_int(v) & m); }
#endif

// The inverse: lane i holds where bit i is set.
SW_INLINE vi lanes_of(uint32_t word) {
#if SW_LANES == 16
  return reinterpret_cast<vi>(_mm512_movm_epi32(static_cast<__mmask16>(word)));
#else
  vi bit = splat(1) << iota();
  return (splat(static_cast<int32_t>(word)) & bit) != 0;
#endif
}

SW_INLINE vf where(vi mask, vf a, vf b) { return mask ? a : b; }

// NaN in a gives NaN; NaN in b gives a.
SW_INLINE vf max(vf a, vf b) { return (b > a) ? b : a; }
SW_INLINE vf min(vf a, vf b) { return (b < a) ? b : a; }

SW_INLINE vf abs(vf v) { return as_float(as_int(v) & splat(INT32_MAX)); }

// a · b + c in one rounding where the instruction set can, else in two: the same for one float as in a vector, where a · b + c leaves that
// to the compiler.
SW_INLINE float fma(float a, float b, float c) {
#if defined(__FP_FAST_FMAF)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

SW_INLINE vf fma(vf a, vf b, vf c) {
#if SW_LANES == 16
  return reinterpret_cast<vf>(_mm512_fmadd_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
#elif SW_LANES == 8
  return reinterpret_cast<vf>(_mm256_fmadd_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
#else
  return vf{fma(a[0], b[0], c[0]), fma(a[1], b[1], c[1]), fma(a[2], b[2], c[2]), fma(a[3], b[3], c[3])};
#endif
}

SW_INLINE vf sqrt(vf v) {
#if SW_LANES == 16
  return reinterpret_cast<vf>(_mm512_sqrt_ps(reinterpret_cast<__m512>(v)));
#elif SW_LANES == 8
  return reinterpret_cast<vf>(_mm256_sqrt_ps(reinterpret_cast<__m256>(v)));
#elif defined(__x86_64__)
  return reinterpret_cast<vf>(_mm_sqrt_ps(reinterpret_cast<__m128>(v)));
#else
  return vf{__builtin_sqrtf(v[0]), __builtin_sqrtf(v[1]), __builtin_sqrtf(v[2]), __builtin_sqrtf(v[3])};
#endif
}

// 1 / v within 2 ulp for normal numbers whose inverse is one too.
SW_INLINE vf reciprocal(vf v) {
#if SW_LANES == 16
  auto guess = reinterpret_cast<vf>(_mm512_rcp14_ps(reinterpret_cast<__m512>(v)));
  return guess + guess * (1.f - v * guess);
#else
  return 1.f / v;
#endif
}

// By halves, the same order whatever the compiler does.
SW_INLINE float sum(vf v) {
  float a[SW_LANES];
  std::memcpy(a, &v, sizeof a);
  for (int half = SW_LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) a[i] += a[i + half];
  return a[0];
}

SW_INLINE float max_of(vf v) {
  float a[SW_LANES];
  std::memcpy(a, &v, sizeof a);
  float m = a[0];
  for (int i = 1; i < SW_LANES; ++i) m = a[i] > m ? a[i] : m;
  return m;
}

// e^x, within 2 ulp; 0 below −87.3 and infinity above 88.7; NaN stays.
// Cephes' expf: x = n ln 2 + r, a polynomial in r, times 2^n.
SW_INLINE vf exp(vf x) {
  vf c = x > 88.72283f ? splat(88.72283f) : x;
  c = c < -87.33654f ? splat(-87.33654f) : c;
  const float round = 12582912.f; // adding 1.5 · 2^23 rounds to an integer
  vf n = (c * 1.44269504088896341f + round) - round;
  vf r = c - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  vf p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  vi e = __builtin_convertvector(n, vi);
  // 2^128 has no float of its own: in two factors.
  vi half = e >> 1;
  vf value = p * as_float((half + 127) << 23) * as_float((e - half + 127) << 23);
  value = x > 88.72283f ? splat(__builtin_inff()) : value;
  value = x < -87.33654f ? splat(0.f) : value;
  return x == x ? value : x;
}

// ln x, within 2 ulp, for 0 and normal positive x, infinity and NaN. Cephes' logf: x = 2^e (1 + f) with 1 + f in [√½, √2), a polynomial in
// f.
SW_INLINE vf log(vf x) {
  const int32_t root_of_half = 0x3f3504f3;
  vi e = (as_int(x) - root_of_half) >> 23;
  vf f = as_float(as_int(x) - (e << 23)) - 1.f;
  vf p = splat(7.0376836292e-2f);
  p = p * f - 1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f - 1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f - 1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f - 2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  vf n = __builtin_convertvector(e, vf);
  vf square = f * f;
  vf value = p * f * square - n * 2.12194440e-4f - square * 0.5f + f + n * 0.693359375f;
  value = x == 0.f ? splat(-__builtin_inff()) : value;
  return x < __builtin_inff() ? value : x;
}

// The error function, absolute error below 5e-7: the rational approximation of Eigen's generic_fast_erf.
SW_INLINE vf erf(vf x) {
  vf c = x > 4.f ? splat(4.f) : x;
  c = c < -4.f ? splat(-4.f) : c;
  vf s = c * c;
  vf p = splat(-2.72614225801306e-10f);
  p = p * s + 2.77068142495902e-08f;
  p = p * s - 2.10102402082508e-06f;
  p = p * s - 5.69250639462346e-05f;
  p = p * s - 7.34990630326855e-04f;
  p = p * s - 2.95459980854025e-03f;
  p = p * s - 1.60960333262415e-02f;
  vf q = splat(-1.45660718464996e-05f);
  q = q * s - 2.13374055278905e-04f;
  q = q * s - 1.68282697438203e-03f;
  q = q * s - 7.37332916720468e-03f;
  q = q * s - 1.42647390514189e-02f;
  return c * p * reciprocal(q);
}

// A block of lanes × lanes floats: d[j][i] = s[i][j]; row strides in floats.
SW_INLINE void transpose(const float* s, int64_t s_stride, float* d, int64_t d_stride) {
#if SW_LANES == 16
  __m512 r[16], t[16];
  for (int i = 0; i < 16; ++i) r[i] = _mm512_loadu_ps(s + i * s_stride);
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(t[i]), _mm512_castps_pd(t[i + 2])));
    r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(t[i]), _mm512_castps_pd(t[i + 2])));
    r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(t[i + 1]), _mm512_castps_pd(t[i + 3])));
    r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(t[i + 1]), _mm512_castps_pd(t[i + 3])));
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 8; ++i) {
    _mm512_storeu_ps(d + i * d_stride, _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88));
    _mm512_storeu_ps(d + (i + 8) * d_stride, _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd));
  }
#elif SW_LANES == 8
  __m256 r[8], t[8];
  for (int i = 0; i < 8; ++i) r[i] = _mm256_loadu_ps(s + i * s_stride);
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_ps(d + i * d_stride, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
    _mm256_storeu_ps(d + (i + 4) * d_stride, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
  }
#else
  float t[4][4];
  for (int i = 0; i < 4; ++i) std::memcpy(t[i], s + i * s_stride, sizeof t[i]);
  for (int j = 0; j < 4; ++j)
    for (int i = 0; i < 4; ++i) d[j * d_stride + i] = t[i][j];
#endif
}

// The same for a dense block of 16 × 16, whatever the lanes.
SW_INLINE void transpose_block(const float* s, float* d, int64_t d_stride = 16) {
  for (int i = 0; i < 16; i += lanes)
    for (int j = 0; j < 16; j += lanes) transpose(s + i * 16 + j, 16, d + j * d_stride + i, d_stride);
}

// The same for a block of any rows × cols, both at most lanes.
SW_INLINE void transpose_n(const float* s, int64_t s_stride, float* d, int64_t d_stride, int rows, int cols) {
  if (rows == lanes && cols == lanes) {
    transpose(s, s_stride, d, d_stride);
    return;
  }
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < cols; ++j) d[j * d_stride + i] = s[i * s_stride + j];
}

} // namespace sweeps::kernels::SW_ISA
