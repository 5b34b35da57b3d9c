#include "../abs_topk.h"

#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

SW_API int64_t sw_kept_words(int64_t d) noexcept { return kernels::kept_words(d); }

SW_API sw_status sw_abs_topk(const sw_rows* x, const sw_rows* base, int64_t k, float* y, uint16_t* kept) noexcept {
  return status([&] {
    const auto& rows = require_rows(x, "abs_topk: x");
    require(1 <= k && k <= rows.width, "abs_topk: k is ", k, ", expected 1 to ", rows.width);
    require_array(y, rows.n * rows.width, "abs_topk: y");
    if (base != nullptr)
      require(require_rows(base, "abs_topk: base").n == rows.n && base->width == rows.width, "abs_topk: base and x have different shapes");
    const auto& kernel = kernels::abs_topk();
    for_chunks(Team(), rows.n, [&](int64_t first, int64_t n, int) {
      kernel.forward(
          rows.data + first * rows.stride, rows.stride, base == nullptr ? nullptr : base->data + first * base->stride,
          base == nullptr ? 0 : base->stride, y + first * rows.width, rows.width,
          kept == nullptr ? nullptr : kept + first * kernels::kept_words(rows.width), n, rows.width, k);
    });
  });
}

SW_API sw_status sw_abs_topk_backward(const sw_rows* dy, const uint16_t* kept, float* dx) noexcept {
  return status([&] {
    const auto& rows = require_rows(dy, "abs_topk: dy");
    require_array(kept, rows.n * kernels::kept_words(rows.width), "abs_topk: kept");
    require_array(dx, rows.n * rows.width, "abs_topk: dx");
    const auto& kernel = kernels::abs_topk();
    for_chunks(Team(), rows.n, [&](int64_t first, int64_t n, int) {
      kernel.backward(
          rows.data + first * rows.stride, rows.stride, kept + first * kernels::kept_words(rows.width), dx + first * rows.width, rows.width,
          n, rows.width);
    });
  });
}
