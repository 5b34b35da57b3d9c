#include "abs_topk.h"

#include "topk_row.h"

namespace sweeps::kernels::SW_ISA {

namespace {

// Entries i … i + 16 of a row, or fewer at its end: y = x where kept, on top of base if there is one.
template <bool has_base>
SW_INLINE void write_kept(const float* x, const float* base, float* y, int64_t n, uint32_t word) {
  if (n == 16) {
    for (int i = 0; i < 16; i += lanes) {
      vf v = keep(load(x + i), word, i);
      store(y + i, has_base ? load(base + i) + v : v);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      float v = (word >> i & 1) != 0 ? x[i] : 0.f;
      y[i] = has_base ? base[i] + v : v;
    }
  }
}

template <bool has_base>
SW_INLINE void rows(
    const float* x, int64_t ldx, const float* base, int64_t ldb, float* y, int64_t ldy, uint16_t* kept, int64_t n, int64_t d, int64_t k) {
  int32_t warm = 0;
  for (int64_t row = 0; row < n; ++row, x += ldx, base += ldb, y += ldy) {
    auto threshold = topk_threshold(x, d, k, {x + ldx, y}, &warm);
    for (int64_t i = 0; i < d; i += 16) {
      int64_t width = d - i < 16 ? d - i : 16;
      uint32_t word = topk_word(x + i, width, threshold);
      write_kept<has_base>(x + i, base + i, y + i, width, word);
      if (kept != nullptr) *kept++ = static_cast<uint16_t>(word);
    }
  }
}

void forward(
    const float* x, int64_t ldx, const float* base, int64_t ldb, float* y, int64_t ldy, uint16_t* kept, int64_t n, int64_t d, int64_t k) {
  if (base == nullptr)
    rows<false>(x, ldx, x, ldx, y, ldy, kept, n, d, k);
  else
    rows<true>(x, ldx, base, ldb, y, ldy, kept, n, d, k);
}

void backward(const float* dy, int64_t lddy, const uint16_t* kept, float* dx, int64_t lddx, int64_t n, int64_t d) {
  for (int64_t row = 0; row < n; ++row, dy += lddy, dx += lddx)
    for (int64_t i = 0; i < d; i += 16) write_kept<false>(dy + i, dy + i, dx + i, d - i < 16 ? d - i : 16, *kept++);
}

} // namespace

extern const AbsTopKKernels abs_topk{forward, backward};

} // namespace sweeps::kernels::SW_ISA
