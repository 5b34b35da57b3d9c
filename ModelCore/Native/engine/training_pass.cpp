#include "training_pass.h"

#include <algorithm>
#include <memory>

#include "../kernels/api/table_gradient.h"
#include "../kernels/cross_entropy.h"
#include "../memory/array.h"
#include "sequence.h"
#include "training_factors.h"

namespace sweeps::engine {

namespace {

constexpr int64_t lane = kernels::block_tokens;
constexpr int64_t group = 2; // blocks that go through the head together: their logits stay in the second-level cache

// A batch and what its sequences write, each its own rows.
struct Batch {
  const int64_t *tokens, *targets;
  int64_t rows, t;
  double* losses; // (rows): sums over tokens
  // With gradients:
  Factors* factors;
  float *xn, *dlogits, *dx; // (rows · t) of d, vocab and d channels: what the head reads, by what it gives, by the embedding
};

// What one thread needs.
class Worker {
 public:
  Worker(const Network& network, const Gated& gated, const Batch& batch)
      : net_(network), batch_(batch), sequence_(network, gated, batch.factors) {}

  void run(int64_t row) {
    const auto* x = sequence_.forward_all(row, batch_.tokens + row * batch_.t, batch_.t);
    const int64_t size = net_.d * lane, blocks = sequence_.blocks();
    memory_.release({0, 0});
    float* dx = memory_.floats(blocks * size);
    std::fill_n(dx, batch_.factors == nullptr ? 0 : blocks * size, 0.f);
    batch_.losses[row] = 0;
    for (int64_t first = 0; first < blocks; first += group) {
      auto mark = memory_.mark();
      head(row, first, std::min(group, blocks - first), x + first * size, dx + first * size);
      memory_.release(mark);
    }
    if (batch_.factors == nullptr) return;
    const float* by_embedding = sequence_.backward_all(dx);
    for (int64_t b = 0; b < blocks; ++b)
      blocked_.to_rows(by_embedding + b * size, net_.d, tokens_of(b), batch_.dx + place(row, b) * net_.d, net_.d);
  }

 private:
  int64_t tokens_of(int64_t block) const { return std::min(lane, batch_.t - block * lane); }
  int64_t place(int64_t row, int64_t block) const { return row * batch_.t + block * lane; }

  // n blocks from `first` on: the final norm, logits, their loss, and back to the residual.
  void head(int64_t row, int64_t first, int64_t n, const float* x, float* dx) {
    const int64_t d = net_.d, size = d * lane, vocab = net_.vocab, ldz = vocab * lane;
    const bool backward = batch_.factors != nullptr;
    float* xn = memory_.floats(n * size);
    float* z = memory_.floats(n * ldz);
    float* ratio = memory_.floats(lane);
    std::fill_n(ratio, lane, 0.f);
    kernels::NodeForward norm{};
    norm.input = kernels::NodeInput::rms_norm;
    norm.n = n;
    norm.d = norm.k = d;
    norm.x = x;
    norm.ldx = size;
    norm.gain = net_.ln_f;
    norm.eps = net_.eps;
    norm.inverse_rms = memory_.floats(n * lane);
    norm.kept = xn;
    norm.words = backward ? memory_.words(n * kernels::kept_words_of_block(d)) : nullptr;
    norm.classes = memory_.words(kernels::class_words(d));
    norm.ratio = ratio;
    node_.forward(norm);
    blocked_.linear(net_.head->by_rows(), xn, size, net_.logits_bias, z, ldz, n);
    const auto g = static_cast<float>(1 / static_cast<double>(batch_.rows * batch_.t));
    for (int64_t b = 0; b < n; ++b) {
      const int64_t at = place(row, first + b), count = tokens_of(first + b);
      if (net_.bigram != nullptr) {
        const float* rows[lane]{};
        for (int64_t i = 0; i < count; ++i) rows[i] = net_.bigram + batch_.tokens[at + i] * vocab;
        blocked_.from_rows(rows, vocab, true, z + b * ldz);
      }
      float losses[lane];
      kernels::cross_entropy().block(z + b * ldz, batch_.targets + at, g, losses, count, vocab);
      for (int64_t i = 0; i < count; ++i) batch_.losses[row] += losses[i];
      if (!backward) continue;
      blocked_.to_rows(z + b * ldz, vocab, count, batch_.dlogits + at * vocab, vocab);
      blocked_.to_rows(xn + b * size, d, count, batch_.xn + at * d, d);
    }
    if (!backward) return;
    float* dxn = memory_.floats(n * size);
    blocked_.linear(net_.head->transposed(), z, ldz, nullptr, dxn, size, n);
    kernels::NodeBackward back{};
    back.input = norm.input;
    back.n = n;
    back.d = d;
    back.dy = dxn;
    back.lddy = size;
    back.words = norm.words;
    back.x = x;
    back.ldx = size;
    back.gain = norm.gain;
    back.inverse_rms = norm.inverse_rms;
    back.dgain = batch_.factors->ln_f(row);
    back.dx = dx;
    back.lddx = size;
    node_.backward(back);
  }

  const Network& net_;
  const Batch& batch_;
  Sequence sequence_;
  Arena memory_;
  const kernels::NodeKernels& node_ = kernels::node();
  const kernels::BlockedKernels& blocked_ = kernels::blocked();
};

// (blocks, channels, 16) to (t, channels).
void out_of_blocks(const float* blocks, int64_t channels, int64_t t, float* into) {
  for (int64_t i = 0; i < t; ++i)
    for (int64_t c = 0; c < channels; ++c) into[i * channels + c] = blocks[(i / lane * channels + c) * lane + i % lane];
}

} // namespace

double training_loss(const Team& team, const Network& net, const sw_batch& from, bool bf16, const sw_gradients* gradients) {
  const int64_t rows = from.sequences, t = from.t, n = rows * t, tail = net.d_read - net.d;
  std::vector<double> losses(rows);
  Batch batch{from.tokens, from.targets, rows, t, losses.data(), nullptr, nullptr, nullptr, nullptr};
  std::unique_ptr<Factors> factors;
  Array<float> dx;
  if (gradients != nullptr) {
    factors = std::make_unique<Factors>(net, rows, t, bf16);
    dx = Array<float>(n * net.d);
    batch.factors = factors.get();
    batch.xn = gradients->xn;
    batch.dlogits = gradients->logits;
    batch.dx = dx.data();
  }
  Gated all;
  gate(team, net, nullptr, false, all);
  parallel_tasks(
      team, rows, [&] { return std::make_unique<Worker>(net, all, batch); },
      [](int64_t row, const std::unique_ptr<Worker>& worker) { worker->run(row); });
  double total = 0;
  for (double loss : losses) total += loss;
  if (gradients == nullptr) return total / static_cast<double>(n);

  factors->add_up(team);
  std::vector<float*> matrices;
  for (int64_t l = 0; l < net.layers; ++l) {
    const auto& to = gradients->layers[l];
    matrices.insert(matrices.end(), {to.c_attn, to.attn_proj, to.c_fc, to.mlp_proj}); // by Map
    auto small = [&](Small which, int64_t size, float* into) { std::copy_n(factors->sums(0, l, which), size, into); };
    small(Small::ln_1, net.d, to.ln_1);
    small(Small::c_attn_bias, 3 * net.d, to.c_attn_bias);
    if (net.layer[l].sink != nullptr) small(Small::sink, net.heads, to.sink);
    small(Small::attn_proj_bias, net.d, to.attn_proj_bias);
    small(Small::ln_2, net.d, to.ln_2);
    small(Small::c_fc_bias, net.d_mlp, to.c_fc_bias);
    small(Small::mlp_proj_bias, net.d, to.mlp_proj_bias);
    out_of_blocks(factors->sums(0, l, Small::positions_1), tail, t, to.positions_1);
    out_of_blocks(factors->sums(0, l, Small::positions_2), tail, t, to.positions_2);
  }
  factors->weights(team, matrices);
  std::copy_n(factors->ln_f(0), net.d, gradients->ln_f);
  table_gradient(team, dx.data(), from.tokens, n, net.d, net.vocab, gradients->wte);
  if (net.bigram != nullptr) table_gradient(team, gradients->logits, from.tokens, n, net.vocab, net.vocab, gradients->bigram);
  return total / static_cast<double>(n);
}

} // namespace sweeps::engine
