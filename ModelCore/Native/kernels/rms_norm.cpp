#include "rms_norm.h"

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

constexpr int chains = 4; // sums side by side, so that none waits for the last addition

// Entries from i on, zeros after entry n − 1.
SW_INLINE vf take(const float* p, int64_t i, int64_t n) {
  if (i + lanes <= n) return load(p + i);
  return i < n ? load_n(p + i, static_cast<int>(n - i)) : vf{};
}

SW_INLINE void put(float* p, vf v, int64_t i, int64_t n) {
  if (i + lanes <= n)
    store(p + i, v);
  else
    store_n(p + i, v, static_cast<int>(n - i));
}

SW_INLINE float total(const vf* sums) { return sum((sums[0] + sums[1]) + (sums[2] + sums[3])); }

void forward(const float* x, const float* gain, float* y, float* inverse_rms, int64_t n, int64_t d, float eps) {
  for (int64_t i = 0; i < n; ++i, x += d, y += d) {
    vf squares[chains] = {};
    for (int64_t j = 0; j < d; j += chains * lanes)
      for (int c = 0; c < chains; ++c) {
        vf v = take(x, j + c * lanes, d);
        squares[c] += v * v;
      }
    float inverse = 1.f / sqrt(splat(total(squares) / static_cast<float>(d) + eps))[0];
    inverse_rms[i] = inverse;
    for (int64_t j = 0; j < d; j += lanes) put(y, take(x, j, d) * inverse * take(gain, j, d), j, d);
  }
}

void backward(
    const float* x, const float* gain, const float* inverse_rms, const float* dy, const float* beside, float* dx, float* dgain, int64_t n,
    int64_t d) {
  for (int64_t i = 0; i < n; ++i, x += d, dy += d, dx += d) {
    vf products[chains] = {};
    for (int64_t j = 0; j < d; j += chains * lanes)
      for (int c = 0; c < chains; ++c) {
        int64_t at = j + c * lanes;
        products[c] += take(dy, at, d) * take(gain, at, d) * take(x, at, d);
      }
    float inverse = inverse_rms[i];
    float along = total(products) * inverse * inverse * inverse / static_cast<float>(d);
    for (int64_t j = 0; j < d; j += lanes) {
      vf v = take(x, j, d), g = take(dy, j, d);
      put(dgain, take(dgain, j, d) + g * v * inverse, j, d);
      vf through = g * take(gain, j, d) * inverse - v * along;
      put(dx, beside == nullptr ? through : take(beside, j, d) + through, j, d);
    }
    if (beside != nullptr) beside += d;
  }
}

} // namespace

extern const RmsNormKernels rms_norm{forward, backward};

} // namespace sweeps::kernels::SW_ISA
