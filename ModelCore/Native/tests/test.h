// Tests of the native library: small, so that sanitizers can run them all. What the values must be is tested from C#, against libtorch;
// here against plain loops.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "../sweeps.h"

namespace test {

struct Case {
  const char* name;
  std::function<void()> run;
};

std::vector<Case>& cases();

struct Add {
  Add(const char* name, std::function<void()> run) { cases().push_back({name, std::move(run)}); }
};

// Ends the running test.
[[noreturn]] void fail(const char* file, int line, const std::string& what);

// Uniform in [−1, 1): the same in every run.
std::vector<float> random(int64_t n, uint32_t seed);

// random, of which all but about the fraction `density` are 0.
std::vector<float> sparse(int64_t n, double density, uint32_t seed);

std::vector<int64_t> random_ids(int64_t n, int64_t bound, uint32_t seed);

// Runs body with 1, 2 and 3 threads, and with every instruction set that the processor has.
void everywhere(const std::function<void()>& body);

} // namespace test

#define TEST(name)                                \
  static void name();                             \
  static const test::Add add_##name(#name, name); \
  static void name()
#define CHECK(condition)                                          \
  do {                                                            \
    if (!(condition)) test::fail(__FILE__, __LINE__, #condition); \
  } while (false)
#define CHECK_OK(call)                                                                              \
  do {                                                                                              \
    if ((call) != SW_OK) test::fail(__FILE__, __LINE__, std::string(#call ": ") + sw_last_error()); \
  } while (false)
#define CHECK_NEAR(actual, expected, tolerance)                                                                 \
  do {                                                                                                          \
    const double a_ = (actual), e_ = (expected);                                                                \
    if (!(std::abs(a_ - e_) <= (tolerance)))                                                                    \
      test::fail(__FILE__, __LINE__, #actual " is " + std::to_string(a_) + ", expected " + std::to_string(e_)); \
  } while (false)
