#include "../rms_norm.h"

#include <algorithm>

#include "../../memory/array.h"
#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

SW_API sw_status sw_rms_norm(const float* x, const float* gain, int64_t n, int64_t d, double eps, float* y, float* inverse_rms) noexcept {
  return status([&] {
    require(n >= 0 && d > 0, "rms_norm: ", n, " rows of ", d);
    require_array(x, n * d, "rms_norm: x");
    require_array(gain, d, "rms_norm: gain");
    require_array(y, n * d, "rms_norm: y");
    require_array(inverse_rms, n, "rms_norm: inverse_rms");
    const auto& kernels = kernels::rms_norm();
    for_chunks(Team(), n, [&](int64_t first, int64_t rows, int) {
      kernels.forward(x + first * d, gain, y + first * d, inverse_rms + first, rows, d, static_cast<float>(eps));
    });
  });
}

SW_API sw_status sw_rms_norm_backward(
    const float* x, const float* gain, const float* inverse_rms, const float* dy, const float* beside, int64_t n, int64_t d, float* dx,
    float* dgain) noexcept {
  return status([&] {
    require(n >= 0 && d > 0, "rms_norm: ", n, " rows of ", d);
    require_array(x, n * d, "rms_norm: x");
    require_array(gain, d, "rms_norm: gain");
    require_array(inverse_rms, n, "rms_norm: inverse_rms");
    require_array(dy, n * d, "rms_norm: dy");
    require_array(dx, n * d, "rms_norm: dx");
    require_array(dgain, d, "rms_norm: dgain");
    const int64_t chunks = parts(n, rows_per_chunk);
    auto sums = Array<float>::zeros(chunks * d);
    const auto& kernels = kernels::rms_norm();
    for_chunks(Team(), n, [&](int64_t first, int64_t rows, int) {
      kernels.backward(
          x + first * d, gain, inverse_rms + first, dy + first * d, beside == nullptr ? nullptr : beside + first * d, dx + first * d,
          sums.data() + first / rows_per_chunk * d, rows, d);
    });
    std::fill_n(dgain, d, 0.f);
    for (int64_t c = 0; c < chunks; ++c)
      for (int64_t i = 0; i < d; ++i) dgain[i] += sums[c * d + i];
  });
}
