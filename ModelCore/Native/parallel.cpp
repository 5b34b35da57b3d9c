#include "parallel.h"

#include "status.h"

#ifdef SWEEPS_STD_THREADS
#include <thread>
#include <vector>
#else
#include <omp.h>
#endif

namespace sweeps {

namespace {
std::atomic<int> chosen{1};
}

Team::Team() : size_(chosen.load(std::memory_order_relaxed)) {}

#ifdef SWEEPS_STD_THREADS

// For ThreadSanitizer, which does not see how OpenMP's threads wait for each other.
void Team::run(const std::function<void(int, int)>& body) const {
  thread_local bool inside = false;
  if (inside || size_ == 1) {
    body(0, 1);
    return;
  }
  std::vector<std::thread> threads;
  for (int i = 1; i < size_; ++i)
    threads.emplace_back([&, i] {
      inside = true;
      body(i, size_);
    });
  inside = true;
  body(0, size_);
  inside = false;
  for (auto& thread : threads) thread.join();
}

#else

// Always the whole team: OpenMP ends threads that a smaller one leaves out, and starts them again.
void Team::run(const std::function<void(int, int)>& body) const {
  if (size_ == 1 || omp_in_parallel()) {
    body(0, 1);
    return;
  }
#pragma omp parallel num_threads(size_)
  body(omp_get_thread_num(), omp_get_num_threads());
}

#endif

} // namespace sweeps

SW_API sw_status sw_set_num_threads(int64_t n) noexcept {
  return sweeps::status([&] {
    sweeps::require(n >= 1 && n <= 4096, "threads: ", n, ", expected 1 to 4096");
    sweeps::chosen.store(static_cast<int>(n), std::memory_order_relaxed);
  });
}

SW_API int64_t sw_get_num_threads() noexcept { return sweeps::Team().size(); }
