// What the functions around kernels have in common.
#pragma once

#include "native.h"
#include "parallel.h"

#include <algorithm>
#include <functional>

namespace sweeps {

// Parallel work is cut into chunks of so many rows, whatever the number of threads.
constexpr int64_t rows_per_chunk = 64;

// A float32 tensor on the CPU as n rows of width d, ld floats apart; keeps the tensor alive.
struct Rows {
  at::Tensor tensor;
  const float* data;
  int64_t n, d, ld;
};

// Without a copy where all but the last dimension are one, as in a slice of the channels.
Rows rows_of(const at::Tensor& t, const char* operation);

// body(first, n) for chunks of up to rows_per_chunk rows, on the kernels' threads.
template <typename F>
void for_chunks(int64_t n, const F& body) {
  int64_t chunks = (n + rows_per_chunk - 1) / rows_per_chunk;
  parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i * rows_per_chunk, std::min(rows_per_chunk, n - i * rows_per_chunk));
  });
}

// value, as a function of input whose backward is linear in the gradient: without a graph where none is wanted.
at::Tensor with_backward(at::Tensor value, const at::Tensor& input, std::function<at::Tensor(const at::Tensor&)> backward);

// The gradient by a table (rows, width) of which `positions`, int64, were read, from that by what was read.
at::Tensor table_gradient(const at::Tensor& gradient, const at::Tensor& positions, int64_t rows);

} // namespace sweeps
