// Keeps freed blocks for the next step, since the system takes pages away and every step would fault them in again; counts what is in use;
// and holds it under a budget. What a job leaves behind goes back to the system at its end.
#include "pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string>

#include "../sweeps.h"

namespace sweeps {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kMapped = std::size_t{1} << 20;    // from here on blocks are mappings, which go back to the system when released
constexpr std::size_t kMaxCached = std::size_t{4} << 30; // a step of the largest models frees about as much
constexpr std::size_t kMaxBlock = std::size_t{1} << 46;
constexpr int kSteps = 16; // sizes per doubling: at most 1/16 of a block is wasted
constexpr int kClasses = 47 * kSteps;

// Lies before the memory that is handed out. The links are of the cache.
struct alignas(kAlignment) Block {
  std::size_t size;  // with this header
  std::uint64_t job; // in which it was last given back
  Block* next;       // of the same size, freed earlier
  Block* previous;
  Block* newer; // of any size
  Block* older;
};
static_assert(sizeof(Block) == kAlignment);

// Steps of a sixteenth of the power of two below, but no finer than the alignment.
std::size_t rounded(std::size_t size) {
  const std::size_t step = std::max(std::bit_floor(size) / kSteps, kAlignment);
  return (size + step - 1) / step * step;
}

// Of a rounded size.
int class_of(std::size_t size) {
  const int log = std::bit_width(size) - 1;
  return log * kSteps + static_cast<int>((size - (std::size_t{1} << log)) * kSteps >> log);
}

Block* from_system(std::size_t size) {
  void* memory;
  if (size < kMapped) {
    memory = std::aligned_alloc(kAlignment, size);
    if (memory == nullptr) return nullptr;
  } else {
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    if (size >= 2 * kHugePage) madvise(memory, size, MADV_HUGEPAGE); // a wish: fewer faults and misses where the system grants it
  }
  auto* block = static_cast<Block*>(memory);
  block->size = size;
  return block;
}

void to_system(Block* block) noexcept {
  if (block->size < kMapped)
    std::free(block);
  else
    munmap(block, block->size);
}

thread_local sw_shortage shortage{};
thread_local bool is_short = false;

class Pool {
 public:
  void* allocate(std::size_t bytes) {
    if (bytes == 0) return nullptr;
    std::lock_guard lock(mutex_);
    const std::size_t size = bytes > kMaxBlock ? std::numeric_limits<std::size_t>::max() / 2 : rounded(bytes + sizeof(Block));
    if (budget_ != 0 && live_ + size > budget_) {
      trim(0);
      fail(bytes, budget_);
    }
    Block* block = bytes > kMaxBlock ? nullptr : take(size);
    if (block == nullptr) fail(bytes, 0);
    live_ += size;
    peak_ = std::max(peak_, live_);
    job_peak_ = std::max(job_peak_, live_);
    return block + 1;
  }

  void deallocate(void* memory) noexcept {
    if (memory == nullptr) return;
    auto* block = static_cast<Block*>(memory) - 1;
    std::lock_guard lock(mutex_);
    live_ -= block->size;
    if (block->size > kMaxCached) {
      to_system(block);
      return;
    }
    trim(kMaxCached - block->size);
    keep(block);
  }

  void set_budget(std::size_t bytes) {
    std::lock_guard lock(mutex_);
    budget_ = bytes;
    if (budget_ != 0) trim(budget_ > live_ ? budget_ - live_ : 0);
  }

  void reset_peak() {
    std::lock_guard lock(mutex_);
    peak_ = live_;
  }

  void empty_cache() {
    std::lock_guard lock(mutex_);
    trim(0);
  }

  void begin_job() {
    std::lock_guard lock(mutex_);
    ++job_;
    job_peak_ = live_;
  }

  void end_job() {
    std::lock_guard lock(mutex_);
    // The order of the list is that of the last use.
    while (oldest_ != nullptr && oldest_->job < job_) release_oldest();
    trim(job_peak_ > live_ ? job_peak_ - live_ : 0);
  }

  sw_memory stats() {
    std::lock_guard lock(mutex_);
    return {static_cast<int64_t>(live_), static_cast<int64_t>(peak_), static_cast<int64_t>(cached_), static_cast<int64_t>(fetched_)};
  }

 private:
  [[noreturn]] void fail(std::size_t bytes, std::size_t budget) const {
    shortage = {static_cast<int64_t>(std::min(bytes, kMaxBlock)), static_cast<int64_t>(live_), static_cast<int64_t>(budget)};
    is_short = true;
    const auto text = "out of memory: " + std::to_string(bytes) + " bytes asked for with " + std::to_string(live_) + " in use: ";
    throw OutOfMemory(text + (budget == 0 ? "the system has no more" : "over the memory budget of " + std::to_string(budget) + " bytes"));
  }

  Block* take(std::size_t size) {
    if (Block* kept = classes_[class_of(size)]; kept != nullptr) {
      forget(kept);
      return kept;
    }
    if (budget_ != 0) trim(budget_ - live_ - size); // in use and kept together stay under the budget
    Block* block = from_system(size);
    if (block == nullptr) {
      trim(0);
      block = from_system(size);
    }
    if (block != nullptr) ++fetched_;
    return block;
  }

  void keep(Block* block) noexcept {
    block->job = job_;
    Block*& first = classes_[class_of(block->size)];
    block->previous = nullptr;
    block->next = first;
    if (first != nullptr) first->previous = block;
    first = block;
    block->newer = nullptr;
    block->older = newest_;
    (newest_ != nullptr ? newest_->newer : oldest_) = block;
    newest_ = block;
    cached_ += block->size;
  }

  void forget(Block* block) noexcept {
    (block->previous != nullptr ? block->previous->next : classes_[class_of(block->size)]) = block->next;
    if (block->next != nullptr) block->next->previous = block->previous;
    (block->newer != nullptr ? block->newer->older : newest_) = block->older;
    (block->older != nullptr ? block->older->newer : oldest_) = block->newer;
    cached_ -= block->size;
  }

  // Gives back what was freed longest ago until at most that much is kept.
  void trim(std::size_t bytes) noexcept {
    while (cached_ > bytes) release_oldest();
  }

  void release_oldest() noexcept {
    Block* block = oldest_;
    forget(block);
    to_system(block);
  }

  std::mutex mutex_;
  std::size_t live_ = 0, peak_ = 0, job_peak_ = 0, cached_ = 0, budget_ = 0, fetched_ = 0;
  std::uint64_t job_ = 0;
  Block* classes_[kClasses] = {};
  Block* newest_ = nullptr;
  Block* oldest_ = nullptr;
};

// Never destroyed: static tensors of libtorch are freed at exit, after destructors of ours would have run.
Pool& pool() {
  static auto* pool = new Pool;
  return *pool;
}

} // namespace

void* allocate(std::size_t bytes) { return pool().allocate(bytes); }
void deallocate(void* memory) noexcept { pool().deallocate(memory); }

} // namespace sweeps

using sweeps::pool;

SW_API int sw_take_shortage(sw_shortage* out) noexcept {
  if (!sweeps::is_short) return 0;
  if (out != nullptr) *out = sweeps::shortage;
  sweeps::is_short = false;
  return 1;
}

SW_API void sw_set_memory_budget(int64_t bytes) noexcept { pool().set_budget(static_cast<std::size_t>(bytes > 0 ? bytes : 0)); }

SW_API void sw_memory_stats(sw_memory* stats) noexcept {
  if (stats != nullptr) *stats = pool().stats();
}

SW_API void sw_reset_peak_memory() noexcept { pool().reset_peak(); }
SW_API void sw_empty_cache() noexcept { pool().empty_cache(); }
SW_API void sw_begin_job() noexcept { pool().begin_job(); }
SW_API void sw_end_job() noexcept { pool().end_job(); }
