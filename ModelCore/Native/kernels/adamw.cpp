#include "adamw.h"

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

// The moments of a unit that gets no gradient decay into denormal numbers, which are slow and worth nothing.
SW_INLINE uint32_t flush_denormals() {
#if defined(__x86_64__)
  uint32_t before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  return before;
#else
  return 0;
#endif
}

SW_INLINE void restore_denormals(uint32_t before) {
#if defined(__x86_64__)
  _mm_setcsr(before);
#else
  (void)before;
#endif
}

SW_INLINE vi load_int(const int32_t* p) { return *reinterpret_cast<const vi_unaligned*>(p); }
SW_INLINE void store_int(int32_t* p, vi v) { *reinterpret_cast<vi_unaligned*>(p) = v; }

// Tail lanes are 0.
SW_INLINE vf load_some(const float* p, int n) { return n == lanes ? load(p) : load_n(p, n); }
SW_INLINE void store_some(float* p, vf v, int n) {
  if (n == lanes)
    store(p, v);
  else
    store_n(p, v, n);
}

SW_INLINE int lanes_left(int64_t n) { return n < lanes ? static_cast<int>(n) : lanes; }

// The new weights of one vector; without a gradient the old ones.
SW_INLINE vf move(const AdamWStep& s, const float* g, float* w, float* m, float* v, int64_t i, int n) {
  vf weight = load_some(w + i, n);
  if (g == nullptr) return weight;
  vf gradient = load_some(g + i, n) * s.gradient_scale;
  vf mean = load_some(m + i, n) * s.beta1 + gradient * s.mean_weight;
  vf square = load_some(v + i, n) * s.beta2 + gradient * gradient * s.square_weight;
  vf denominator = sqrt(square) * s.root_scale + s.eps;
  // Lanes beyond the end are 0 / eps, and with eps 0 a NaN that nobody sees.
  weight = weight * s.decay - mean * s.rate / denominator;
  store_some(m + i, mean, n);
  store_some(v + i, square, n);
  store_some(w + i, weight, n);
  return weight;
}

int64_t update(const AdamWStep& step, const float* g, float* w, float* m, float* v, int64_t n) {
  uint32_t mode = flush_denormals();
  const AdamWStep s = step;
  int64_t nonzeros = 0;
  for (int64_t begin = 0; begin < n; begin += 4096) { // small enough for counts in lanes
    int64_t end = n < begin + 4096 ? n : begin + 4096;
    vi counts{};
    for (int64_t i = begin; i < end; i += lanes) {
      int some = lanes_left(end - i);
      vi magnitude = as_int(abs(move(s, g, w, m, v, i, some)));
      counts -= (magnitude > 0) & (iota() < some);
    }
    for (int i = 0; i < lanes; ++i) nonzeros += counts[i];
  }
  restore_denormals(mode);
  return nonzeros;
}

SW_INLINE vi max_int(vi a, vi b) { return a > b ? a : b; }
SW_INLINE vi min_int(vi a, vi b) { return a > b ? b : a; }

// Lane by lane into falling lists of length n, one below the other.
SW_INLINE void insert(vi x, int32_t* tops, int64_t stride, int64_t n) {
  for (int64_t i = 0; i < n; ++i, tops += stride) {
    vi top = load_int(tops);
    store_int(tops, max_int(top, x));
    x = min_int(top, x);
  }
}

// The n largest of the lanes' lists, falling; lists is consumed.
SW_INLINE void merge(const int32_t* lists, int64_t n, int32_t* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = 0;
  for (int64_t i = 0; i < n * lanes; ++i) {
    int32_t x = lists[i];
    for (int64_t at = 0; at < n && x > 0; ++at) {
      if (x <= out[at]) continue;
      int32_t shifted = out[at];
      out[at] = x;
      x = shifted;
    }
  }
}

int64_t update_ranked(
    const AdamWStep& step, const float* g, float* w, float* m, float* v, const Units& units, int first, int last, int32_t* classes,
    int32_t* tops) {
  uint32_t mode = flush_denormals();
  const AdamWStep s = step;
  const int64_t rows = units.rows, cols = units.cols, floor = units.floor;
  const bool all = first == 0 && last == magnitude_classes - 1;
  int32_t* in_lanes = tops + rows * floor; // of axis 0: the floor largest of each lane of a row
  int64_t above = 0;
  if (units.axis == 1)
    for (int64_t i = 0; i < units.tops_size(); ++i) tops[i] = 0;
  for (int64_t r = 0; r < rows; ++r) {
    if (units.axis == 0)
      for (int64_t i = 0; i < floor * lanes; ++i) in_lanes[i] = 0;
    for (int64_t begin = 0; begin < cols; begin += 4096) {
      int64_t end = cols < begin + 4096 ? cols : begin + 4096;
      vi counts{};
      for (int64_t c = begin; c < end; c += lanes) {
        int n = lanes_left(end - c);
        vi magnitude = as_int(abs(move(s, g, w, m, v, r * cols + c, n)));
        if (n < lanes) magnitude &= iota() < n;
        if (units.axis == 0)
          insert(magnitude, in_lanes, lanes, floor);
        else if (units.axis == 1)
          insert(magnitude, tops + c, padded(cols), floor);
        vi in_class = magnitude >> magnitude_shift;
        int32_t index[lanes];
        store_int(index, in_class - first);
        if (all && n == lanes) {
          for (int i = 0; i < lanes; ++i) ++classes[index[i]];
        } else {
          counts -= in_class > last;
          for (uint32_t hits = bits((in_class >= first) & (in_class <= last) & (iota() < n)); hits != 0; hits &= hits - 1)
            ++classes[index[__builtin_ctz(hits)]];
        }
      }
      for (int i = 0; i < lanes; ++i) above += counts[i];
    }
    if (units.axis == 0) merge(in_lanes, floor, tops + r * floor);
  }
  restore_denormals(mode);
  return above;
}

int64_t cut(float* w, const Units& units, const int32_t* bounds, int32_t low, int32_t last, int32_t* found, int64_t* n_found) {
  const int64_t rows = units.rows, cols = units.cols;
  int64_t nonzeros = 0, at = 0;
  for (int64_t r = 0; r < rows; ++r) {
    vi row_bound = splat(bounds[units.axis == 0 ? r : 0]);
    for (int64_t begin = 0; begin < cols; begin += 4096) {
      int64_t end = cols < begin + 4096 ? cols : begin + 4096;
      vi counts{};
      for (int64_t c = begin; c < end; c += lanes) {
        int n = lanes_left(end - c);
        float* p = w + r * cols + c;
        vi x = as_int(load_some(p, n));
        vi magnitude = x & INT32_MAX;
        vi stays = magnitude >= (units.axis == 1 ? load_int(bounds + c) : row_bound);
        store_some(p, as_float(x & stays), n);
        counts -= stays; // lanes beyond the end are 0, below every bound
        for (uint32_t hits = bits(stays & (magnitude >= low) & (magnitude <= last)); hits != 0; hits &= hits - 1)
          found[at++] = static_cast<int32_t>(r * cols + c) + __builtin_ctz(hits);
      }
      for (int i = 0; i < lanes; ++i) nonzeros += counts[i];
    }
  }
  *n_found = at;
  return nonzeros;
}

// Single precision within blocks of 1,024, double above.
double sum_squares(const float* g, int64_t n) {
  double total = 0;
  int64_t i = 0;
  for (; i + 1024 <= n; i += 1024) {
    vf a{}, b{}, c{}, d{};
    for (int64_t j = i; j < i + 1024; j += 4 * lanes) {
      vf x = load(g + j), y = load(g + j + lanes), z = load(g + j + 2 * lanes), u = load(g + j + 3 * lanes);
      a += x * x;
      b += y * y;
      c += z * z;
      d += u * u;
    }
    total += static_cast<double>(sum((a + b) + (c + d)));
  }
  for (; i < n; ++i) total += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  return total;
}

} // namespace

const AdamWKernels adamw = {sum_squares, update, update_ranked, cut};

} // namespace sweeps::kernels::SW_ISA
