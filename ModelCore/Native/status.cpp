#include "status.h"

namespace sweeps {

namespace {
thread_local std::string last_error;
}

void record_error(const char* text) noexcept {
  try {
    last_error = text;
  } catch (...) {
    last_error.clear(); // not even room for the text
  }
}

} // namespace sweeps

SW_API const char* sw_last_error() noexcept { return sweeps::last_error.c_str(); }
