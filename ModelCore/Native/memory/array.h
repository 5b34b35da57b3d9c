// An array from the pool, uninitialised.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "pool.h"

namespace sweeps {

template <typename T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Array() = default;
  explicit Array(int64_t n) : data_(static_cast<T*>(allocate(static_cast<std::size_t>(n) * sizeof(T)))), n_(n) {}
  Array(Array&& other) noexcept : data_(std::exchange(other.data_, nullptr)), n_(std::exchange(other.n_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(n_, other.n_);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { deallocate(data_); }

  static Array zeros(int64_t n) {
    Array array(n);
    if (n > 0) std::memset(array.data_, 0, static_cast<std::size_t>(n) * sizeof(T));
    return array;
  }

  T* data() const { return data_; }
  int64_t size() const { return n_; }
  T& operator[](int64_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  int64_t n_ = 0;
};

} // namespace sweeps
