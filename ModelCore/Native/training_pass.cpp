#include "training_pass.h"

#include <algorithm>
#include <memory>

#include "engine_sequence.h"
#include "fused.h"
#include "kernels/cross_entropy.h"
#include "training_factors.h"
#include "weight_gradient.h"

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
  Worker(const Network& network, const Gated& gated, const Batch& batch) : net_(network), batch_(batch), sequence_(network, gated, batch.factors) {}

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
    for (int64_t b = 0; b < blocks; ++b) blocked_.to_rows(by_embedding + b * size, net_.d, tokens_of(b), batch_.dx + place(row, b) * net_.d, net_.d);
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
at::Tensor out_of_blocks(const at::Tensor& blocks, int64_t channels, int64_t t) {
  return blocks.view({-1, channels, lane}).transpose(1, 2).reshape({-1, channels}).narrow(0, 0, t).contiguous();
}

} // namespace

double training_loss(const Network& net, const at::Tensor& tokens, const at::Tensor& targets, bool bf16, Gradients* gradients) {
  const int64_t rows = tokens.size(0), t = tokens.size(1), n = rows * t, tail = net.d_read - net.d;
  std::vector<double> losses(rows);
  Batch batch{tokens.data_ptr<int64_t>(), targets.data_ptr<int64_t>(), rows, t, losses.data(), nullptr, nullptr, nullptr, nullptr};
  std::unique_ptr<Factors> factors;
  at::Tensor xn, dlogits, dx;
  if (gradients != nullptr) {
    factors = std::make_unique<Factors>(net, rows, t, bf16);
    xn = at::empty({n, net.d}, at::kFloat);
    dlogits = at::empty({n, net.vocab}, at::kFloat);
    dx = at::empty({n, net.d}, at::kFloat);
    batch.factors = factors.get();
    batch.xn = xn.data_ptr<float>();
    batch.dlogits = dlogits.data_ptr<float>();
    batch.dx = dx.data_ptr<float>();
  }
  Gated all;
  gate(net, nullptr, false, all);
  parallel_tasks(
      rows, [&] { return std::make_unique<Worker>(net, all, batch); }, [](int64_t row, const std::unique_ptr<Worker>& worker) { worker->run(row); });
  double total = 0;
  for (double loss : losses) total += loss;
  if (gradients == nullptr) return total / static_cast<double>(n);

  factors->add_up();
  auto by_matrix = factors->weights();
  gradients->clear();
  auto small = [&](int64_t l, Small which, int64_t size) { return at::from_blob(factors->sums(0, l, which), {size}, at::kFloat).clone(); };
  for (int64_t l = 0; l < net.layers; ++l) {
    const auto& layer = net.layer[l];
    auto matrix = [&](Map map) { return by_matrix[l * maps + static_cast<int>(map)]; };
    auto positions = [&](Small which) { return tail == 0 ? at::Tensor() : out_of_blocks(small(l, which, kernels::blocks_of(t) * tail * lane), tail, t); };
    gradients->insert(
        gradients->end(), {small(l, Small::ln_1, net.d), matrix(Map::c_attn), small(l, Small::c_attn_bias, 3 * net.d),
                           layer.sink == nullptr ? at::Tensor() : small(l, Small::sink, net.heads), matrix(Map::attn_proj),
                           small(l, Small::attn_proj_bias, net.d), small(l, Small::ln_2, net.d), matrix(Map::c_fc), small(l, Small::c_fc_bias, net.d_mlp),
                           matrix(Map::mlp_proj), small(l, Small::mlp_proj_bias, net.d), positions(Small::positions_1), positions(Small::positions_2)});
  }
  auto head = at::empty({net.vocab, net.d}, at::kFloat);
  dense_weight_gradient(rows_of(dlogits, "training_loss"), rows_of(xn, "training_loss"), bf16, head);
  gradients->insert(
      gradients->end(), {table_gradient(dx, tokens, net.vocab), net.bigram == nullptr ? at::Tensor() : table_gradient(dlogits, tokens, net.vocab),
                         at::from_blob(factors->ln_f(0), {net.d}, at::kFloat).clone(), head, at::Tensor()});
  return total / static_cast<double>(n);
}

} // namespace sweeps::engine
