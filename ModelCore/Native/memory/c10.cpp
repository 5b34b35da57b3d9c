// Takes the place of c10::alloc_cpu and c10::free_cpu, which libtorch gets the memory of all tensors from: libc10 calls them through its
// table of symbols, and finds these where this library was loaded into the global scope before it.
#include <atomic>

#include "../sweeps.h"
#include "pool.h"

namespace {
std::atomic<int64_t> allocations{0};
}

namespace c10 {

__attribute__((visibility("default"))) void* alloc_cpu(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return sweeps::allocate(bytes);
}

__attribute__((visibility("default"))) void free_cpu(void* memory) { sweeps::deallocate(memory); }

} // namespace c10

SW_API int64_t sw_libtorch_allocations() noexcept { return allocations.load(std::memory_order_relaxed); }
