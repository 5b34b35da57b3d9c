// The codes of sparse autoencoders: found in rows of pre-activations, decoded, and differentiated by their entries alone.
#pragma once

#include <cstdint>

#include "csr.h"

namespace sweeps::kernels {

// Of one feature: a row in which it has an entry, by what the entry multiplies the row's error, and the derivative by it.
struct FeatureEntry {
  int32_t row;
  float code;
  float derivative;
};

struct SparseCodesKernels {
  // z = ReLU(z); NaN becomes 0.
  void (*relu)(float* z, int64_t n);
  // The k largest of n values ≥ 0 are those above the result, and the first *ties of those equal to it.
  float (*threshold)(const float* z, int64_t n, int64_t k, int64_t* ties);
  // Of n rows of width d, values ≥ 0, the k largest positive ones: ptr[row] begins at row · k and ends after len[row] of them.
  void (*top)(const float* z, int64_t n, int64_t d, int64_t k, int32_t* len, int32_t* idx, float* val);
  // Values above low[i], of one row; low null: above 0.
  int64_t (*count)(const float* z, const float* low, int64_t d);
  // Writes them, and anything behind them, up to `places` in all. Returns their number.
  int64_t (*fill)(const float* z, const float* low, int64_t d, int64_t places, int32_t* idx, float* val);
  // Positive values above `above`, and those equal to it.
  void (*count_top)(const float* z, int64_t d, float above, int64_t* larger, int64_t* equal);
  // Positive values above `above`, and the first `ties` of those equal to it. Returns their number.
  int64_t (*fill_top)(const float* z, int64_t d, float above, int64_t ties, int32_t* idx, float* val);
  // Of rows first … last − 1: error = bias + Σ val · dictionary[idx] − target, dots = scale · ⟨error, dictionary[idx]⟩ + shift for each
  // entry. dictionary (cols, d), bias (d) or null, error (rows, d) dense. Returns the sum of the squares of the errors.
  double (*reconstruct)(
      const Csr& codes, int64_t first, int64_t last, const float* target, int64_t ldt, const float* dictionary, const float* bias,
      int64_t d, float scale, float shift, float* error, float* dots);
  // The entries of rows first … last − 1 by features, each feature's in the order of the rows: those of feature f end at ends[f], and those
  // of the next begin there. codes are multiplied by scale.
  void (*by_features)(
      const Csr& codes, const float* derivatives, int64_t first, int64_t last, float scale, int32_t* ends, FeatureEntry* entries);
  // For features first … last − 1 of these lists: g[f] += Σ code · error[row], m[f] += Σ derivative · x[row], rows of d, and bias[f] +=
  // Σ derivative. g and m may be the same.
  void (*gradients)(
      const int32_t* ends, const FeatureEntry* entries, int64_t first, int64_t last, const float* error, const float* x, int64_t ldx,
      int64_t d, float* g, float* m, float* bias);
  // gradient −= ⟨gradient, row⟩ · row, with the unit vector `row`.
  void (*across)(float* gradient, const float* row, int64_t d);
  // Of n entries: adds 1 to fired[idx] for each that is above 0, their sum, and the least of them, infinity where there is none. Returns
  // how many there are.
  int64_t (*summary)(const int32_t* idx, const float* val, int64_t n, int32_t* fired, double* total, float* least);
};

} // namespace sweeps::kernels

SW_KERNELS(SparseCodesKernels, sparse_codes)
