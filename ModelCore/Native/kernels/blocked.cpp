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
  while (n > 0) {
    const int64_t count = n == 1 || n == 3 ? n : 2;
    if (count == 1)
      linear_blocks<1>(weight, x, ldx, bias, y, ldy);
    else if (count == 2)
      linear_blocks<2>(weight, x, ldx, bias, y, ldy);
    else
      linear_blocks<3>(weight, x, ldx, bias, y, ldy);
    n -= count;
    x += count * ldx;
    y += count * ldy;
  }
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

void from_rows(const float* const* rows, int64_t width, bool add, float* y) {
  for (int64_t c = 0; c < width; c += lanes) {
    const int n = static_cast<int>(width - c < lanes ? width - c : lanes);
    float together[block_tokens * lanes], columns[block_tokens * lanes];
    for (int i = 0; i < block_tokens; ++i) {
      vf row = rows[i] == nullptr ? vf{} : n == lanes ? load(rows[i] + c) : load_n(rows[i] + c, n);
      store(together + i * lanes, row);
    }
    for (int i = 0; i < block_tokens; i += lanes) transpose(together + i * lanes, lanes, columns + i, block_tokens);
    for (int i = 0; i < n * block_tokens; i += lanes) {
      float* to = y + c * block_tokens + i;
      store(to, add ? load(to) + load(columns + i) : load(columns + i));
    }
  }
}

void to_rows(const float* x, int64_t width, int64_t n, float* y, int64_t ldy) {
  const int64_t whole = n == block_tokens ? width / lanes * lanes : 0;
  for (int64_t c = 0; c < whole; c += lanes)
    for (int i = 0; i < block_tokens; i += lanes) transpose(x + c * block_tokens + i, block_tokens, y + i * ldy + c, ldy);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t c = whole; c < width; ++c) y[i * ldy + c] = x[c * block_tokens + i];
}

} // namespace

extern const BlockedKernels blocked{linear, to_heads, from_heads, from_rows, to_rows};

} // namespace sweeps::kernels::SW_ISA
