#include "blocked.h"

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

constexpr int parts = block_tokens / lanes;

// `count` blocks at once: each entry of the weight is read once for all of them.
template <int count>
SW_INLINE void linear_blocks(const Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy) {
  for (int64_t r = 0; r < weight.rows; ++r) {
    vf sums[count][parts];
    vf start = splat(bias == nullptr ? 0.f : bias[r]);
    for (int b = 0; b < count; ++b)
      for (int p = 0; p < parts; ++p) sums[b][p] = start;
    for (int32_t j = weight.ptr[r]; j < weight.ptr[r + 1]; ++j) {
      const float* column = x + weight.idx[j] * block_tokens;
      vf w = splat(weight.val[j]);
      for (int b = 0; b < count; ++b)
        for (int p = 0; p < parts; ++p) sums[b][p] = fma(w, load(column + b * ldx + p * lanes), sums[b][p]);
    }
    for (int b = 0; b < count; ++b)
      for (int p = 0; p < parts; ++p) store(y + b * ldy + r * block_tokens + p * lanes, sums[b][p]);
  }
}

void linear(const Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy, int64_t n) {
  int64_t b = 0;
  for (; b + 2 <= n; b += 2) linear_blocks<2>(weight, x + b * ldx, ldx, bias, y + b * ldy, ldy);
  if (b < n) linear_blocks<1>(weight, x + b * ldx, ldx, bias, y + b * ldy, ldy);
}

constexpr int64_t area = block_tokens * block_tokens;

void to_heads(const float* x, int64_t ldx, int64_t n, int64_t heads, float* y, int64_t ld) {
  for (int64_t b = 0; b < n; ++b)
    for (int64_t h = 0; h < heads; ++h) transpose_block(x + b * ldx + h * area, y + h * ld + b * area);
}

void from_heads(const float* x, int64_t ld, int64_t n, int64_t heads, float* y, int64_t ldy) {
  for (int64_t b = 0; b < n; ++b)
    for (int64_t h = 0; h < heads; ++h) transpose_block(x + h * ld + b * area, y + b * ldy + h * area);
}

} // namespace

extern const BlockedKernels blocked{linear, to_heads, from_heads};

} // namespace sweeps::kernels::SW_ISA
