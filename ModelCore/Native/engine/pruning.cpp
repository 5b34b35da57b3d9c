// Batches of sequences, in parallel, and the loss at their last tokens.
#include <algorithm>
#include <cmath>
#include <memory>

#include "../memory/array.h"
#include "network.h"
#include "sequence.h"

namespace sweeps::engine {

namespace {

// Sequences whose gradients are added up before the sums of the groups are: fixed, so that the result does not depend on the threads.
constexpr int64_t group_rows = 4;

float logit(const Network& net, int64_t last, int64_t token, const float* xn) {
  double z = net.logits_bias[token];
  for (int32_t j = net.head->weight.ptr[token]; j < net.head->weight.ptr[token + 1]; ++j)
    z += static_cast<double>(net.head->weight.val[j]) * xn[net.head->weight.idx[j]];
  if (net.bigram != nullptr) z += net.bigram[last * net.vocab + token];
  return static_cast<float>(z);
}

// Logits of the candidates (2) or of the vocabulary.
void logits_of(const Network& net, const sw_prompts& prompts, int64_t row, const float* xn, float* into) {
  int64_t last = prompts.tokens[row * prompts.length + prompts.positions[row]];
  if (prompts.candidates != nullptr)
    for (int i = 0; i < 2; ++i) into[i] = logit(net, last, prompts.candidates[row * 2 + i], xn);
  else
    for (int64_t v = 0; v < net.vocab; ++v) into[v] = logit(net, last, v, xn);
}

// Cross-entropy of entry `right` of n logits, which become its derivative times scale.
double cross_entropy(float* z, int64_t n, int64_t right, double scale) {
  double most = -INFINITY, total = 0;
  for (int64_t i = 0; i < n; ++i) most = std::max(most, static_cast<double>(z[i]));
  for (int64_t i = 0; i < n; ++i) total += std::exp(z[i] - most);
  double loss = most + std::log(total) - z[right];
  for (int64_t i = 0; i < n; ++i) z[i] = static_cast<float>((std::exp(z[i] - most) / total - (i == right ? 1 : 0)) * scale);
  return loss;
}

} // namespace

void logits(const Team& team, const Network& network, const Gated& gated, const sw_prompts& prompts, float* into) {
  int64_t each = prompts.candidates != nullptr ? 2 : network.vocab;
  struct Worker {
    Sequence sequence;
    std::vector<float> xn;
  };
  parallel_tasks(
      team, prompts.rows,
      [&] {
        return std::make_unique<Worker>(Worker{Sequence(network, gated, false), std::vector<float>(network.d)});
      },
      [&](int64_t r, const auto& worker) {
        worker->sequence.forward(prompts.tokens + r * prompts.length, prompts.positions[r] + 1, worker->xn.data());
        logits_of(network, prompts, r, worker->xn.data(), into + r * each);
      });
}

double loss(
    const Team& team, const Network& network, const Gated& gated, const sw_prompts& prompts, bool whole_vocabulary, float* by_gate) {
  int64_t groups = (prompts.rows + group_rows - 1) / group_rows, nodes = network.nodes();
  const auto sums = Array<float>::zeros(groups * nodes);
  std::vector<double> losses(prompts.rows);
  auto asked = prompts;
  if (whole_vocabulary) asked.candidates = nullptr;
  struct Worker {
    Sequence sequence;
    std::vector<float> xn, dxn, z;
  };
  auto make = [&] {
    return std::make_unique<Worker>(Worker{
        Sequence(network, gated, true), std::vector<float>(network.d), std::vector<float>(network.d),
        std::vector<float>(whole_vocabulary ? network.vocab : 2)});
  };
  parallel_tasks(team, groups, make, [&](int64_t group, const auto& worker) {
    auto& [sequence, xn, dxn, z] = *worker;
    for (int64_t r = group * group_rows; r < std::min((group + 1) * group_rows, prompts.rows); ++r) {
      sequence.forward(prompts.tokens + r * prompts.length, prompts.positions[r] + 1, xn.data());
      logits_of(network, asked, r, xn.data(), z.data());
      const int64_t* pair = prompts.candidates + r * 2;
      losses[r] =
          cross_entropy(z.data(), static_cast<int64_t>(z.size()), whole_vocabulary ? pair[0] : 0, 1.0 / static_cast<double>(prompts.rows));
      std::fill(dxn.begin(), dxn.end(), 0.f);
      for (int64_t i = 0; i < static_cast<int64_t>(z.size()); ++i) {
        int64_t token = whole_vocabulary ? i : pair[i];
        for (int32_t j = network.head->weight.ptr[token]; j < network.head->weight.ptr[token + 1]; ++j)
          dxn[network.head->weight.idx[j]] += network.head->weight.val[j] * z[i];
      }
      sequence.backward(dxn.data(), sums.data() + group * nodes);
    }
  });
  parallel_for(team, nodes, 4096, [&](int64_t begin, int64_t end, int) {
    std::fill(by_gate + begin, by_gate + end, 0.f);
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t i = begin; i < end; ++i) by_gate[i] += sums[g * nodes + i];
  });
  double total = 0;
  for (double each : losses) total += each;
  return total / static_cast<double>(prompts.rows);
}

} // namespace sweeps::engine
