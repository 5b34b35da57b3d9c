#include <algorithm>
#include <cstring>
#include <numeric>

#include "test.h"

namespace {

constexpr int64_t n = 131, d = 48; // rows: more than two chunks, and no whole one

sw_rows rows(const std::vector<float>& values, int64_t width = d, int64_t stride = 0) {
  const int64_t distance = stride == 0 ? width : stride;
  return {values.data(), static_cast<int64_t>(values.size()) / distance, width, distance};
}

} // namespace

TEST(abs_topk_keeps_the_largest_and_its_gradient_goes_to_them) {
  const auto x = test::random(n * 2 * d, 1), base = test::random(n * d, 2), dy = test::random(n * d, 3);
  const auto slice = rows(x, d, 2 * d), under = rows(base), by = rows(dy);
  test::everywhere([&] {
    std::vector<float> y(n * d), dx(n * d);
    std::vector<uint16_t> kept(static_cast<size_t>(n * sw_kept_words(d)));
    CHECK_OK(sw_abs_topk(&slice, &under, 7, y.data(), kept.data()));
    CHECK_OK(sw_abs_topk_backward(&by, kept.data(), dx.data()));
    for (int64_t i = 0; i < n; ++i) {
      std::vector<int64_t> order(d);
      std::iota(order.begin(), order.end(), 0);
      const float* row = x.data() + i * 2 * d;
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return std::abs(row[a]) > std::abs(row[b]); });
      for (int64_t j = 0; j < d; ++j) {
        const auto c = order[static_cast<size_t>(j)];
        CHECK(y[i * d + c] == base[i * d + c] + (j < 7 ? row[c] : 0));
        CHECK(dx[i * d + c] == (j < 7 ? dy[i * d + c] : 0));
      }
    }
  });
}

TEST(attention_is_a_softmax_over_what_came_before_and_its_sink) {
  constexpr int64_t b = 3, t = 37, heads = 3, width = heads * 16;
  const auto q = test::random(b * t * width, 1), k = test::random(b * t * width, 2), v = test::random(b * t * width, 3),
             dout = test::random(b * t * width, 4);
  const auto sinks = test::random(heads, 5);
  const sw_attention a{q.data(), k.data(), v.data(), sinks.data(), nullptr, b, t, heads, t, width, width};
  std::vector<float> first;
  test::everywhere([&] {
    std::vector<float> o(q.size()), lse(b * heads * t), dq(q.size()), dk(q.size()), dv(q.size()), dsinks(heads);
    CHECK_OK(sw_attention_forward(&a, o.data(), lse.data()));
    CHECK_OK(sw_attention_backward(&a, o.data(), lse.data(), dout.data(), dq.data(), dk.data(), dv.data(), dsinks.data()));
    for (int64_t s = 0; s < b; ++s)
      for (int64_t h = 0; h < heads; ++h)
        for (int64_t i = 0; i < t; ++i) {
          std::vector<double> weights;
          double total = std::exp(static_cast<double>(sinks[h]));
          for (int64_t j = 0; j <= i; ++j) {
            double score = 0;
            for (int64_t c = 0; c < 16; ++c) score += q[(s * t + i) * width + h * 16 + c] * k[(s * t + j) * width + h * 16 + c];
            weights.push_back(std::exp(score / 4));
            total += weights.back();
          }
          for (int64_t c = 0; c < 16; ++c) {
            double expected = 0;
            for (int64_t j = 0; j <= i; ++j) expected += weights[static_cast<size_t>(j)] / total * v[(s * t + j) * width + h * 16 + c];
            CHECK_NEAR(o[(s * t + i) * width + h * 16 + c], expected, 1e-5);
          }
        }
    // One query per sequence gives its row of all.
    const auto positions = test::random_ids(b, t, 6);
    std::vector<float> queries;
    for (int64_t s = 0; s < b; ++s)
      queries.insert(queries.end(), q.begin() + (s * t + positions[s]) * width, q.begin() + (s * t + positions[s] + 1) * width);
    const sw_attention one{queries.data(), k.data(), v.data(), sinks.data(), positions.data(), b, t, heads, 1, width, width};
    std::vector<float> o1(queries.size()), lse1(b * heads), dq1(queries.size()), dk1(q.size()), dv1(q.size()), dsinks1(heads);
    CHECK_OK(sw_attention_forward(&one, o1.data(), lse1.data()));
    CHECK_OK(sw_attention_backward(&one, o1.data(), lse1.data(), dout.data(), dq1.data(), dk1.data(), dv1.data(), dsinks1.data()));
    for (int64_t s = 0; s < b; ++s)
      for (int64_t c = 0; c < width; ++c) CHECK_NEAR(o1[s * width + c], o[(s * t + positions[s]) * width + c], 1e-5);
  });
}

TEST(a_sparse_product_is_the_dense_one_both_ways) {
  constexpr int64_t out = 3 * 40, in = 70;
  const auto w = test::sparse(out * in, 0.1, 1), x = test::random(n * in, 2), bias = test::random(out, 3), dy = test::random(n * out, 4);
  const auto dense = rows(w, in), inputs = rows(x, in);
  sw_sparse_weight* weight;
  CHECK_OK(sw_sparse_weight_new(&dense, INT32_MAX, &weight));
  CHECK(sw_sparse_weight_entries(weight) == static_cast<int64_t>(std::count_if(w.begin(), w.end(), [](float v) { return v != 0; })));
  sw_sparse_weight* none;
  CHECK_OK(sw_sparse_weight_new(&dense, 5, &none));
  CHECK(none == nullptr);
  test::everywhere([&] {
    std::vector<float> y(n * out), dx(n * in);
    CHECK_OK(sw_sparse_linear(weight, 0, &inputs, 1, bias.data(), y.data()));
    const sw_rows pieces[] = {{dy.data(), n, 40, out}, {dy.data() + 40, n, 40, out}, {dy.data() + 80, n, 40, out}};
    CHECK_OK(sw_sparse_linear(weight, 1, pieces, 3, nullptr, dx.data()));
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t r = 0; r < out; ++r) {
        double expected = bias[r];
        for (int64_t c = 0; c < in; ++c) expected += static_cast<double>(w[r * in + c]) * x[i * in + c];
        CHECK_NEAR(y[i * out + r], expected, 1e-5);
      }
      for (int64_t c = 0; c < in; ++c) {
        double expected = 0;
        for (int64_t r = 0; r < out; ++r) expected += static_cast<double>(w[r * in + c]) * dy[i * out + r];
        CHECK_NEAR(dx[i * in + c], expected, 1e-5);
      }
    }
  });
  sw_sparse_weight_free(weight);
}

TEST(the_gradient_of_a_weight_is_made_from_the_entries_or_left_to_a_product) {
  constexpr int64_t out = 300, in = 50; // more than one block of rows
  const auto dy = test::sparse(n * out, 0.2, 1), x = test::random(n * in, 2);
  const auto by = rows(dy, out), inputs = rows(x, in);
  test::everywhere([&] {
    std::vector<float> dw(out * in), db(out);
    int32_t left = -1;
    CHECK_OK(sw_weight_gradient(&by, 1, &inputs, 0, 0, dw.data(), db.data(), &left));
    CHECK(left == 0);
    for (int64_t r = 0; r < out; ++r) {
      double sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += dy[i * out + r];
      CHECK_NEAR(db[r], sum, 1e-4);
      for (int64_t c = 0; c < in; ++c) {
        double expected = 0;
        for (int64_t i = 0; i < n; ++i) expected += static_cast<double>(dy[i * out + r]) * x[i * in + c];
        CHECK_NEAR(dw[r * in + c], expected, 1e-4);
      }
    }
    const auto all = test::random(n * out, 3);
    const auto full = rows(all, out);
    CHECK_OK(sw_weight_gradient(&full, 1, &inputs, 0, 0, dw.data(), db.data(), &left));
    CHECK(left == 1);
  });
}

TEST(norm_gelu_embedding_and_cross_entropy_are_what_they_are_called) {
  constexpr int64_t vocab = 33;
  const auto x = test::random(n * d, 1), gain = test::random(d, 2), dy = test::random(n * d, 3), table = test::random(vocab * d, 4),
             logits = test::random(n * vocab, 5);
  const auto ids = test::random_ids(n, vocab, 6);
  const auto from = rows(table), z = rows(logits, vocab);
  test::everywhere([&] {
    std::vector<float> y(n * d), inverse(n), dx(n * d), dgain(d), lse(n), dlogits(n * vocab), dtable(vocab * d);
    CHECK_OK(sw_rms_norm(x.data(), gain.data(), n, d, 1e-5, y.data(), inverse.data()));
    for (int64_t i = 0; i < n; ++i) {
      double squares = 0;
      for (int64_t c = 0; c < d; ++c) squares += static_cast<double>(x[i * d + c]) * x[i * d + c];
      for (int64_t c = 0; c < d; ++c) CHECK_NEAR(y[i * d + c], x[i * d + c] / std::sqrt(squares / d + 1e-5) * gain[c], 1e-5);
    }
    CHECK_OK(sw_rms_norm_backward(x.data(), gain.data(), inverse.data(), dy.data(), dy.data(), n, d, dx.data(), dgain.data()));
    CHECK_OK(sw_gelu(x.data(), n * d, y.data()));
    for (int64_t i = 0; i < n * d; ++i) CHECK_NEAR(y[i], x[i] / 2.0 * (1 + std::erf(x[i] / std::sqrt(2.0))), 1e-6);
    CHECK_OK(sw_gelu_backward(x.data(), dy.data(), n * d, dx.data()));
    CHECK_OK(sw_embedding(&from, ids.data(), n, 0, y.data()));
    CHECK_OK(sw_embedding(&from, ids.data(), n, 1, y.data()));
    for (int64_t i = 0; i < n * d; ++i) CHECK(y[i] == 2 * table[ids[i / d] * d + i % d]);
    CHECK_OK(sw_embedding_backward(dy.data(), ids.data(), n, d, vocab, dtable.data()));
    double loss, expected = 0;
    CHECK_OK(sw_cross_entropy(&z, ids.data(), lse.data(), &loss));
    for (int64_t i = 0; i < n; ++i) {
      double total = 0;
      for (int64_t c = 0; c < vocab; ++c) total += std::exp(static_cast<double>(logits[i * vocab + c]));
      expected += (std::log(total) - logits[i * vocab + ids[i]]) / n;
    }
    CHECK_NEAR(loss, expected, 1e-6);
    CHECK_OK(sw_cross_entropy_backward(&z, ids.data(), lse.data(), 1, dlogits.data()));
    double sum = 0;
    for (float value : dlogits) sum += value;
    CHECK_NEAR(sum, 0, 1e-5);
  });
}

TEST(a_step_of_adamw_keeps_exactly_as_many_as_it_may) {
  constexpr int64_t rows_ = 40, cols = 64;
  const auto gradient = test::random(rows_ * cols, 2);
  std::vector<float> first;
  test::everywhere([&] {
    auto w = test::random(rows_ * cols, 1), bias = test::random(rows_, 3);
    std::vector<float> m(rows_ * cols), v(rows_ * cols), m2(rows_), v2(rows_);
    sw_adamw_parameter list[] = {
        {w.data(), m.data(), v.data(), gradient.data(), rows_, cols, 1, 0.01, 0.9, 0.999, 1e-8, 0.1, 200, 0, 4, -1},
        {bias.data(), m2.data(), v2.data(), nullptr, 1, rows_, 1, 0.01, 0.9, 0.999, 1e-8, 0, -1, -1, 0, -1}};
    int64_t nonzeros;
    double sum, expected = 0;
    CHECK_OK(sw_gradient_sum_squares(list, 2, &sum));
    for (float g : gradient) expected += static_cast<double>(g) * g;
    CHECK_NEAR(sum, expected, 1e-3);
    CHECK_OK(sw_adamw_step(list, 2, 1, &nonzeros));
    CHECK(nonzeros == 200 && std::count_if(w.begin(), w.end(), [](float x) { return x != 0; }) == 200);
    for (int64_t r = 0; r < rows_; ++r)
      CHECK(std::count_if(w.begin() + r * cols, w.begin() + (r + 1) * cols, [](float x) { return x != 0; }) >= 4);
    CHECK(bias == test::random(rows_, 3));
  });
}

TEST(arguments_that_would_be_read_or_written_out_of_bounds_are_refused_with_a_text) {
  const auto x = test::random(8, 1);
  const sw_rows good{x.data(), 2, 4, 4};
  const sw_rows close{x.data(), 2, 4, 3};
  const sw_rows null{nullptr, 2, 4, 4};
  std::vector<float> y(8);
  uint16_t kept[2];
  const int64_t outside[] = {0, 2};
  CHECK(sw_abs_topk(&null, nullptr, 1, y.data(), kept) == SW_INVALID && std::strlen(sw_last_error()) > 0);
  CHECK(sw_abs_topk(&close, nullptr, 1, y.data(), kept) == SW_INVALID);
  CHECK(sw_abs_topk(nullptr, nullptr, 1, y.data(), kept) == SW_INVALID);
  CHECK(sw_abs_topk(&good, nullptr, 5, y.data(), kept) == SW_INVALID);
  CHECK(sw_abs_topk(&good, nullptr, 0, y.data(), kept) == SW_INVALID);
  CHECK(sw_abs_topk(&good, nullptr, 1, nullptr, kept) == SW_INVALID);
  CHECK(sw_embedding(&good, outside, 2, 0, y.data()) == SW_INVALID);
  CHECK(sw_embedding(&good, nullptr, 2, 0, y.data()) == SW_INVALID);
  CHECK(sw_attention_forward(nullptr, y.data(), y.data()) == SW_INVALID);
  CHECK(sw_sparse_linear(nullptr, 0, &good, 1, nullptr, y.data()) == SW_INVALID);
  CHECK(sw_set_num_threads(0) == SW_INVALID);
  CHECK(sw_engine_loss(nullptr, nullptr, nullptr, 0, nullptr, nullptr) == SW_INVALID);
}
