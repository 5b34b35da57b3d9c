#include <algorithm>
#include <numeric>

#include "test.h"

namespace {

constexpr int64_t n = 131, features = 83; // no whole chunk, word or vector

struct Codes {
  std::vector<int32_t> ptr = std::vector<int32_t>(n + 1), idx;
  std::vector<float> val;

  explicit Codes(int64_t places) : idx(static_cast<size_t>(places)), val(static_cast<size_t>(places)) {}

  sw_codes view() const { return {n, features, ptr.data(), idx.data(), val.data()}; }
};

// The values above 0 of n values, the largest first, of equal ones the first; as (value, place).
std::vector<std::pair<float, int64_t>> largest(const float* z, int64_t count, int64_t k) {
  std::vector<std::pair<float, int64_t>> all;
  for (int64_t i = 0; i < count; ++i)
    if (z[i] > 0) all.emplace_back(z[i], i);
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.first > b.first; });
  all.resize(std::min(all.size(), static_cast<size_t>(k)));
  std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.second < b.second; });
  return all;
}

} // namespace

TEST(codes_are_the_largest_of_each_row_or_of_all_rows_and_what_is_above_a_bound) {
  auto z = test::random(n * features, 1);
  std::fill_n(z.begin() + 3 * features, features, 0.25f); // ties
  std::fill_n(z.begin() + 5 * features, features, -1.f);  // nothing
  for (int64_t i = 0; i < 40; ++i) z[7 * features + i] = z[9 * features + i] = 0.75f;
  const auto low = test::random(features, 2);
  test::everywhere([&] {
    for (int64_t k : {int64_t{1}, int64_t{8}, features}) {
      Codes rows(n * k), batch(n * k);
      auto own = z, shared = z;
      CHECK_OK(sw_codes_topk(own.data(), n, features, k, rows.ptr.data(), rows.idx.data(), rows.val.data()));
      CHECK_OK(sw_codes_batch_topk(shared.data(), n, features, n * k, batch.ptr.data(), batch.idx.data(), batch.val.data()));
      CHECK(own == shared && own[0] == std::max(z[0], 0.f));
      for (int64_t r = 0; r < n; ++r) {
        const auto expected = largest(z.data() + r * features, features, k);
        CHECK(rows.ptr[r + 1] - rows.ptr[r] == static_cast<int32_t>(expected.size()));
        for (size_t j = 0; j < expected.size(); ++j) {
          CHECK(rows.idx[rows.ptr[r] + j] == expected[j].second);
          CHECK(rows.val[rows.ptr[r] + j] == expected[j].first);
        }
      }
      const auto expected = largest(z.data(), n * features, n * k);
      CHECK(batch.ptr[n] == static_cast<int32_t>(expected.size()));
      for (int64_t r = 0; r < n; ++r)
        for (int32_t j = batch.ptr[r]; j < batch.ptr[r + 1]; ++j) {
          CHECK(r * features + batch.idx[j] == expected[j].second);
          CHECK(batch.val[j] == expected[j].first);
        }
    }
    for (const float* bound : {low.data(), static_cast<const float*>(nullptr)}) {
      Codes above(n * features);
      int32_t fits = -1;
      CHECK_OK(sw_codes_above(z.data(), n, features, bound, n * features, above.ptr.data(), above.idx.data(), above.val.data(), &fits));
      CHECK(fits == 1);
      int32_t j = 0;
      for (int64_t i = 0; i < n * features; ++i) {
        if (!(z[i] > (bound == nullptr ? 0.f : bound[i % features]))) continue;
        CHECK(above.idx[j] == i % features && above.val[j] == z[i] && above.ptr[i / features] <= j && j < above.ptr[i / features + 1]);
        ++j;
      }
      CHECK(j == above.ptr[n]);
      CHECK_OK(sw_codes_above(z.data(), n, features, bound, j - 1, above.ptr.data(), above.idx.data(), above.val.data(), &fits));
      CHECK(fits == 0 && above.ptr[n] == j);
    }
  });
}

namespace {

// k entries in each row, d channels.
void compare_with_dense_products(int64_t k, int64_t d) {
  const auto z = test::random(n * features, 1), x = test::random(n * d, 2), bias = test::random(d, 3);
  auto dictionary = test::random(features * d, 4);
  for (int64_t f = 0; f < features; ++f) {
    double squares = 0;
    for (int64_t c = 0; c < d; ++c) squares += static_cast<double>(dictionary[f * d + c]) * dictionary[f * d + c];
    for (int64_t c = 0; c < d; ++c) dictionary[f * d + c] /= static_cast<float>(std::sqrt(squares));
  }
  const sw_rows inputs{x.data(), n, d, d};
  test::everywhere([&] {
    Codes codes(n * k);
    auto own = z;
    CHECK_OK(sw_codes_topk(own.data(), n, features, k, codes.ptr.data(), codes.idx.data(), codes.val.data()));
    const auto view = codes.view();
    std::vector<float> error(n * d), dots(codes.idx.size());
    double squares = 0, expected_squares = 0;
    CHECK_OK(sw_codes_reconstruct(&view, &inputs, dictionary.data(), bias.data(), 0.5, 0.25, error.data(), dots.data(), &squares));
    for (int64_t r = 0; r < n; ++r) {
      for (int64_t c = 0; c < d; ++c) {
        double value = bias[c] - static_cast<double>(x[r * d + c]);
        for (int32_t j = codes.ptr[r]; j < codes.ptr[r + 1]; ++j)
          value += static_cast<double>(codes.val[j]) * dictionary[codes.idx[j] * d + c];
        CHECK_NEAR(error[r * d + c], value, 1e-5);
        expected_squares += value * value;
      }
      for (int32_t j = codes.ptr[r]; j < codes.ptr[r + 1]; ++j) {
        double dot = 0;
        for (int64_t c = 0; c < d; ++c) dot += static_cast<double>(error[r * d + c]) * dictionary[codes.idx[j] * d + c];
        CHECK_NEAR(dots[j], dot / 2 + 0.25, 1e-5);
      }
    }
    CHECK_NEAR(squares, expected_squares, 1e-2);
    for (const bool tied : {false, true}) {
      std::vector<float> by_dictionary(features * d), by_encoder(features * d), by_bias(features);
      CHECK_OK(sw_codes_gradients(
          &view, dots.data(), error.data(), 0.5, &inputs, dictionary.data(), tied ? 1 : 0, by_dictionary.data(),
          tied ? nullptr : by_encoder.data(), by_bias.data()));
      std::vector<double> g(features * d), m(features * d), b(features);
      for (int64_t r = 0; r < n; ++r)
        for (int32_t j = codes.ptr[r]; j < codes.ptr[r + 1]; ++j) {
          const int64_t f = codes.idx[j];
          b[f] += dots[j];
          for (int64_t c = 0; c < d; ++c) {
            g[f * d + c] += 0.5 * codes.val[j] * error[r * d + c];
            m[f * d + c] += static_cast<double>(dots[j]) * x[r * d + c];
          }
        }
      for (int64_t f = 0; f < features; ++f) {
        CHECK_NEAR(by_bias[f], b[f], 1e-4);
        double along = 0;
        for (int64_t c = 0; c < d; ++c) {
          if (!tied) CHECK_NEAR(by_encoder[f * d + c], m[f * d + c], 1e-4);
          if (tied) g[f * d + c] += m[f * d + c];
          along += g[f * d + c] * dictionary[f * d + c];
        }
        for (int64_t c = 0; c < d; ++c) CHECK_NEAR(by_dictionary[f * d + c], g[f * d + c] - along * dictionary[f * d + c], 1e-4);
      }
    }
  });
}

} // namespace

TEST(a_reconstruction_and_its_gradients_are_those_of_the_dense_products) {
  compare_with_dense_products(6, 37);
  // Several groups of entries, and all widths of tiles, of every instruction set.
  compare_with_dense_products(41, 213);
}

TEST(a_summary_counts_and_adds_up_the_entries_above_0) {
  const std::vector<int32_t> ptr{0, 3, 3, 7}, idx{0, 2, 3, 0, 1, 2, 4};
  const std::vector<float> val{1.5f, 0.f, 0.25f, 2.f, -1.f, 0.5f, 4.f};
  const sw_codes codes{3, 6, ptr.data(), idx.data(), val.data()};
  const std::vector<float> nothing(7);
  const sw_codes off{3, 6, ptr.data(), idx.data(), nothing.data()};
  test::everywhere([&] {
    std::vector<int32_t> fired(6, -1);
    int64_t active;
    double total;
    float least;
    CHECK_OK(sw_codes_summary(&codes, fired.data(), &active, &total, &least));
    CHECK(fired == (std::vector<int32_t>{2, 0, 1, 1, 1, 0}));
    CHECK(active == 5 && total == 8.25 && least == 0.25f);
    CHECK_OK(sw_codes_summary(&off, fired.data(), &active, &total, &least));
    CHECK(fired == std::vector<int32_t>(6) && active == 0 && total == 0 && std::isinf(least));
  });
}

TEST(codes_that_name_no_feature_or_do_not_fit_are_refused) {
  std::vector<float> z(8, 1.f), val(8), out(8), dots(8);
  std::vector<int32_t> ptr(3), idx(8);
  int32_t fits;
  int64_t active;
  double squares, total;
  float least;
  CHECK(sw_codes_topk(z.data(), 2, 4, 0, ptr.data(), idx.data(), val.data()) == SW_INVALID);
  CHECK(sw_codes_topk(z.data(), 2, 4, 5, ptr.data(), idx.data(), val.data()) == SW_INVALID);
  CHECK(sw_codes_topk(nullptr, 2, 4, 1, ptr.data(), idx.data(), val.data()) == SW_INVALID);
  CHECK(sw_codes_batch_topk(z.data(), 2, 4, 9, ptr.data(), idx.data(), val.data()) == SW_INVALID);
  CHECK(sw_codes_above(z.data(), 2, 4, nullptr, -1, ptr.data(), idx.data(), val.data(), &fits) == SW_INVALID);
  const std::vector<int32_t> begins{0, 1, 2}, wrong{0, 4};
  const sw_codes codes{2, 4, begins.data(), wrong.data(), val.data()};
  const sw_rows x{z.data(), 2, 2, 2};
  CHECK(sw_codes_reconstruct(&codes, &x, z.data(), nullptr, 1, 0, out.data(), dots.data(), &squares) == SW_INVALID);
  CHECK(sw_codes_gradients(&codes, dots.data(), out.data(), 1, &x, z.data(), 0, out.data(), nullptr, out.data()) == SW_INVALID);
  CHECK(sw_codes_summary(&codes, idx.data(), &active, &total, &least) == SW_INVALID);
}
