#include "../cross_entropy.h"

#include "../../memory/array.h"
#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

namespace {

const sw_rows& checked(const sw_rows* logits, const int64_t* targets) {
  const auto& rows = require_rows(logits, "cross_entropy: logits");
  require(rows.n > 0, "cross_entropy: no rows");
  require_indices(targets, rows.n, rows.width, "cross_entropy: targets");
  return rows;
}

} // namespace

SW_API sw_status sw_cross_entropy(const sw_rows* logits, const int64_t* targets, float* lse, double* loss) noexcept {
  return status([&] {
    const auto& rows = checked(logits, targets);
    require_array(lse, rows.n, "cross_entropy: lse");
    require_array(loss, 1, "cross_entropy: loss");
    Array<float> losses(rows.n);
    const auto& kernels = kernels::cross_entropy();
    for_chunks(Team(), rows.n, [&](int64_t first, int64_t n, int) {
      kernels.forward(rows.data + first * rows.stride, rows.stride, targets + first, losses.data() + first, lse + first, n, rows.width);
    });
    double sum = 0;
    for (int64_t i = 0; i < rows.n; ++i) sum += losses[i];
    *loss = sum / static_cast<double>(rows.n);
  });
}

SW_API sw_status
sw_cross_entropy_backward(const sw_rows* logits, const int64_t* targets, const float* lse, double scale, float* dlogits) noexcept {
  return status([&] {
    const auto& rows = checked(logits, targets);
    require_array(lse, rows.n, "cross_entropy: lse");
    require_array(dlogits, rows.n * rows.width, "cross_entropy: dlogits");
    const auto g = static_cast<float>(scale) / static_cast<float>(rows.n);
    const auto& kernels = kernels::cross_entropy();
    for_chunks(Team(), rows.n, [&](int64_t first, int64_t n, int) {
      kernels.backward(
          rows.data + first * rows.stride, rows.stride, targets + first, lse + first, g, dlogits + first * rows.width, rows.width, n,
          rows.width);
    });
  });
}
