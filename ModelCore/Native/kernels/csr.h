// A sparse matrix by rows, as kernels see it; the memory is the caller's.
#pragma once

#include <cstdint>

namespace sweeps::kernels {

struct Csr {
  int64_t rows;
  int64_t cols;
  const int32_t* ptr; // rows + 1: entries of row r are ptr[r] … ptr[r + 1] − 1
  const int32_t* idx; // column of each entry, rising within a row
  const float* val;

  int64_t entries() const { return ptr[rows]; }
};

} // namespace sweeps::kernels
