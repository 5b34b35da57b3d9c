#include "gelu.h"

#include "gelu_lanes.h"

namespace sweeps::kernels::SW_ISA {

namespace {

void forward(const float* x, float* y, int64_t n) {
  vf value;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    gelu_slope(load(x + i), &value);
    store(y + i, value);
  }
  if (i == n) return;
  int left = static_cast<int>(n - i);
  gelu_slope(load_n(x + i, left), &value);
  store_n(y + i, value, left);
}

void backward(const float* x, const float* dy, float* dx, int64_t n) {
  vf value;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) store(dx + i, load(dy + i) * gelu_slope(load(x + i), &value));
  if (i == n) return;
  int left = static_cast<int>(n - i);
  store_n(dx + i, load_n(dy + i, left) * gelu_slope(load_n(x + i, left), &value), left);
}

} // namespace

extern const GeluKernels gelu{forward, backward};

} // namespace sweeps::kernels::SW_ISA
