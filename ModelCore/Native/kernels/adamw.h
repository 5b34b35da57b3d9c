// AdamW in one pass, and what the projection onto the largest weights needs of it. Nothing here starts threads.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

// The coefficients of one step t (Loshchilov and Hutter 2019), with the gradient clipped on the way in.
struct AdamWStep {
  float gradient_scale;
  float beta1, mean_weight;   // β1, 1 − β1
  float beta2, square_weight; // β2, 1 − β2
  float decay;                // 1 − lr · weight_decay
  float root_scale;           // 1 / √(1 − β2^t)
  float eps;
  float rate; // lr / (1 − β1^t)
};

// The magnitude of a float is its bits without the sign: as integers they are ordered as the absolute values are, and NaN is above
// infinity. They are counted in classes that share exponent and upper mantissa.
inline constexpr int magnitude_shift = 17;
inline constexpr int magnitude_classes = 1 << (31 - magnitude_shift);

// Columns are padded to the widest vector.
inline constexpr int64_t padded(int64_t n) { return (n + 15) / 16 * 16; }

// A matrix of rows × cols whose units are rows (0), columns (1), or that has none (−1, floor 0).
struct Units {
  int64_t rows, cols;
  int axis;
  int64_t floor; // at most the entries of a unit

  int64_t count() const { return axis == 0 ? rows : axis == 1 ? cols : 0; }
  // The i-th largest magnitude of unit u is tops[u · unit_stride() + i · rank_stride()].
  int64_t unit_stride() const { return axis == 0 ? floor : 1; }
  int64_t rank_stride() const { return axis == 0 ? 1 : padded(cols); }
  int64_t tops_size() const { return axis == 0 ? (rows + 16) * floor : axis == 1 ? padded(cols) * floor : 0; }
};

struct AdamWKernels {
  double (*sum_squares)(const float* g, int64_t n);
  // w, m and v after one step; g null leaves them alone. Returns the number of nonzero w.
  int64_t (*update)(const AdamWStep& step, const float* g, float* w, float* m, float* v, int64_t n);
  // The same for a matrix. Adds the number of entries of each class from first to last to classes[class − first], writes the floor largest
  // magnitudes of each unit to tops, and returns the number of entries in classes above last.
  int64_t (*update_ranked)(
      const AdamWStep& step, const float* g, float* w, float* m, float* v, const Units& units, int first, int last, int32_t* classes,
      int32_t* tops);
  // Sets to 0 what is smaller in magnitude than the bound of its unit: bounds[row], bounds[column] (padded) or bounds[0], all at least 1.
  // Returns the number of nonzeros left. found: the indices of entries that stay with magnitudes low … last, low at least 1, in rising
  // order; n_found: how many.
  int64_t (*cut)(float* w, const Units& units, const int32_t* bounds, int32_t low, int32_t last, int32_t* found, int64_t* n_found);
};

} // namespace sweeps::kernels

SW_KERNELS(AdamWKernels, adamw)
