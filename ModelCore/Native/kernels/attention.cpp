// Causal attention in blocks of 16 queries by 16 keys, so that every product is one of 16 × 16 matrices, a head having 16 channels.
//
// Scores are held transposed (keys × queries), softmax works down the keys, and no sum runs across the lanes of a vector. Logits are in
// base 2. Keys and values are packed first: rows of a model's width fall on few cache sets.
#include "attention.h"

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

constexpr int width = 16; // channels of the head, queries of a block, keys of a block
constexpr int parts = width / lanes;
constexpr int area = width * width;
constexpr int tile = 4; // blocks of keys between two looks at the running maximum
constexpr float log2_e = 1.44269504088896341f;
constexpr float ln_2 = 0.693147180559945309f;

SW_INLINE int64_t rounded_up(int64_t t) { return (t + width - 1) / width * width; }

SW_INLINE float* aligned(float* p) { return reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(p) + 63) & ~static_cast<uintptr_t>(63)); }

SW_INLINE void zero(float* p, int64_t n) {
  for (int64_t i = 0; i < n; i += lanes) store(p + i, vf{});
}

// c += a b, or aᵀ b; all 16 × 16 and dense. Eight accumulators hide the latency of a multiply-add and fit into 16 registers.
template <bool transposed, bool accumulate>
SW_INLINE void multiply(const float* a, const float* b, float* c) {
  constexpr int group = 8 / parts;
  for (int i = 0; i < width; i += group) {
    vf sums[group][parts];
    for (int g = 0; g < group; ++g)
      for (int p = 0; p < parts; ++p) sums[g][p] = accumulate ? load(c + (i + g) * width + p * lanes) : vf{};
#pragma GCC unroll 16
    for (int k = 0; k < width; ++k) {
      vf row[parts];
      for (int p = 0; p < parts; ++p) row[p] = load(b + k * width + p * lanes);
      for (int g = 0; g < group; ++g) {
        vf x = splat(transposed ? a[k * width + i + g] : a[(i + g) * width + k]);
        for (int p = 0; p < parts; ++p) sums[g][p] += x * row[p];
      }
    }
    for (int g = 0; g < group; ++g)
      for (int p = 0; p < parts; ++p) store(c + (i + g) * width + p * lanes, sums[g][p]);
  }
}

// Rows from … to − 1 of 16 whose first is p, times a factor; zeros for the others.
SW_INLINE void take_rows(const float* p, int64_t ld, int64_t from, int64_t to, float factor, float* block) {
  for (int64_t r = 0; r < width; ++r)
    for (int c = 0; c < width; c += lanes) store(block + r * width + c, r >= from && r < to ? load(p + r * ld + c) * factor : vf{});
}

SW_INLINE void pack(const float* p, int64_t ld, int64_t t, float* packed) {
  for (int64_t r = 0; r < t; ++r)
    for (int c = 0; c < width; c += lanes) store(packed + r * width + c, load(p + r * ld + c));
  zero(packed + t * width, (rounded_up(t) - t) * width);
}

SW_INLINE void unpack(const float* packed, int64_t t, float* p, int64_t ld) {
  for (int64_t r = 0; r < t; ++r)
    for (int c = 0; c < width; c += lanes) store(p + r * ld + c, load(packed + r * width + c));
}

// 2^x for x ≤ 0, within 2 ulp; 0 below −124; NaN stays. x = n + r, a polynomial in r, times 2^n.
SW_INLINE vf exp2_of_nonpositive(vf x) {
  // Adding 1.5 · 2^23 rounds to an integer, and leaves n + 127, the exponent's bits of 2^n, in the last bits of the sum.
  vf biased = x + (12582912.f + 127.f);
  vf r = x - (biased - (12582912.f + 127.f));
  vf p = splat(1.5453163e-4f);
  p = p * r + 1.33908634e-3f;
  p = p * r + 9.61808256e-3f;
  p = p * r + 5.55035711e-2f;
  p = p * r + 2.40226508e-1f;
  p = p * r + 6.93147188e-1f;
  p = p * r + 1.f;
  p = p * as_float(as_int(biased) << 23);
  return where(x < -124.f, vf{}, p);
}

// Lanes of queries that may see this key of their own block.
SW_INLINE vi sees(int key, int part) { return iota() + part * lanes >= splat(key); }

struct Queries {
  vf at[parts];
};

SW_INLINE Queries all(float x) {
  Queries q;
  for (int p = 0; p < parts; ++p) q.at[p] = splat(x);
  return q;
}

SW_INLINE vf row(const float* block, int r, int part) { return load(block + r * width + part * lanes); }

// Of a block of queries: the output so far is sums / total, with weights relative to 2^largest.
struct Running {
  Queries largest;
  Queries total;
  float sums[area] __attribute__((aligned(64))); // channels × queries
};

// One tile of blocks of keys. The last is the queries' own when own is set.
SW_INLINE void attend(const float* k, const float* v, int blocks, bool own, const float* queries, Running& state) {
  float scores[tile * area] __attribute__((aligned(64)));
  for (int b = 0; b < blocks; ++b) multiply<false, false>(k + b * area, queries, scores + b * area);
  if (own)
    for (int j = 0; j < width; ++j)
      for (int p = 0; p < parts; ++p) {
        float* s = scores + (blocks - 1) * area + j * width + p * lanes;
        store(s, where(sees(j, p), load(s), splat(-__builtin_inff())));
      }
  for (int p = 0; p < parts; ++p) {
    vf before = state.largest.at[p];
    vf most[4] = {before, before, before, before}; // a chain of one would wait for each step
    for (int j = 0; j < blocks * width; j += 4)
      for (int c = 0; c < 4; ++c) most[c] = max(row(scores, j + c, p), most[c]);
    vf largest = max(max(most[0], most[1]), max(most[2], most[3]));
    // Where all was −∞ so far, weights relative to −∞ would be NaN.
    vf base = where(largest == -__builtin_inff(), vf{}, largest);
    vf shrink = exp2_of_nonpositive(before - base);
    vf total = state.total.at[p] * shrink;
    for (int j = 0; j < blocks * width; ++j) {
      vf weight = exp2_of_nonpositive(row(scores, j, p) - base);
      total += weight;
      store(scores + j * width + p * lanes, weight);
    }
    for (int c = 0; c < width; ++c) store(state.sums + c * width + p * lanes, row(state.sums, c, p) * shrink);
    state.largest.at[p] = largest;
    state.total.at[p] = total;
  }
  for (int b = 0; b < blocks; ++b) multiply<true, true>(v + b * area, scores + b * area, state.sums);
}

void forward(
    const float* q, const float* k, const float* v, const float* sink, float* o, float* lse, int64_t t, int64_t first, int64_t ld,
    int64_t ldo, float scale, float* scratch) {
  float* keys = aligned(scratch);
  float* values = keys + rounded_up(t) * width;
  pack(k, ld, t, keys);
  pack(v, ld, t, values);
  float block[area] __attribute__((aligned(64)));
  float queries[area] __attribute__((aligned(64)));
  for (int64_t i = first / width * width; i < t; i += width) {
    int64_t from = first > i ? first - i : 0;
    int64_t to = t - i < width ? t - i : width;
    take_rows(q + i * ld, ld, from, to, scale * log2_e, block);
    transpose_block(block, queries);

    Running state;
    state.largest = all(sink == nullptr ? -__builtin_inff() : *sink * log2_e);
    state.total = all(0.f);
    zero(state.sums, area);
    int64_t blocks = i / width + 1;
    for (int64_t b = 0; b < blocks; b += tile) {
      int n = static_cast<int>(blocks - b < tile ? blocks - b : tile);
      attend(keys + b * area, values + b * area, n, b + n == blocks, queries, state);
    }

    float logs[width];
    for (int p = 0; p < parts; ++p) {
      vf largest = state.largest.at[p];
      vf total = state.total.at[p];
      if (sink != nullptr) total += exp2_of_nonpositive(splat(*sink * log2_e) - where(largest == -__builtin_inff(), vf{}, largest));
      store(logs + p * lanes, largest * ln_2 + log(total));
      vf inverse = 1.f / total;
      for (int c = 0; c < width; ++c) store(state.sums + c * width + p * lanes, row(state.sums, c, p) * inverse);
    }
    transpose_block(state.sums, block);
    for (int64_t r = from; r < to; ++r) {
      lse[i + r] = logs[r];
      for (int c = 0; c < width; c += lanes) store(o + (i + r) * ldo + c, load(block + r * width + c));
    }
  }
}

// Of one block of keys: weights, and the derivatives by the scores, both keys × queries.
SW_INLINE void score_gradients(
    const float* k, const float* v, bool own, const float* queries, const float* douts, const Queries& lse, const Queries& inner,
    float* weights, float* dscores) {
  multiply<false, false>(k, queries, weights);
  multiply<false, false>(v, douts, dscores);
  for (int j = 0; j < width; ++j)
    for (int p = 0; p < parts; ++p) {
      // Rounding may put a score above the sum that it is part of.
      vf weight = exp2_of_nonpositive(min(row(weights, j, p) - lse.at[p], vf{}));
      vf dscore = weight * (row(dscores, j, p) - inner.at[p]);
      store(weights + j * width + p * lanes, own ? where(sees(j, p), weight, vf{}) : weight);
      store(dscores + j * width + p * lanes, own ? where(sees(j, p), dscore, vf{}) : dscore);
    }
}

void backward(
    const float* q, const float* k, const float* v, const float* sink, const float* o, const float* lse, const float* dout, float* dq,
    float* dk, float* dv, float* dsink, int64_t t, int64_t first, int64_t ld, int64_t ldo, float scale, float* scratch) {
  int64_t size = rounded_up(t) * width;
  float* keys = aligned(scratch);
  float* values = keys + size;
  float* dkeys = values + size;
  float* dvalues = dkeys + size;
  pack(k, ld, t, keys);
  pack(v, ld, t, values);
  zero(dkeys, 2 * size);
  vf dsinks{};
  for (int64_t i = first / width * width; i < t; i += width) {
    // Queries outside have zeros for q and dout, so they contribute nothing.
    int64_t from = first > i ? first - i : 0;
    int64_t to = t - i < width ? t - i : width;
    float query_rows[area] __attribute__((aligned(64)));
    float dout_rows[area] __attribute__((aligned(64)));
    float queries[area] __attribute__((aligned(64)));
    float douts[area] __attribute__((aligned(64)));
    float block[area] __attribute__((aligned(64)));
    float columns[area] __attribute__((aligned(64)));
    take_rows(q + i * ld, ld, from, to, scale * log2_e, block);
    transpose_block(block, queries);
    take_rows(q + i * ld, ld, from, to, scale, query_rows);
    take_rows(dout + i * ldo, ldo, from, to, 1.f, dout_rows);
    transpose_block(dout_rows, douts);
    take_rows(o + i * ldo, ldo, from, to, 1.f, block);
    transpose_block(block, columns);
    float logs[width] = {};
    for (int64_t r = from; r < to; ++r) logs[r] = lse[i + r] * log2_e;

    // Through the softmax: ds = p (dp − Σ p dp), and Σ p dp = dout·o.
    Queries inner = all(0.f);
    Queries denominator;
    for (int p = 0; p < parts; ++p) {
      for (int c = 0; c < width; ++c) inner.at[p] += row(columns, c, p) * row(douts, c, p);
      denominator.at[p] = load(logs + p * lanes);
      if (sink != nullptr) dsinks -= exp2_of_nonpositive(min(*sink * log2_e - denominator.at[p], vf{})) * inner.at[p];
    }

    zero(columns, area); // from here on, dq transposed
    int64_t blocks = i / width + 1;
    for (int64_t b = 0; b < blocks; ++b) {
      float weights[area] __attribute__((aligned(64)));
      float dscores[area] __attribute__((aligned(64)));
      score_gradients(keys + b * area, values + b * area, b + 1 == blocks, queries, douts, denominator, inner, weights, dscores);
      multiply<true, true>(keys + b * area, dscores, columns);
      multiply<false, true>(dscores, query_rows, dkeys + b * area);
      multiply<false, true>(weights, dout_rows, dvalues + b * area);
    }
    transpose_block(columns, block);
    for (int64_t r = from; r < to; ++r)
      for (int c = 0; c < width; c += lanes) store(dq + (i + r) * ldo + c, load(block + r * width + c) * scale);
  }
  unpack(dkeys, t, dk, ldo);
  unpack(dvalues, t, dv, ldo);
  *dsink = sum(dsinks);
}

int64_t scratch_floats(int64_t t) { return 4 * rounded_up(t) * width + width; }

} // namespace

extern const AttentionKernels attention = {forward, backward, scratch_floats};

} // namespace sweeps::kernels::SW_ISA
