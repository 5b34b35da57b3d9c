#include <algorithm>

#include "test.h"

namespace {

// A small transformer with everything: positions, sinks, a bigram table.
struct Model {
  static constexpr int64_t layers = 2, d = 32, d_pos = 8, d_read = d + d_pos, d_mlp = 64, n_ctx = 20, vocab = 23, heads = d / 16;

  std::vector<std::vector<float>> arrays, gradients;
  std::vector<sw_layer> layer;
  std::vector<sw_layer_gradients> by_layer;
  std::vector<float> logits, xn;
  sw_network network{};
  sw_gradients by{};

  explicit Model(double density) {
    uint32_t seed = 0;
    arrays.reserve(100);
    gradients.reserve(100);
    auto add = [&](int64_t size, double fraction) {
      arrays.push_back(test::sparse(size, fraction, ++seed));
      for (auto& value : arrays.back()) value *= 0.5f;
      gradients.emplace_back(static_cast<size_t>(size));
      return arrays.back().data();
    };
    for (int64_t l = 0; l < layers; ++l) {
      const auto first = arrays.size();
      layer.push_back(
          {add(d, 1), add(3 * d * d_read, density), add(3 * d, 1), add(heads, 1), add(d * d, density), add(d, 1), add(d, 1),
           add(d_mlp * d_read, density), add(d_mlp, 1), add(d * d_mlp, density), add(d, 1), add(n_ctx * d_pos, 1), add(n_ctx * d_pos, 1)});
      auto g = [&](size_t i) { return gradients[first + i].data(); };
      by_layer.push_back({g(0), g(1), g(2), g(3), g(4), g(5), g(6), g(7), g(8), g(9), g(10), g(11), g(12)});
    }
    const auto first = arrays.size();
    network = {
        layers,
        d,
        d_pos,
        d_mlp,
        n_ctx,
        vocab,
        {10, d, 8, 8, 8, 10, 16, 8},
        1e-5,
        layer.data(),
        add(vocab * d, 1),
        add(vocab * vocab, 1),
        add(d, 1),
        add(vocab * d, density),
        add(vocab, 1)};
    by = {by_layer.data(), gradients[first].data(), gradients[first + 1].data(), gradients[first + 2].data(), nullptr, nullptr};
  }

  double loss(int64_t sequences, int64_t t, bool differentiate) {
    const auto tokens = test::random_ids(sequences * t, vocab, 70), targets = test::random_ids(sequences * t, vocab, 71);
    logits.resize(static_cast<size_t>(sequences * t * vocab));
    xn.resize(static_cast<size_t>(sequences * t * d));
    by.logits = logits.data();
    by.xn = xn.data();
    const sw_batch batch{tokens.data(), targets.data(), sequences, t};
    double value;
    int ran;
    CHECK_OK(sw_training_loss(&network, &batch, 1, 0, differentiate ? &by : nullptr, &value, &ran));
    CHECK(ran == 1);
    return value;
  }
};

} // namespace

TEST(a_training_pass_gives_the_same_bits_with_any_number_of_threads) {
  Model model(0.3);
  for (const char* isa : {"default", "avx2", "avx512"}) {
    if (sw_use_kernels(isa) != SW_OK) continue;
    double first = 0;
    std::vector<std::vector<float>> gradients;
    for (int threads = 1; threads <= 3; ++threads) {
      CHECK_OK(sw_set_num_threads(threads));
      const double loss = model.loss(5, Model::n_ctx - 1, true);
      if (threads == 1) {
        first = loss;
        gradients = model.gradients;
      }
      CHECK(loss == first && gradients == model.gradients);
    }
    CHECK_NEAR(model.loss(5, Model::n_ctx - 1, false), first, 1e-6);
  }
  CHECK_OK(sw_use_kernels(nullptr));
  CHECK_OK(sw_set_num_threads(1));
}

TEST(the_gradients_of_a_training_pass_agree_with_finite_differences) {
  Model model(0.3);
  model.loss(2, Model::n_ctx, true);
  // Of the arrays whose gradients the pass makes, one entry each; through AbsTopK the loss is smooth almost everywhere.
  int compared = 0;
  for (size_t a = 0; a + 2 < model.arrays.size(); ++a) {
    auto& array = model.arrays[a];
    const auto at = static_cast<size_t>(std::max_element(array.begin(), array.end()) - array.begin());
    const float before = array[at], h = 2e-3f, gradient = model.gradients[a][at];
    array[at] = before + h;
    const double up = model.loss(2, Model::n_ctx, false);
    array[at] = before - h;
    const double down = model.loss(2, Model::n_ctx, false);
    array[at] = before;
    if (std::abs((up - down) / (2 * h) - gradient) <= 2e-5 + 0.05 * std::abs(gradient)) ++compared;
  }
  // Where a step moves what AbsTopK keeps, a difference means nothing: a few may.
  CHECK(compared >= static_cast<int>(model.arrays.size()) - 6);
}

TEST(an_engine_gives_the_same_bits_with_any_number_of_threads_and_its_losses_are_of_its_logits) {
  Model model(0.2);
  const int64_t nodes = Model::layers * (2 * Model::d_read + 5 * Model::d + Model::d_mlp), rows = 7, length = 13;
  const auto means = test::random(nodes, 1);
  auto gates = test::random(nodes, 2);
  for (auto& gate : gates) gate = gate > -0.5f ? 1.f : 0.f;
  const auto tokens = test::random_ids(rows * length, Model::vocab, 3), positions = test::random_ids(rows, length, 4),
             candidates = test::random_ids(rows * 2, Model::vocab, 5);
  const sw_prompts prompts{tokens.data(), positions.data(), candidates.data(), rows, length};
  sw_engine* engine;
  CHECK_OK(sw_engine_new(&model.network, means.data(), 0, &engine));
  for (const char* isa : {"default", "avx2", "avx512"}) {
    if (sw_use_kernels(isa) != SW_OK) continue;
    std::vector<float> first;
    for (int threads = 1; threads <= 3; ++threads) {
      CHECK_OK(sw_set_num_threads(threads));
      std::vector<float> by_gate(static_cast<size_t>(nodes)), logits(rows * 2);
      double loss, expected = 0;
      CHECK_OK(sw_engine_loss(engine, &prompts, gates.data(), 0, &loss, by_gate.data()));
      CHECK_OK(sw_engine_logits(engine, &prompts, gates.data(), logits.data()));
      for (int64_t r = 0; r < rows; ++r) expected += std::log1p(std::exp(static_cast<double>(logits[2 * r + 1]) - logits[2 * r])) / rows;
      CHECK_NEAR(loss, expected, 1e-5);
      if (threads == 1) first = by_gate;
      CHECK(first == by_gate);
      CHECK_OK(sw_engine_loss(engine, &prompts, gates.data(), 1, &loss, by_gate.data()));
    }
  }
  CHECK(sw_engine_loss(engine, &prompts, nullptr, 0, nullptr, nullptr) == SW_INVALID);
  const sw_prompts without{tokens.data(), positions.data(), nullptr, rows, length};
  double loss;
  std::vector<float> by_gate(static_cast<size_t>(nodes));
  CHECK(sw_engine_loss(engine, &without, gates.data(), 0, &loss, by_gate.data()) == SW_INVALID);
  sw_engine_free(engine);
  CHECK_OK(sw_use_kernels(nullptr));
  CHECK_OK(sw_set_num_threads(1));
}
