// Errors, handles, tensor metadata, copying in and out.
#include "native.h"

#include "alloc.h"

#include <cstring>
#include <new>

namespace sweeps {

namespace {

bool speaks_of_memory(const std::string& text) {
  return text.find("not enough memory") != std::string::npos || text.find("out of memory") != std::string::npos ||
         text.find("can't allocate memory") != std::string::npos;
}

} // namespace

void record_error() noexcept {
  last_error_kind = ErrorKind::error;
  try {
    try {
      throw;
    } catch (const c10::Error& e) {
      last_error = e.what_without_backtrace();
    } catch (const OutOfMemory& e) {
      last_error = e.what();
    } catch (const std::bad_alloc&) {
      last_error = "out of memory";
    } catch (const std::exception& e) {
      last_error = e.what();
    } catch (...) {
      last_error = "unknown C++ exception";
    }
    if (speaks_of_memory(last_error)) {
      last_error_kind = last_error.find(kOverBudget) == std::string::npos ? ErrorKind::out_of_memory : ErrorKind::over_budget;
    }
  } catch (...) {
    // Not even room for the message.
    last_error.clear();
    last_error_kind = ErrorKind::out_of_memory;
  }
}

} // namespace sweeps

SW_API int sw_last_error_kind() noexcept { return static_cast<int>(last_error_kind); }
SW_API const char* sw_last_error() noexcept { return last_error.c_str(); }

SW_API int64_t sw_live_handles() noexcept { return live_handles.load(std::memory_order_relaxed); }

SW_API void sw_free(Handle t) noexcept {
  delete t;
  live_handles.fetch_sub(1, std::memory_order_relaxed);
}

SW_API int64_t sw_dim(Handle t) noexcept { return t->dim(); }
SW_API int64_t sw_numel(Handle t) noexcept { return t->numel(); }
SW_API int sw_dtype(Handle t) noexcept { return static_cast<int>(t->scalar_type()); }
SW_API int sw_device_type(Handle t) noexcept { return t->device().is_cuda() ? 1 : 0; }
SW_API int sw_device_index(Handle t) noexcept { return t->device().is_cuda() ? t->device().index() : -1; }
SW_API int sw_is_contiguous(Handle t) noexcept { return t->is_contiguous() ? 1 : 0; }

// out has room for dim() values.
SW_API void sw_shape(Handle t, int64_t* out) noexcept {
  auto sizes = t->sizes();
  std::memcpy(out, sizes.data(), sizes.size() * sizeof(int64_t));
}

SW_API void sw_strides(Handle t, int64_t* out) noexcept {
  auto strides = t->strides();
  std::memcpy(out, strides.data(), strides.size() * sizeof(int64_t));
}

SW_API Handle sw_from_data(
    const void* data, const int64_t* shape, int64_t dims, int dtype, int device_type, int device_index) noexcept {
  return result([&] {
    auto host = at::empty(ints(shape, dims), options(dtype, 0, 0));
    std::memcpy(host.data_ptr(), data, host.nbytes());
    return device_type == 0 ? host : host.to(device_of(device_type, device_index));
  });
}

// Row-major bytes of the tensor; bytes must be exactly its size.
SW_API int sw_copy_out(Handle t, void* out, int64_t bytes) noexcept {
  return status([&] {
    auto host = t->detach().to(c10::kCPU).contiguous();
    TORCH_CHECK(
        static_cast<int64_t>(host.nbytes()) == bytes, "the buffer has ", bytes, " bytes, the tensor ", host.nbytes());
    std::memcpy(out, host.data_ptr(), bytes);
  });
}

SW_API int sw_copy_in(Handle t, const void* data, int64_t bytes) noexcept {
  return status([&] {
    at::NoGradGuard guard;
    auto host = at::empty(t->sizes(), options(static_cast<int>(t->scalar_type()), 0, 0));
    TORCH_CHECK(
        static_cast<int64_t>(host.nbytes()) == bytes, "the buffer has ", bytes, " bytes, the tensor ", host.nbytes());
    std::memcpy(host.data_ptr(), data, bytes);
    t->copy_(host);
  });
}

// A view of another shape on the same storage; offset and strides in elements.
SW_API Handle sw_as_strided(
    Handle t, const int64_t* shape, int64_t dims, const int64_t* strides, int64_t offset) noexcept {
  return result([&] { return at::as_strided(*t, ints(shape, dims), ints(strides, dims), offset); });
}

// Address of the first element, for kernels that read CPU memory.
SW_API void* sw_data_ptr(Handle t) noexcept { return t->data_ptr(); }
