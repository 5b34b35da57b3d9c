#include <stdexcept>
#include <thread>

#include "../memory/pool.h"
#include "test.h"

// The pool is not exported: its functions are reached as libtorch reaches them.
namespace c10 {
void* alloc_cpu(std::size_t bytes);
void free_cpu(void* memory);
} // namespace c10

namespace {

sw_memory stats() {
  sw_memory s;
  sw_memory_stats(&s);
  return s;
}

} // namespace

TEST(a_freed_block_serves_the_next_allocation_of_its_size) {
  sw_empty_cache();
  void* first = c10::alloc_cpu(5 << 20);
  c10::free_cpu(first);
  const auto before = stats().from_system;
  void* second = c10::alloc_cpu(5 << 20);
  CHECK(second == first && stats().from_system == before);
  c10::free_cpu(second);
  sw_empty_cache();
  CHECK(stats().kept == 0);
}

TEST(memory_over_the_budget_is_refused_with_the_numbers_and_what_fits_is_given) {
  const auto before = stats().in_use;
  sw_set_memory_budget(before + (8 << 20));
  void* fits = c10::alloc_cpu(4 << 20);
  bool refused = false;
  try {
    c10::alloc_cpu(6 << 20);
  } catch (const std::runtime_error&) {
    refused = true;
  }
  sw_shortage shortage;
  CHECK(refused && sw_take_shortage(&shortage) == 1);
  CHECK(shortage.asked == 6 << 20 && shortage.in_use >= before + (4 << 20) && shortage.budget == before + (8 << 20));
  CHECK(sw_take_shortage(&shortage) == 0);
  c10::free_cpu(fits);
  sw_set_memory_budget(0);
  CHECK(stats().in_use == before);
}

TEST(a_kernel_that_runs_out_of_memory_says_so_by_its_status) {
  const auto dense = test::random(64 * 4096, 1);
  const sw_rows x{dense.data(), 64, 4096, 4096};
  std::vector<float> dw(4096 * 4096), db(4096);
  int32_t left;
  sw_set_memory_budget(stats().in_use + 1024);
  CHECK(sw_weight_gradient(&x, 1, &x, 2, 0, dw.data(), db.data(), &left) == SW_OUT_OF_MEMORY);
  sw_shortage shortage;
  CHECK(sw_take_shortage(&shortage) == 1 && shortage.budget > 0);
  sw_set_memory_budget(0);
}

TEST(the_end_of_a_job_gives_back_what_it_did_not_use_and_what_is_more_than_its_peak) {
  sw_empty_cache();
  c10::free_cpu(c10::alloc_cpu(64 << 20));
  sw_begin_job();
  void* blocks[] = {c10::alloc_cpu(1 << 20), c10::alloc_cpu(3 << 20)};
  for (void* block : blocks) c10::free_cpu(block);
  c10::free_cpu(c10::alloc_cpu(2 << 20));
  CHECK(stats().kept > 64 << 20);
  sw_end_job();
  // 1 + 3 MiB were in use at once; the 2 MiB came after them.
  CHECK(stats().kept <= (4 << 20) + (1 << 19) && stats().kept > 0);
  sw_begin_job();
  sw_end_job();
  CHECK(stats().kept == 0);
}

TEST(memory_may_be_given_back_by_another_thread) {
  const auto before = stats().in_use;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int j = 0; j < 200; ++j) {
        void* block = c10::alloc_cpu(static_cast<std::size_t>(1000 + 977 * j));
        std::thread([block] { c10::free_cpu(block); }).join();
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(stats().in_use == before);
}
