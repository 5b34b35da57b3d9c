// The C interface between ModelCore/Torch and libtorch: conventions shared by all files.
//
// A handle is an at::Tensor on the heap, owned by the caller. Every exported function is noexcept: on failure it returns
// null (or a nonzero status) and leaves the message in a thread-local, read with sw_last_error.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/edge.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/variable.h>

#include <atomic>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#define SW_API extern "C" __attribute__((visibility("default")))

using Handle = at::Tensor*;

namespace sweeps {

enum class ErrorKind : int { none = 0, error = 1, out_of_memory = 2, over_budget = 3 };

inline thread_local std::string last_error;
inline thread_local ErrorKind last_error_kind = ErrorKind::none;
inline std::atomic<int64_t> live_handles{0};

void record_error() noexcept; // from within a catch block

// A number as C# passes it: kind 0 none, 1 floating point, 2 integer, 3 boolean.
struct Scalar {
  int64_t bits;
  int64_t kind;

  at::Scalar get() const {
    if (kind == 1) return at::Scalar(__builtin_bit_cast(double, bits));
    if (kind == 3) return at::Scalar(bits != 0);
    return at::Scalar(bits);
  }
};

// std::optional in newer libtorch, c10::optional in 1.13: both convert from these.
inline c10::optional<at::Scalar> optional_scalar(Scalar s) {
  return s.kind == 0 ? c10::optional<at::Scalar>() : c10::optional<at::Scalar>(s.get());
}

inline c10::optional<at::ScalarType> optional_dtype(int dtype) {
  return dtype < 0 ? c10::optional<at::ScalarType>() : c10::optional<at::ScalarType>(static_cast<at::ScalarType>(dtype));
}

inline c10::optional<at::Tensor> optional_tensor(Handle t) {
  return t == nullptr ? c10::optional<at::Tensor>() : c10::optional<at::Tensor>(*t);
}

inline c10::Device device_of(int type, int index) {
  return type == 0 ? c10::Device(c10::kCPU) : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

inline at::TensorOptions options(int dtype, int device_type, int device_index) {
  return at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(device_of(device_type, device_index));
}

inline c10::optional<at::Generator> optional_generator(at::Generator* g) {
  return g == nullptr ? c10::optional<at::Generator>() : c10::optional<at::Generator>(*g);
}

inline Handle make_handle(at::Tensor t) {
  if (!t.defined()) return nullptr;
  auto* handle = new at::Tensor(std::move(t));
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

inline std::vector<at::Tensor> tensors(const Handle* handles, int64_t n) {
  std::vector<at::Tensor> list;
  list.reserve(n);
  for (int64_t i = 0; i < n; ++i) list.push_back(handles[i] == nullptr ? at::Tensor() : *handles[i]);
  return list;
}

inline at::IntArrayRef ints(const int64_t* values, int64_t n) {
  return n == 0 ? at::IntArrayRef() : at::IntArrayRef(values, static_cast<size_t>(n));
}

// Null means undefined or failed; the error kind tells which.
template <typename F>
Handle result(F&& body) noexcept {
  last_error_kind = ErrorKind::none;
  try {
    return make_handle(body());
  } catch (...) {
    record_error();
    return nullptr;
  }
}

// 0 is success, 1 failure.
template <typename F>
int status(F&& body) noexcept {
  last_error_kind = ErrorKind::none;
  try {
    body();
    return 0;
  } catch (...) {
    record_error();
    return 1;
  }
}

// For the backward of functions of our own: what it computes from raw memory has no graph, so a second derivative would silently be wrong.
inline void first_derivatives_only(const char* function) {
  if (at::GradMode::is_enabled()) throw std::runtime_error(std::string(function) + " has no second derivatives");
}

} // namespace sweeps

using namespace sweeps;
