// How failures cross the C interface, and the checks before raw memory is read.
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "memory/pool.h"
#include "sweeps.h"

namespace sweeps {

void record_error(const char* text) noexcept;

// Runs body; what it throws becomes a status and the text of sw_last_error.
template <typename F>
sw_status status(F&& body) noexcept {
  try {
    body();
    return SW_OK;
  } catch (const OutOfMemory& e) {
    record_error(e.what());
    return SW_OUT_OF_MEMORY;
  } catch (const std::bad_alloc& e) {
    record_error(e.what());
    return SW_OUT_OF_MEMORY;
  } catch (const std::exception& e) {
    record_error(e.what());
    return SW_INVALID;
  } catch (...) {
    record_error("unknown C++ exception");
    return SW_INVALID;
  }
}

template <typename... Parts>
void require(bool holds, const Parts&... parts) {
  if (holds) return;
  std::string text;
  auto add = [&](const auto& part) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(part)>>)
      text += std::to_string(part);
    else
      text += part;
  };
  (add(parts), ...);
  throw std::invalid_argument(text);
}

// The pointer is there wherever n is not 0.
template <typename T>
T* require_array(T* data, int64_t n, const char* name) {
  require(n >= 0, name, ": length ", n, ", expected 0 or more");
  require(data != nullptr || n == 0, name, " is null, expected ", n, " elements");
  return data;
}

inline const sw_rows& require_rows(const sw_rows* rows, const char* name) {
  require(rows != nullptr, name, " is null");
  require(rows->n >= 0 && rows->width >= 0, name, ": ", rows->n, " rows of ", rows->width, ", expected 0 or more");
  require(rows->n <= 1 || rows->stride >= rows->width, name, ": rows of ", rows->width, " at a distance of ", rows->stride);
  require_array(rows->data, rows->n * rows->width, name);
  return *rows;
}

// Values of 0 to bound − 1.
inline const int64_t* require_indices(const int64_t* values, int64_t n, int64_t bound, const char* name) {
  require_array(values, n, name);
  for (int64_t i = 0; i < n; ++i) require(values[i] >= 0 && values[i] < bound, name, ": ", values[i], ", expected 0 to ", bound - 1);
  return values;
}

} // namespace sweeps
