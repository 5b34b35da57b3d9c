// Memory for tensors and for the kernels' own arrays: one cache, one budget. Plain C++, so that kernels may include it.
#pragma once

#include <cstddef>
#include <new>
#include <string>
#include <utility>

namespace sweeps {

// what() names what was asked for, what was in use and, where there is one, the budget.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

// Tells, as part of the text, a full budget from a full machine.
inline constexpr const char* kOverBudget = "over the memory budget";

// Uninitialised bytes at a multiple of 64, null for 0 bytes. Any thread; may be given back on another. Throws OutOfMemory.
void* allocate(std::size_t bytes);
void deallocate(void* memory) noexcept;

} // namespace sweeps
