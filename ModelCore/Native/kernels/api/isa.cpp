// The choice of instruction set.
#include "../isa.h"

#include "../../status.h"

#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace sweeps::kernels {

namespace {

Isa best() {
#if defined(SWEEPS_KERNEL_SET)
  return Isa::SWEEPS_KERNEL_SET;
#elif defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
#endif
  return Isa::baseline;
}

const char* const names[] = {"default", "avx2", "avx512"}; // by Isa

Isa named(const std::string& name, const char* whose) {
  for (auto isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (name != names[static_cast<int>(isa)]) continue;
#if defined(SWEEPS_KERNEL_SET)
    if (isa != best()) throw std::runtime_error("built for one instruction set");
#endif
    if (isa > best()) throw std::runtime_error(std::string(whose) + " is " + name + ": this processor lacks these instructions");
    return isa;
  }
  throw std::runtime_error(std::string(whose) + " is '" + name + "': expected default, avx2 or avx512");
}

Isa choose() {
  const char* asked = std::getenv("SWEEPS_CPU_CAPABILITY");
  return asked == nullptr || *asked == 0 ? best() : named(asked, "SWEEPS_CPU_CAPABILITY");
}

std::atomic<int> chosen{-1};

} // namespace

Isa isa() {
  int isa = chosen.load(std::memory_order_relaxed);
  if (isa >= 0) return static_cast<Isa>(isa);
  auto first = choose();
  chosen.store(static_cast<int>(first), std::memory_order_relaxed);
  return first;
}

const char* isa_name() { return names[static_cast<int>(isa())]; }

} // namespace sweeps::kernels

// Instruction set of the kernels, or null where SWEEPS_CPU_CAPABILITY is wrong.
SW_API const char* sw_kernel_capability() noexcept {
  const char* name = nullptr;
  sweeps::status([&] { name = sweeps::kernels::isa_name(); });
  return name;
}

// For tests: the kernels of this instruction set from now on, in all threads; null goes back to the first choice.
SW_API sw_status sw_use_kernels(const char* name) noexcept {
  return sweeps::status([&] {
    using namespace sweeps::kernels;
    chosen.store(static_cast<int>(name == nullptr ? choose() : named(name, "the kernels' instruction set")), std::memory_order_relaxed);
  });
}
