// Takes the place of the functions by which TorchSharp makes libtorch's numbers (at::Scalar) and frees them.
//
// TorchSharp gives libtorch the address of a number that an object of C# owns, and holds the object until it has read that address, no
// longer. While libtorch computes, the collector may find the object dead, and its finalizer frees what libtorch is about to read. Here a
// number that another thread than its maker lets go of is freed when its maker makes the next one: the call that it was made for has ended
// by then, since calls that take numbers call nothing of C#.
#include <dlfcn.h>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../sweeps.h"

namespace {

// A thread, which may end before its numbers do.
struct Maker {
  std::vector<void*> let_go; // by other threads, since this one last made a number
  bool ended = false;
};

struct Numbers {
  std::mutex mutex;
  std::unordered_map<void*, std::shared_ptr<Maker>> makers; // of the numbers that C# holds
  int64_t made = 0, let_go = 0;
};

// Never destroyed: finalizers and other threads run while the process ends.
Numbers& numbers() {
  static Numbers* const all = new Numbers;
  return *all;
}

void* find(const char* name) {
  static void* const library = dlopen("libLibTorchSharp.so", RTLD_NOW | RTLD_NOLOAD);
  void* const function = library == nullptr ? nullptr : dlsym(library, name);
  if (function == nullptr) {
    std::fprintf(stderr, "libsweeps_native.so: libLibTorchSharp.so is not loaded, or has no %s\n", name);
    std::abort();
  }
  return function;
}

void release(void* number) noexcept {
  static auto* const original = reinterpret_cast<void (*)(void*)>(find("THSTorch_dispose_scalar"));
  original(number);
}

struct Thread {
  const std::shared_ptr<Maker> maker = std::make_shared<Maker>();
  std::vector<void*> freed; // empty between calls; its room stays

  ~Thread() {
    take([this] { maker->ended = true; });
    for (void* number : freed) release(number);
  }

  // Moves what others let go of to freed, and does `more` while no other thread sees the numbers.
  template <class More>
  void take(More more) {
    Numbers& all = numbers();
    const std::lock_guard lock(all.mutex);
    freed.swap(maker->let_go);
    all.let_go -= static_cast<int64_t>(freed.size());
    more();
  }
};

thread_local Thread thread;

void* made(void* number) noexcept {
  thread.take([number] {
    if (number == nullptr) return;
    numbers().makers.insert_or_assign(number, thread.maker);
    ++numbers().made;
  });
  for (void* old : thread.freed) release(old);
  thread.freed.clear();
  return number;
}

// Whether it was left to the thread that made it.
bool leave_to_maker(void* number) noexcept {
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  const auto found = all.makers.extract(number);
  if (found.empty() || found.mapped() == thread.maker || found.mapped()->ended) return false;
  found.mapped()->let_go.push_back(number);
  ++all.let_go;
  return true;
}

} // namespace

#define MAKES_A_NUMBER(name, parameters, arguments)                                  \
  SW_API void* name parameters noexcept {                                            \
    static auto* const original = reinterpret_cast<void*(*)parameters>(find(#name)); \
    return made(original arguments);                                                 \
  }

MAKES_A_NUMBER(THSTorch_int8_to_scalar, (int8_t value), (value))
MAKES_A_NUMBER(THSTorch_uint8_to_scalar, (uint8_t value), (value))
MAKES_A_NUMBER(THSTorch_int16_to_scalar, (int16_t value), (value))
MAKES_A_NUMBER(THSTorch_int32_to_scalar, (int32_t value), (value))
MAKES_A_NUMBER(THSTorch_int64_to_scalar, (int64_t value), (value))
MAKES_A_NUMBER(THSTorch_float32_to_scalar, (float value), (value))
MAKES_A_NUMBER(THSTorch_float64_to_scalar, (double value), (value))
MAKES_A_NUMBER(THSTorch_float16_to_scalar, (float value), (value))
MAKES_A_NUMBER(THSTorch_bfloat16_to_scalar, (float value), (value))
MAKES_A_NUMBER(THSTorch_bool_to_scalar, (bool value), (value))
MAKES_A_NUMBER(THSTorch_complex32_to_scalar, (float real, float imaginary), (real, imaginary))
MAKES_A_NUMBER(THSTorch_complex64_to_scalar, (double real, double imaginary), (real, imaginary))
MAKES_A_NUMBER(THSTensor_item, (void* tensor), (tensor))

SW_API void THSTorch_dispose_scalar(void* number) noexcept {
  if (!leave_to_maker(number)) release(number);
}

SW_API void sw_number_stats(sw_numbers* stats) noexcept {
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  *stats = {all.made, static_cast<int64_t>(all.makers.size()), all.let_go};
}
