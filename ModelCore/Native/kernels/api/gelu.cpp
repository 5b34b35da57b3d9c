#include "../gelu.h"

#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

namespace {

// body(first, n) on parts that begin at whole vectors: entries beside each other are treated alike whatever the number of threads.
template <typename F>
void for_entries(int64_t n, const F& body) {
  constexpr int64_t part = 1 << 12;
  parallel_for(
      Team(), parts(n, part), 1, [&](int64_t begin, int64_t end, int) { body(begin * part, std::min(end * part, n) - begin * part); });
}

} // namespace

SW_API sw_status sw_gelu(const float* x, int64_t n, float* y) noexcept {
  return status([&] {
    require_array(x, n, "gelu: x");
    require_array(y, n, "gelu: y");
    const auto& kernels = kernels::gelu();
    for_entries(n, [&](int64_t first, int64_t count) { kernels.forward(x + first, y + first, count); });
  });
}

SW_API sw_status sw_gelu_backward(const float* x, const float* dy, int64_t n, float* dx) noexcept {
  return status([&] {
    require_array(x, n, "gelu: x");
    require_array(dy, n, "gelu: dy");
    require_array(dx, n, "gelu: dx");
    const auto& kernels = kernels::gelu();
    for_entries(n, [&](int64_t first, int64_t count) { kernels.backward(x + first, dy + first, dx + first, count); });
  });
}
