// A sparse matrix by rows, as kernels see it (the memory is the caller's), and how it is read off a dense one.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

struct Csr {
  int64_t rows;
  int64_t cols;
  const int32_t* ptr; // rows + 1: entries of row r are ptr[r] … ptr[r + 1] − 1
  const int32_t* idx; // column of each entry, rising within a row
  const float* val;

  int64_t entries() const { return ptr[rows]; }
};

struct CsrKernels {
  // How many of n values are not zero; NaN is not.
  int64_t (*count)(const float* values, int64_t n);
  // Those, and where they stand: as many as count says.
  void (*collect)(const float* values, int64_t n, int32_t* idx, float* val);
};

} // namespace sweeps::kernels

SW_KERNELS(CsrKernels, csr)
