// Memory for the kernels' own arrays and, in libtorch's place, for tensors (c10.cpp): one cache, one budget.
#pragma once

#include <cstddef>
#include <stdexcept>

namespace sweeps {

// what() names what was asked for, what was in use and, where there is one, the budget; sw_take_shortage gives the numbers. A runtime
// error, since TorchSharp lets nothing else of the standard library through.
class OutOfMemory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Uninitialised bytes at a multiple of 64, null for 0 bytes. Any thread; may be given back on another. Throws OutOfMemory.
void* allocate(std::size_t bytes);
void deallocate(void* memory) noexcept;

} // namespace sweeps
