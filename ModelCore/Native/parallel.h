// Threads of the kernels. Their work is cut the same whatever the number of threads, so that the number shows in no bit of a result.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

#include <omp.h>

namespace sweeps {

// What sw_set_num_threads asked for. ATen's own number is 1 in deterministic mode, hence this one.
int get_num_threads() noexcept;

// Which of them calls, for scratch of its own.
inline int get_thread_num() noexcept { return omp_get_thread_num(); }

// Whether results must not depend on that number: see sw_use_deterministic_algorithms.
bool deterministic() noexcept;

// body(begin, end) on consecutive parts of [begin, end), of at least grain. What a part computes must not depend on where it is cut.
template <typename F>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const F& body) {
  if (begin >= end) return;
  const int threads = get_num_threads();
  const int64_t most = (end - begin + grain - 1) / grain;
  if (threads == 1 || most == 1 || omp_in_parallel()) {
    body(begin, end);
    return;
  }
  std::exception_ptr error;
  std::mutex mutex;
  // Always the whole pool: OpenMP ends threads that a smaller team leaves out, and starts them again.
#pragma omp parallel num_threads(threads)
  {
    const int64_t parts = std::min<int64_t>(omp_get_num_threads(), most);
    const int64_t size = (end - begin + parts - 1) / parts;
    const int64_t first = begin + omp_get_thread_num() * size;
    try {
      if (first < end) body(first, std::min(first + size, end));
    } catch (...) {
      std::lock_guard lock(mutex);
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

// body(i, state) for i in [0, n), each by the next thread that is free: for work of uneven length, or on threads that others disturb. A thread has one state for
// all that it does, from make(); neither it nor the order may show in what body computes.
template <typename Make, typename Body>
void parallel_tasks(int64_t n, const Make& make, const Body& body) {
  std::atomic<int64_t> next{0};
  parallel_for(0, std::min<int64_t>(get_num_threads(), n), 1, [&](int64_t, int64_t) {
    auto state = make();
    for (int64_t i; (i = next++) < n;) body(i, state);
  });
}

} // namespace sweeps
