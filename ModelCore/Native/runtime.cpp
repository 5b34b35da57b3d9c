// Threads, versions, devices, generators.
#include "native.h"

#include "parallel.h"

#include <cstring>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/cuda.h>
#include <torch/version.h>

namespace {

template <typename F>
F* symbol(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_DEFAULT, name));
}

} // namespace

namespace sweeps {

namespace {

std::atomic<int> threads{0}; // 0 until set
std::atomic<bool> one_order{false};

void apply() {
  const int n = deterministic() ? 1 : get_num_threads();
  if (auto* set = symbol<void(int)>("openblas_set_num_threads")) set(n); // before ATen's, which it may change
  at::set_num_threads(n);
}

} // namespace

int get_num_threads() noexcept {
  const int n = threads.load(std::memory_order_relaxed);
  return n > 0 ? n : at::get_num_threads();
}

bool deterministic() noexcept { return one_order.load(std::memory_order_relaxed); }

} // namespace sweeps

// ATen's number is of the calling thread, OpenBLAS's and the kernels' of the process.
SW_API int sw_set_num_threads(int n) noexcept {
  return status([&] {
    threads = n;
    apply();
  });
}

SW_API int sw_get_num_threads() noexcept { return get_num_threads(); }

// ATen cuts sums, and what a vector instruction does not divide evenly, by the number of threads: it then gets one. The kernels and
// large matrix products keep theirs, since their cuts are fixed.
SW_API int sw_use_deterministic_algorithms(int mode) noexcept {
  return status([&] {
    if (threads == 0) threads = at::get_num_threads(); // to come back to
    one_order = mode != 0;
    apply();
  });
}

SW_API const char* sw_torch_version() noexcept { return TORCH_VERSION; }

// libtorch 1.13 tells its vector instructions only as a line of this report.
SW_API const char* sw_cpu_capability() noexcept {
  static const std::string name = []() -> std::string {
    try {
      const std::string label = "CPU capability usage: ";
      auto report = at::show_config();
      auto start = report.find(label);
      if (start == std::string::npos) return "unknown";
      start += label.size();
      return report.substr(start, report.find('\n', start) - start);
    } catch (...) {
      return "unknown";
    }
  }();
  return name.c_str();
}

SW_API const char* sw_openblas_config() noexcept {
  auto* config = symbol<char*()>("openblas_get_config");
  return config == nullptr ? nullptr : config();
}

SW_API int sw_openblas_threads() noexcept {
  auto* get = symbol<int()>("openblas_get_num_threads");
  return get == nullptr ? 0 : get();
}

// File that provides matrix products, or null where the routine is not a symbol of its own.
SW_API const char* sw_blas_library() noexcept {
  void* routine = dlsym(RTLD_NEXT, "sgemm_"); // after ours: see blas.cpp
  Dl_info info;
  return routine != nullptr && dladdr(routine, &info) != 0 ? info.dli_fname : nullptr;
}

SW_API int sw_has_mkl() noexcept { return at::hasMKL() ? 1 : 0; }

SW_API int sw_cuda_device_count() noexcept {
  try {
    return static_cast<int>(torch::cuda::device_count());
  } catch (...) {
    return 0; // a CUDA build on a machine without a driver
  }
}

SW_API int sw_cuda_synchronize(int index) noexcept {
  return status([&] { torch::cuda::synchronize(index); });
}

SW_API at::Generator* sw_generator_new(uint64_t seed, int device_type, int device_index) noexcept {
  last_error_kind = ErrorKind::none;
  try {
    if (device_type == 0) return new at::Generator(at::detail::createCPUGenerator(seed));
    auto generator = at::globalContext().defaultGenerator(device_of(device_type, device_index)).clone();
    generator.set_current_seed(seed);
    return new at::Generator(std::move(generator));
  } catch (...) {
    record_error();
    return nullptr;
  }
}

SW_API void sw_generator_free(at::Generator* g) noexcept { delete g; }

SW_API int sw_generator_seed(at::Generator* g, uint64_t seed) noexcept {
  return status([&] { g->set_current_seed(seed); });
}

SW_API Handle sw_generator_get_state(at::Generator* g) noexcept {
  return result([&] { return g->get_state(); });
}

SW_API int sw_generator_set_state(at::Generator* g, Handle state) noexcept {
  return status([&] { g->set_state(*state); });
}
