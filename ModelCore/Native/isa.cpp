// The choice of instruction set.
#include "kernels/isa.h"
#include "native.h"

#include <cstdlib>
#include <stdexcept>

namespace sweeps::kernels {

namespace {

Isa best() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
#endif
  return Isa::baseline;
}

Isa choose() {
  const char* asked = std::getenv("SWEEPS_CPU_CAPABILITY");
  if (asked == nullptr || *asked == 0) return best();
  std::string name = asked;
  for (auto isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    const char* names[] = {"default", "avx2", "avx512"};
    if (name != names[static_cast<int>(isa)]) continue;
    if (isa > best()) throw std::runtime_error("SWEEPS_CPU_CAPABILITY is " + name + ": this processor lacks these instructions");
    return isa;
  }
  throw std::runtime_error("SWEEPS_CPU_CAPABILITY is '" + name + "': expected default, avx2 or avx512");
}

} // namespace

Isa isa() {
  static const Isa chosen = choose();
  return chosen;
}

const char* isa_name() {
  const char* names[] = {"default", "avx2", "avx512"};
  return names[static_cast<int>(isa())];
}

} // namespace sweeps::kernels

// Instruction set of the kernels, or null where SWEEPS_CPU_CAPABILITY is wrong.
SW_API const char* sw_kernel_capability() noexcept {
  const char* name = nullptr;
  status([&] { name = sweeps::kernels::isa_name(); });
  return name;
}
