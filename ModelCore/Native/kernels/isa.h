// Which of the compiled instruction sets this process uses, and how a kernel is found by it.
//
// Every kernels/*.cpp is compiled once per instruction set, into a namespace of that name, and fills in a table of functions there.
// SW_KERNELS(Table, name) in the kernel's header declares the tables and a function name() that gives the one to use.
//
// Code in kernels/*.cpp must not use templates or inline functions of the standard library: the linker keeps one copy of such a function
// for the whole library, and it might keep the one with instructions that this processor lacks. The build checks that there are none.
// So kernels allocate nothing either: the caller brings scratch memory.
#pragma once

namespace sweeps::kernels {

enum class Isa : int { baseline = 0, avx2 = 1, avx512 = 2 };

// The best that the processor has, or what the environment variable SWEEPS_CPU_CAPABILITY (default, avx2, avx512) asks for, decided at the
// first call; tests change it with sw_use_kernels. Kernels of different sets differ in the last bits: take the table once for what must fit
// together. Throws std::runtime_error when the variable has another value or asks for what the processor lacks.
Isa isa();

const char* isa_name();

} // namespace sweeps::kernels

#if defined(SWEEPS_KERNEL_SET)
// Built with one set alone, which the processor must have: for sanitizers.
#define SW_KERNELS(Table, name)                                  \
  namespace sweeps::kernels::SWEEPS_KERNEL_SET {                 \
  extern const Table name;                                       \
  }                                                              \
  namespace sweeps::kernels {                                    \
  inline const Table& name() { return SWEEPS_KERNEL_SET::name; } \
  }
#elif defined(__x86_64__)
#define SW_KERNELS(Table, name)                                                            \
  namespace sweeps::kernels::baseline {                                                    \
  extern const Table name;                                                                 \
  }                                                                                        \
  namespace sweeps::kernels::avx2 {                                                        \
  extern const Table name;                                                                 \
  }                                                                                        \
  namespace sweeps::kernels::avx512 {                                                      \
  extern const Table name;                                                                 \
  }                                                                                        \
  namespace sweeps::kernels {                                                              \
  inline const Table& name() {                                                             \
    auto i = isa();                                                                        \
    return i == Isa::avx512 ? avx512::name : i == Isa::avx2 ? avx2::name : baseline::name; \
  }                                                                                        \
  }
#else
#define SW_KERNELS(Table, name)                         \
  namespace sweeps::kernels::baseline {                 \
  extern const Table name;                              \
  }                                                     \
  namespace sweeps::kernels {                           \
  inline const Table& name() { return baseline::name; } \
  }
#endif
