#pragma once

#include <cstdint>

#include "../../parallel.h"

namespace sweeps {

// The gradient by a table (rows, width) of which `positions` were read, from that by what was read, dy (n, width).
void table_gradient(const Team& team, const float* dy, const int64_t* positions, int64_t n, int64_t width, int64_t rows, float* dtable);

} // namespace sweeps
