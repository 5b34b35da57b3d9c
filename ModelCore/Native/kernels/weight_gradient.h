// The gradient by the weight of a linear map, dW[r] = Σ_t dy[t][r] · x[t], where most entries of dy are 0 because AbsTopK follows the map.
//
// Tokens come in chunks, rows and columns of dW in blocks. For each chunk and block of rows a list says which tokens count for which row; a
// block of dW is the sum over the lists of its rows, in order. So the order of summation of an entry depends on the number of tokens and
// nothing else. An entry of dy that is 0 counts for nothing, even where x is not finite.
#pragma once

#include <cstdint>

#include "isa.h"

namespace sweeps::kernels {

struct WeightGradientKernels {
  static constexpr int64_t tokens = 48; // of a chunk; the last may be shorter
  static constexpr int64_t rows = 256;  // of a block; the last may be shorter
  static constexpr int64_t slack = 16;  // entries behind a list that making it may write to

  // Of one chunk and block: rows by falling number of entries, where the entries of each begin, and where the list's first one is.
  struct List {
    int32_t row[rows];
    int32_t begin[rows + 1];
    int64_t first;
  };

  // Entries of all lists, list by list: where in a packed chunk of x the token is, in bytes, and the value of dy.
  struct Entries {
    uint16_t* offset;
    float* value;
  };

  int64_t columns; // of a block; the last may be narrower

  // Of one chunk: how many entries of each column of dy are not 0, and their sum. lddy: row stride.
  void (*count)(const float* dy, int64_t lddy, int64_t n, int64_t width, int32_t* nonzeros, float* sums);

  // Of one chunk of x, width columns: blocks of columns, one behind the other at a distance of stride floats, each of n rows of `columns`
  // floats, the last filled with 0. bf16: rounded to bfloat16.
  void (*pack)(const float* x, int64_t ldx, int64_t n, int64_t width, bool bf16, float* packed, int64_t stride);

  // The list of one chunk and block of rows, whose number of nonzeros was counted; list.first is given. bf16: values are rounded to
  // bfloat16. scratch: tokens × rows floats.
  void (*list)(
      const float* dy, int64_t lddy, int64_t n, int64_t width, const int32_t* nonzeros, bool bf16, List& list, const Entries& entries,
      float* scratch);

  // The same two for activations in blocks of 16 tokens (blocked.h). One block of x into its rows of the packed chunk:
  void (*pack_block)(const float* x, int64_t width, bool bf16, float* packed, int64_t stride);
  // and a chunk of n ≤ tokens / 16 blocks of dy, lddy floats apart; what the rows sum up to is added to sums (width).
  void (*list_blocks)(const float* dy, int64_t lddy, int64_t n, int64_t width, bool bf16, List& list, const Entries& entries, float* sums);

  // One block of dW, height × width, row stride lddw: from the lists of its rows for all chunks, list_stride apart, and x packed, the
  // chunks of its columns one behind the other. scratch: rows × columns floats, which should be on a cache line.
  void (*multiply)(
      const List* lists, int64_t list_stride, int64_t chunks, const Entries& entries, const float* packed, int64_t height, int64_t width,
      float* dw, int64_t lddw, float* scratch);
};

} // namespace sweeps::kernels

SW_KERNELS(WeightGradientKernels, weight_gradient)
