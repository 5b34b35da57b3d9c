// The codes of sparse autoencoders: kernels/sparse_codes.h.
#include "../sparse_codes.h"

#include <algorithm>
#include <cstring>

#include "../../memory/array.h"
#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

namespace {

// Features that one thread takes at a time: enough that reading their rows' errors and inputs again is little.
constexpr int64_t features_per_part = 64;

void require_codes(const float* z, int64_t n, int64_t width, const int32_t* ptr) {
  require(n >= 0 && width > 0 && n * width <= INT32_MAX, "codes: ", n, " rows of ", width, ", expected at most 2^31 - 1 values");
  require_array(z, n * width, "codes: z");
  require_array(ptr, n + 1, "codes: ptr");
}

// Rows that have fewer entries than places move together.
void close_gaps(int64_t n, int64_t places, const int32_t* len, int32_t* ptr, int32_t* idx, float* val) {
  int32_t end = 0;
  for (int64_t row = 0; row < n; ++row) {
    ptr[row] = end;
    if (end != row * places) {
      std::memmove(idx + end, idx + row * places, static_cast<size_t>(len[row]) * sizeof *idx);
      std::memmove(val + end, val + row * places, static_cast<size_t>(len[row]) * sizeof *val);
    }
    end += len[row];
  }
  ptr[n] = end;
}

kernels::Csr require_csr(const sw_codes* codes) {
  require(codes != nullptr, "codes are null");
  require(codes->rows >= 0 && codes->cols > 0, "codes: ", codes->rows, " rows of ", codes->cols);
  require_array(codes->ptr, codes->rows + 1, "codes: ptr");
  require(codes->ptr[0] == 0, "codes: ptr begins with ", codes->ptr[0], ", expected 0");
  for (int64_t row = 0; row < codes->rows; ++row) require(codes->ptr[row] <= codes->ptr[row + 1], "codes: ptr falls at row ", row);
  const int64_t entries = codes->ptr[codes->rows];
  require_array(codes->idx, entries, "codes: idx");
  require_array(codes->val, entries, "codes: val");
  // A negative one is above all others.
  uint32_t largest = 0;
  for (int64_t j = 0; j < entries; ++j) largest = std::max(largest, static_cast<uint32_t>(codes->idx[j]));
  require(entries == 0 || largest < codes->cols, "codes: feature ", static_cast<int32_t>(largest), ", expected 0 to ", codes->cols - 1);
  return {codes->rows, codes->cols, codes->ptr, codes->idx, codes->val};
}

} // namespace

SW_API sw_status sw_codes_topk(float* z, int64_t n, int64_t width, int64_t k, int32_t* ptr, int32_t* idx, float* val) noexcept {
  return status([&] {
    require_codes(z, n, width, ptr);
    require(1 <= k && k <= width, "codes: k is ", k, ", expected 1 to ", width);
    require_array(idx, n * k, "codes: idx");
    require_array(val, n * k, "codes: val");
    const auto& kernel = kernels::sparse_codes();
    Array<int32_t> len(n);
    for_chunks(Team(), n, [&](int64_t first, int64_t rows, int) {
      kernel.relu(z + first * width, rows * width);
      kernel.top(z + first * width, rows, width, k, len.data() + first, idx + first * k, val + first * k);
    });
    close_gaps(n, k, len.data(), ptr, idx, val);
  });
}

SW_API sw_status sw_codes_batch_topk(float* z, int64_t n, int64_t width, int64_t k, int32_t* ptr, int32_t* idx, float* val) noexcept {
  return status([&] {
    require_codes(z, n, width, ptr);
    require(1 <= k && k <= n * width, "codes: k is ", k, ", expected 1 to ", n * width);
    require_array(idx, k, "codes: idx");
    require_array(val, k, "codes: val");
    const auto& kernel = kernels::sparse_codes();
    const Team team;
    for_chunks(team, n, [&](int64_t first, int64_t rows, int) { kernel.relu(z + first * width, rows * width); });
    int64_t ties = 0;
    const float above = kernel.threshold(z, n * width, k, &ties);
    Array<int64_t> larger(n), equal(n);
    for_chunks(team, n, [&](int64_t first, int64_t rows, int) {
      for (int64_t r = first; r < first + rows; ++r) kernel.count_top(z + r * width, width, above, &larger[r], &equal[r]);
    });
    ptr[0] = 0;
    for (int64_t r = 0; r < n; ++r) {
      equal[r] = std::min(equal[r], ties);
      ties -= equal[r];
      ptr[r + 1] = static_cast<int32_t>(ptr[r] + larger[r] + equal[r]);
    }
    for_chunks(team, n, [&](int64_t first, int64_t rows, int) {
      for (int64_t r = first; r < first + rows; ++r) kernel.fill_top(z + r * width, width, above, equal[r], idx + ptr[r], val + ptr[r]);
    });
  });
}

SW_API sw_status sw_codes_above(
    const float* z, int64_t n, int64_t width, const float* low, int64_t most, int32_t* ptr, int32_t* idx, float* val,
    int32_t* fits) noexcept {
  return status([&] {
    require_codes(z, n, width, ptr);
    require_array(idx, most, "codes: idx");
    require_array(val, most, "codes: val");
    require_array(fits, 1, "codes: fits");
    const auto& kernel = kernels::sparse_codes();
    const Team team;
    for_chunks(team, n, [&](int64_t first, int64_t rows, int) {
      for (int64_t r = first; r < first + rows; ++r) ptr[r + 1] = static_cast<int32_t>(kernel.count(z + r * width, low, width));
    });
    ptr[0] = 0;
    for (int64_t r = 0; r < n; ++r) ptr[r + 1] += ptr[r];
    *fits = ptr[n] <= most ? 1 : 0;
    if (*fits == 0) return;
    for_chunks(team, n, [&](int64_t first, int64_t rows, int) {
      // What a row writes behind its end is the place of the next, which comes after it, up to the end of the chunk.
      const int32_t end = ptr[first + rows];
      for (int64_t r = first; r < first + rows; ++r) kernel.fill(z + r * width, low, width, end - ptr[r], idx + ptr[r], val + ptr[r]);
    });
  });
}

SW_API sw_status sw_codes_reconstruct(
    const sw_codes* codes, const sw_rows* target, const float* dictionary, const float* bias, double scale, double shift, float* error,
    float* dots, double* squares) noexcept {
  return status([&] {
    const auto csr = require_csr(codes);
    const auto& rows = require_rows(target, "codes: target");
    require(rows.n == csr.rows, "codes: ", rows.n, " targets for ", csr.rows, " rows");
    require_array(dictionary, csr.cols * rows.width, "codes: dictionary");
    require_array(error, rows.n * rows.width, "codes: error");
    require_array(dots, csr.entries(), "codes: dots");
    require_array(squares, 1, "codes: squares");
    const auto& kernel = kernels::sparse_codes();
    Array<double> sums(parts(rows.n, rows_per_chunk));
    for_chunks(Team(), rows.n, [&](int64_t first, int64_t n, int) {
      sums[first / rows_per_chunk] = kernel.reconstruct(
          csr, first, first + n, rows.data, rows.stride, dictionary, bias, rows.width, static_cast<float>(scale), static_cast<float>(shift),
          error, dots);
    });
    *squares = 0;
    for (int64_t i = 0; i < sums.size(); ++i) *squares += sums[i];
  });
}

SW_API sw_status sw_codes_gradients(
    const sw_codes* codes, const float* derivatives, const float* error, double scale, const sw_rows* x, const float* dictionary, int tied,
    float* by_dictionary, float* by_encoder, float* by_bias) noexcept {
  return status([&] {
    const auto csr = require_csr(codes);
    const auto& inputs = require_rows(x, "codes: x");
    const int64_t d = inputs.width, features = csr.cols, entries = csr.entries();
    require(inputs.n == csr.rows, "codes: ", inputs.n, " inputs for ", csr.rows, " rows");
    require_array(derivatives, entries, "codes: derivatives");
    require_array(error, csr.rows * d, "codes: error");
    require_array(dictionary, features * d, "codes: dictionary");
    require_array(by_dictionary, features * d, "codes: by_dictionary");
    require_array(by_bias, features, "codes: by_bias");
    require(tied != 0 || by_encoder != nullptr, "codes: by_encoder is null where encoder and dictionary are not tied");

    const auto& kernel = kernels::sparse_codes();
    const Team team;
    const int64_t chunks = parts(csr.rows, rows_per_chunk);
    Array<int32_t> ends(chunks * features);
    Array<kernels::FeatureEntry> lists(entries);
    for_chunks(team, csr.rows, [&](int64_t first, int64_t rows, int) {
      kernel.by_features(
          csr, derivatives, first, first + rows, static_cast<float>(scale), ends.data() + first / rows_per_chunk * features,
          lists.data() + csr.ptr[first]);
    });
    float* const by_inputs = tied != 0 ? by_dictionary : by_encoder;
    parallel_for(team, parts(features, features_per_part), 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t part = begin; part < end; ++part) {
        const int64_t first = part * features_per_part, last = std::min(first + features_per_part, features);
        std::memset(by_dictionary + first * d, 0, static_cast<size_t>((last - first) * d) * sizeof(float));
        std::memset(by_inputs + first * d, 0, static_cast<size_t>((last - first) * d) * sizeof(float));
        std::memset(by_bias + first, 0, static_cast<size_t>(last - first) * sizeof(float));
        // The rows of a chunk stay in the first cache while the features pass.
        for (int64_t chunk = 0; chunk < chunks; ++chunk) {
          kernel.gradients(
              ends.data() + chunk * features, lists.data() + csr.ptr[chunk * rows_per_chunk], first, last, error, inputs.data,
              inputs.stride, d, by_dictionary, by_inputs, by_bias);
        }
        for (int64_t f = first; f < last; ++f) kernel.across(by_dictionary + f * d, dictionary + f * d, d);
      }
    });
  });
}

SW_API sw_status sw_codes_summary(const sw_codes* codes, int32_t* fired, int64_t* active, double* total, float* least) noexcept {
  return status([&] {
    const auto csr = require_csr(codes);
    require_array(fired, csr.cols, "codes: fired");
    require_array(active, 1, "codes: active");
    require_array(total, 1, "codes: total");
    require_array(least, 1, "codes: least");
    std::memset(fired, 0, static_cast<size_t>(csr.cols) * sizeof(int32_t));
    *active = kernels::sparse_codes().summary(csr.idx, csr.val, csr.entries(), fired, total, least);
  });
}
