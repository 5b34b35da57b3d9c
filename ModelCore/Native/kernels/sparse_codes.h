// The codes of sparse autoencoders: found in rows of pre-activations, decoded, and differentiated by their entries alone.
#pragma once

#include <cstdint>

#include "csr.h"

namespace sweeps::kernels {

// Of one feature: the rows in which it has an entry, in their order, with the entries and the derivatives by them.
struct FeatureEntries {
  int64_t n;
  const int32_t* rows;
  const float* codes;
  const float* derivatives;
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
  void (*fill)(const float* z, const float* low, int64_t d, int32_t* idx, float* val);
  // Positive values above `above`, and those equal to it.
  void (*count_top)(const float* z, int64_t d, float above, int64_t* larger, int64_t* equal);
  // Positive values above `above`, and the first `ties` of those equal to it. Returns their number.
  int64_t (*fill_top)(const float* z, int64_t d, float above, int64_t ties, int32_t* idx, float* val);
  // Of rows first … last − 1: error = bias + Σ val · dictionary[idx] − target, dots = scale · ⟨error, dictionary[idx]⟩ for each entry.
  // dictionary (cols, d), bias (d) or null, error (rows, d) dense. Returns the sum of the squares of the errors.
  double (*reconstruct)(
      const Csr& codes, int64_t first, int64_t last, const float* target, int64_t ldt, const float* dictionary, const float* bias,
      int64_t d, float scale, float* error, float* dots);
  // by_row = scale · Σ code · error[row] + Σ derivative · x[row] (with `tied`), less its part along `row`, which is a unit vector;
  // by_encoder = Σ derivative · x[row], unless it is null. Returns the sum of the derivatives.
  float (*gradient)(
      const FeatureEntries& entries, const float* error, const float* x, int64_t ldx, int64_t d, float scale, bool tied, const float* row,
      float* by_row, float* by_encoder);
};

} // namespace sweeps::kernels

SW_KERNELS(SparseCodesKernels, sparse_codes)
