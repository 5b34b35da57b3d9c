#include <exception>
#include <random>
#include <stdexcept>

#include "test.h"

namespace test {

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

void fail(const char* file, int line, const std::string& what) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

std::vector<float> random(int64_t n, uint32_t seed) {
  std::minstd_rand generator(seed + 1);
  std::vector<float> values(static_cast<size_t>(n));
  for (auto& value : values) value = static_cast<float>(static_cast<double>(generator()) / 1073741824.0 - 1);
  return values;
}

std::vector<float> sparse(int64_t n, double density, uint32_t seed) {
  auto values = random(n, seed);
  const auto chance = random(n, seed + 1000);
  for (size_t i = 0; i < values.size(); ++i)
    if ((chance[i] + 1) / 2 >= density) values[i] = 0;
  return values;
}

std::vector<int64_t> random_ids(int64_t n, int64_t bound, uint32_t seed) {
  std::minstd_rand generator(seed + 1);
  std::vector<int64_t> values(static_cast<size_t>(n));
  for (auto& value : values) value = static_cast<int64_t>(generator() % static_cast<uint64_t>(bound));
  return values;
}

void everywhere(const std::function<void()>& body) {
  for (const char* isa : {"default", "avx2", "avx512"}) {
    if (sw_use_kernels(isa) != SW_OK) continue;
    for (int threads = 1; threads <= 3; ++threads) {
      CHECK_OK(sw_set_num_threads(threads));
      body();
    }
  }
  CHECK_OK(sw_use_kernels(nullptr));
  CHECK_OK(sw_set_num_threads(1));
}

} // namespace test

int main() {
  int failed = 0;
  for (const auto& each : test::cases()) {
    try {
      each.run();
    } catch (const std::exception& e) {
      ++failed;
      std::printf("FAILED %s: %s\n", each.name, e.what());
    }
  }
  std::printf("native: %zu passed, %d failed\n", test::cases().size() - static_cast<size_t>(failed), failed);
  return failed == 0 ? 0 : 1;
}
