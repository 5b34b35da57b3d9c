// One sequence forward and backward; batches in parallel over sequences.
#include "engine.h"
#include "parallel.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/attention.h"
#include "kernels/node.h"
#include "kernels/sparse_linear.h"

namespace sweeps::engine {

namespace {

using kernels::NodeInput;

// Sequences whose gradients are added up before the sums of the groups are: fixed, so that the result does not depend on the threads.
constexpr int64_t group_rows = 4;
constexpr int64_t d_head = 16;

// Memory that one thread hands out from sequence to sequence; from libtorch's allocator, so that it counts against the job's budget.
class Arena {
 public:
  float* floats(int64_t n) {
    n = (n + 15) / 16 * 16;
    while (block_ < blocks_.size() && used_ + n > blocks_[block_].numel()) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.push_back(at::empty({std::max<int64_t>(n, 1 << 18)}, at::kFloat));
    float* p = blocks_[block_].data_ptr<float>() + used_;
    used_ += n;
    return p;
  }

  uint16_t* words(int64_t n) { return reinterpret_cast<uint16_t*>(floats((n + 1) / 2)); }

  struct Mark {
    size_t block;
    int64_t used;
  };
  Mark mark() const { return {block_, used_}; }
  void release(Mark m) {
    block_ = m.block;
    used_ = m.used;
  }

 private:
  std::vector<at::Tensor> blocks_;
  size_t block_ = 0;
  int64_t used_ = 0;
};

// What the backward pass needs of a layer. Rows of q, o and lse count from the first token, those of the sites after attention from `first`.
struct Tape {
  const float *x, *x1;
  float* kept[sites];
  uint16_t* words[sites];
  float *inverse_1, *inverse_2, *q, *k, *v, *o, *lse, *h;
};

class Sequence {
 public:
  Sequence(const Network& network, const Gated& gated, bool backward)
      : net_(network), gated_(gated), backward_(backward), tape_(network.layers), node_(kernels::node()), linear_(kernels::sparse_linear()),
        attention_(kernels::attention()) {
    int64_t most = 0;
    for (auto& l : network.layer)
      for (auto* m : {&l.c_attn, &l.attn_proj, &l.c_fc, &l.mlp_proj, &l.c_attn_t, &l.attn_proj_t, &l.c_fc_t, &l.mlp_proj_t})
        most = std::max(most, linear_.scratch_floats(m->view()));
    linear_scratch_ = at::empty({most}, at::kFloat);
    attention_scratch_ = at::empty({attention_.scratch_floats(network.n_ctx)}, at::kFloat);
  }

  // The normalised last residual goes to xn (d).
  void forward(const int64_t* tokens, int64_t t, float* xn) {
    arena_.release({0, 0});
    t_ = t;
    int64_t d = net_.d;
    float* x = arena_.floats(t * d);
    for (int64_t i = 0; i < t; ++i) std::memcpy(x + i * d, net_.wte + tokens[i] * d, sizeof(float) * d);
    for (int64_t l = 0; l < net_.layers; ++l) x = layer_forward(l, x);
    // The last layer gives the last token's row alone.
    x_final_ = x;
    double squares = 0;
    for (int64_t i = 0; i < d; ++i) squares += static_cast<double>(x[i]) * x[i];
    inverse_final_ = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(d) + net_.eps));
    for (int64_t i = 0; i < d; ++i) xn[i] = x[i] * inverse_final_ * net_.ln_f[i];
  }

  // From the derivative by xn; adds to by_gate (nodes).
  void backward(const float* dxn, float* by_gate) {
    int64_t d = net_.d;
    float* dx = arena_.floats(t_ * d);
    std::memset(dx, 0, sizeof(float) * (t_ - 1) * d);
    double dot = 0;
    for (int64_t i = 0; i < d; ++i) dot += static_cast<double>(dxn[i]) * net_.ln_f[i] * x_final_[i];
    double inverse = inverse_final_;
    auto scale = static_cast<float>(dot * inverse * inverse * inverse / static_cast<double>(d));
    for (int64_t i = 0; i < d; ++i) dx[(t_ - 1) * d + i] = dxn[i] * net_.ln_f[i] * inverse_final_ - x_final_[i] * scale;
    for (int64_t l = net_.layers - 1; l >= 0; --l) layer_backward(l, dx, by_gate);
  }

 private:
  const Gated::Layer& gated(int64_t l) const { return gated_.layer[l]; }
  bool is_gated() const { return gated_.gates != nullptr; }
  // Whether values of the location are wanted at all.
  bool wanted(int64_t l, int site) const { return backward_ || gated(l).any[site]; }
  const float* gates(int64_t l, int site) const { return is_gated() ? gated_.gates + net_.at(l, site) : nullptr; }
  const float* offsets(int64_t l, int site) const { return is_gated() ? gated_.offsets.data() + net_.at(l, site) : nullptr; }
  int64_t first(int64_t l) const { return l == net_.layers - 1 ? t_ - 1 : 0; }

  void multiply(const kernels::Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy, int64_t n) {
    linear_.forward(weight, x, ldx, bias, y, ldy, n, linear_scratch_.data_ptr<float>());
  }

  kernels::NodeForward at_node(int64_t l, int site, NodeInput input, const float* x, int64_t ldx, int64_t n) {
    int64_t d = net_.width(site);
    auto& tape = tape_[l];
    tape.kept[site] = arena_.floats(n * d);
    tape.words[site] = arena_.words(n * kernels::kept_words(d));
    kernels::NodeForward a{};
    a.input = input;
    a.n = n;
    a.d = d;
    a.k = net_.k[site];
    a.x = x;
    a.ldx = ldx;
    a.kept = tape.kept[site];
    a.words = tape.words[site];
    return a;
  }

  // A residual read: its ablated channels have left the matrix that reads it.
  const float* read(int64_t l, int site, const float* x, int64_t n, int64_t position) {
    const auto& layer = net_.layer[l];
    bool attn = site == attn_act_in;
    float*& inverse = attn ? tape_[l].inverse_1 : tape_[l].inverse_2;
    inverse = arena_.floats(n);
    auto a = at_node(l, site, NodeInput::rms_norm, x, net_.d, n);
    a.gain = attn ? layer.ln_1 : layer.ln_2;
    a.eps = net_.eps;
    a.inverse_rms = inverse;
    a.tail_width = net_.d_read - net_.d;
    if (a.tail_width > 0) a.tail = (attn ? layer.positions_1 : layer.positions_2).data() + position * a.tail_width;
    node_.forward(a);
    return a.kept;
  }

  // A node whose values go on with ablated channels at their means: y = [add +] gated value.
  void pass(int64_t l, int site, const float* x, int64_t ldx, int64_t n, const float* add, float* y) {
    auto a = at_node(l, site, NodeInput::plain, x, ldx, n);
    a.gate = gates(l, site);
    a.offset = offsets(l, site);
    a.add = add;
    a.ldadd = net_.d;
    a.y = y;
    a.ldy = net_.d;
    node_.forward(a);
  }

  // As pass, where every channel is ablated.
  void pass_means(int64_t l, int site, int64_t n, const float* add, float* y) {
    const float* mean = offsets(l, site);
    for (int64_t r = 0; r < n; ++r)
      for (int64_t i = 0; i < net_.d; ++i) y[r * net_.d + i] = add == nullptr ? mean[i] : add[r * net_.d + i] + mean[i];
  }

  // (t, d) → the residual after the layer, rows first … t − 1.
  float* layer_forward(int64_t l, const float* x) {
    int64_t d = net_.d, from = first(l), n = t_ - from;
    tape_[l].x = x;
    float* x1 = arena_.floats(n * d);
    float* x2 = arena_.floats(n * d);
    tape_[l].x1 = x1;
    auto mark = arena_.mark();
    if (wanted(l, attn_resid_delta)) attention_forward(l, x, x1);
    else pass_means(l, attn_resid_delta, n, x + from * d, x1);
    if (!backward_) arena_.release(mark);
    if (wanted(l, mlp_resid_delta)) mlp_forward(l, x1, x2);
    else pass_means(l, mlp_resid_delta, n, x1, x2);
    if (!backward_) arena_.release(mark);
    return x2;
  }

  void attention_forward(int64_t l, const float* x, float* x1) {
    const auto& layer = net_.layer[l];
    auto& tape = tape_[l];
    int64_t d = net_.d, from = first(l), n = t_ - from;
    const Matrix& c_attn = is_gated() ? gated(l).c_attn : layer.c_attn;
    const float* bias = is_gated() ? gated(l).c_attn_bias.data() : layer.c_attn_bias;
    tape.q = arena_.floats(t_ * d);
    tape.k = arena_.floats(t_ * d);
    tape.v = arena_.floats(t_ * d);
    tape.o = arena_.floats(t_ * d);
    tape.lse = arena_.floats(net_.heads * t_);
    float* raw = arena_.floats(t_ * 3 * d);

    bool need_q = wanted(l, attn_q), need_k = wanted(l, attn_k), need_v = wanted(l, attn_v);
    if (need_q || need_k || need_v) {
      const float* a = read(l, attn_act_in, x, t_, 0);
      auto block = [&](int64_t which, int64_t count, int64_t row) {
        multiply(c_attn.rows_from(which * d, count * d), a + row * net_.d_read, net_.d_read, bias + which * d, raw + row * 3 * d + which * d, 3 * d, t_ - row);
      };
      if (from == 0 && need_q && need_k && need_v) {
        block(0, 3, 0);
      } else {
        if (need_q) block(0, 1, from);
        if (need_k) block(1, 1, 0);
        if (need_v) block(2, 1, 0);
      }
    }
    if (need_q) pass(l, attn_q, raw + from * 3 * d, 3 * d, n, nullptr, tape.q + from * d);
    else pass_means(l, attn_q, n, nullptr, tape.q + from * d);
    if (need_k) pass(l, attn_k, raw + d, 3 * d, t_, nullptr, tape.k);
    else pass_means(l, attn_k, t_, nullptr, tape.k);
    if (need_v) pass(l, attn_v, raw + 2 * d, 3 * d, t_, nullptr, tape.v);
    else pass_means(l, attn_v, t_, nullptr, tape.v);

    for (int64_t h = 0; h < net_.heads; ++h) {
      int64_t at = h * d_head;
      attention_.forward(
          tape.q + at, tape.k + at, tape.v + at, layer.sink == nullptr ? nullptr : layer.sink + h, tape.o + at, tape.lse + h * t_, t_, from, d, d, score_scale(),
          attention_scratch_.data_ptr<float>());
    }
    multiply(layer.attn_proj.view(), tape.o + from * d, d, layer.attn_proj_bias, raw, d, n);
    pass(l, attn_resid_delta, raw, d, n, x + from * d, x1);
  }

  void mlp_forward(int64_t l, const float* x1, float* x2) {
    const auto& layer = net_.layer[l];
    int64_t d = net_.d, from = first(l), n = t_ - from;
    float* raw = arena_.floats(n * d);
    const float* bias = is_gated() ? gated(l).mlp_proj_bias.data() : layer.mlp_proj_bias;
    if (wanted(l, mlp_post_act)) {
      const float* a = read(l, mlp_act_in, x1, n, from);
      float* h = tape_[l].h = arena_.floats(n * net_.d_mlp);
      multiply(
          (is_gated() ? gated(l).c_fc : layer.c_fc).view(), a, net_.d_read, is_gated() ? gated(l).c_fc_bias.data() : layer.c_fc_bias, h, net_.d_mlp, n);
      auto post = at_node(l, mlp_post_act, NodeInput::gelu, h, net_.d_mlp, n);
      node_.forward(post);
      multiply((is_gated() ? gated(l).mlp_proj : layer.mlp_proj).view(), post.kept, net_.d_mlp, bias, raw, d, n);
    } else {
      // All neurons ablated: what they write is in the bias.
      for (int64_t r = 0; r < n; ++r) std::memcpy(raw + r * d, bias, sizeof(float) * d);
    }
    pass(l, mlp_resid_delta, raw, d, n, x1, x2);
  }

  kernels::NodeBackward from_node(int64_t l, int site, NodeInput input, const float* dy, int64_t lddy, int64_t n, float* dx, int64_t lddx, float* by_gate) {
    kernels::NodeBackward a{};
    a.input = input;
    a.n = n;
    a.d = net_.width(site);
    a.dy = dy;
    a.lddy = lddy;
    a.kept = tape_[l].kept[site];
    a.words = tape_[l].words[site];
    a.gate = gates(l, site);
    a.mean = net_.means.data() + net_.at(l, site);
    a.dgate = by_gate + net_.at(l, site);
    a.dx = dx;
    a.lddx = lddx;
    return a;
  }

  // dx: (t, d), by the residual after the layer; becomes that by the residual before it.
  void layer_backward(int64_t l, float* dx, float* by_gate) {
    const auto& layer = net_.layer[l];
    const auto& tape = tape_[l];
    int64_t d = net_.d, from = first(l), n = t_ - from;
    auto mark = arena_.mark();
    float* g1 = arena_.floats(n * std::max(d, net_.d_mlp));
    float* g2 = arena_.floats(t_ * std::max(net_.d_read, net_.d_mlp));
    float* here = dx + from * d;

    // MLP
    node_.backward(from_node(l, mlp_resid_delta, NodeInput::plain, here, d, n, g1, d, by_gate));
    multiply((is_gated() ? gated(l).mlp_proj_t : layer.mlp_proj_t).view(), g1, d, nullptr, g2, net_.d_mlp, n);
    auto post = from_node(l, mlp_post_act, NodeInput::gelu, g2, net_.d_mlp, n, g1, net_.d_mlp, by_gate);
    post.x = tape.h;
    post.ldx = net_.d_mlp;
    node_.backward(post);
    multiply((is_gated() ? gated(l).c_fc_t : layer.c_fc_t).view(), g1, net_.d_mlp, nullptr, g2, net_.d_read, n);
    auto mlp_read = from_node(l, mlp_act_in, NodeInput::rms_norm, g2, net_.d_read, n, here, d, by_gate);
    mlp_read.x = tape.x1;
    mlp_read.ldx = d;
    mlp_read.gain = layer.ln_2;
    mlp_read.inverse_rms = tape.inverse_2;
    mlp_read.tail_width = net_.d_read - d;
    node_.backward(mlp_read);

    // Attention
    node_.backward(from_node(l, attn_resid_delta, NodeInput::plain, here, d, n, g1, d, by_gate));
    float* dout = arena_.floats(t_ * d);
    multiply((is_gated() ? gated(l).attn_proj_t : layer.attn_proj_t).view(), g1, d, nullptr, dout + from * d, d, n);
    float* dq = arena_.floats(t_ * d);
    float* dk = arena_.floats(t_ * d);
    float* dv = arena_.floats(t_ * d);
    for (int64_t h = 0; h < net_.heads; ++h) {
      int64_t at = h * d_head;
      float by_sink; // frozen
      attention_.backward(
          tape.q + at, tape.k + at, tape.v + at, layer.sink == nullptr ? nullptr : layer.sink + h, tape.o + at, tape.lse + h * t_, dout + at, dq + at, dk + at,
          dv + at, &by_sink, t_, from, d, d, score_scale(), attention_scratch_.data_ptr<float>());
    }
    float* g3 = arena_.floats(t_ * 3 * d);
    for (int64_t r = 0; r < from; ++r) std::memset(g3 + r * 3 * d, 0, sizeof(float) * d);
    node_.backward(from_node(l, attn_q, NodeInput::plain, dq + from * d, d, n, g3 + from * 3 * d, 3 * d, by_gate));
    node_.backward(from_node(l, attn_k, NodeInput::plain, dk, d, t_, g3 + d, 3 * d, by_gate));
    node_.backward(from_node(l, attn_v, NodeInput::plain, dv, d, t_, g3 + 2 * d, 3 * d, by_gate));
    multiply((is_gated() ? gated(l).c_attn_t : layer.c_attn_t).view(), g3, 3 * d, nullptr, g2, net_.d_read, t_);
    // Below layer 0 there is only the frozen embedding.
    auto attn_read = from_node(l, attn_act_in, NodeInput::rms_norm, g2, net_.d_read, t_, l == 0 ? nullptr : dx, d, by_gate);
    attn_read.x = tape.x;
    attn_read.ldx = d;
    attn_read.gain = layer.ln_1;
    attn_read.inverse_rms = tape.inverse_1;
    attn_read.tail_width = net_.d_read - d;
    node_.backward(attn_read);
    arena_.release(mark);
  }

  static float score_scale() { return 1.f / std::sqrt(static_cast<float>(d_head)); }

  const Network& net_;
  const Gated& gated_;
  const bool backward_;
  std::vector<Tape> tape_;
  const kernels::NodeKernels& node_;
  const kernels::SparseLinearKernels& linear_;
  const kernels::AttentionKernels& attention_;
  at::Tensor linear_scratch_, attention_scratch_;
  Arena arena_;
  int64_t t_ = 0;
  const float* x_final_ = nullptr;
  float inverse_final_ = 0;
};

float logit(const Network& net, int64_t last, int64_t token, const float* xn) {
  double z = net.logits_bias[token];
  for (int32_t j = net.head.ptr[token]; j < net.head.ptr[token + 1]; ++j) z += static_cast<double>(net.head.val[j]) * xn[net.head.idx[j]];
  if (net.bigram != nullptr) z += net.bigram[last * net.vocab + token];
  return static_cast<float>(z);
}

// Logits of the candidates (2) or of the vocabulary.
void logits_of(const Network& net, const Prompts& prompts, int64_t row, const float* xn, float* into) {
  int64_t last = prompts.tokens[row * prompts.stride + prompts.position[row]];
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

void logits(const Network& network, const Gated& gated, const Prompts& prompts, float* into) {
  int64_t each = prompts.candidates != nullptr ? 2 : network.vocab;
  parallel_for(0, prompts.rows, 1, [&](int64_t begin, int64_t end) {
    Sequence sequence(network, gated, false);
    std::vector<float> xn(network.d);
    for (int64_t r = begin; r < end; ++r) {
      sequence.forward(prompts.tokens + r * prompts.stride, prompts.position[r] + 1, xn.data());
      logits_of(network, prompts, r, xn.data(), into + r * each);
    }
  });
}

double loss(const Network& network, const Gated& gated, const Prompts& prompts, bool whole_vocabulary, float* by_gate) {
  int64_t groups = (prompts.rows + group_rows - 1) / group_rows, nodes = network.nodes();
  auto partial = at::zeros({groups, nodes}, at::kFloat);
  auto* sums = partial.data_ptr<float>();
  std::vector<double> losses(prompts.rows);
  Prompts asked = prompts;
  if (whole_vocabulary) asked.candidates = nullptr;
  parallel_for(0, groups, 1, [&](int64_t begin, int64_t end) {
    Sequence sequence(network, gated, true);
    std::vector<float> xn(network.d), dxn(network.d), z(whole_vocabulary ? network.vocab : 2);
    for (int64_t r = begin * group_rows; r < std::min(end * group_rows, prompts.rows); ++r) {
      sequence.forward(prompts.tokens + r * prompts.stride, prompts.position[r] + 1, xn.data());
      logits_of(network, asked, r, xn.data(), z.data());
      const int64_t* pair = prompts.candidates + r * 2;
      losses[r] = cross_entropy(z.data(), static_cast<int64_t>(z.size()), whole_vocabulary ? pair[0] : 0, 1.0 / static_cast<double>(prompts.rows));
      std::fill(dxn.begin(), dxn.end(), 0.f);
      for (int64_t i = 0; i < static_cast<int64_t>(z.size()); ++i) {
        int64_t token = whole_vocabulary ? i : pair[i];
        for (int32_t j = network.head.ptr[token]; j < network.head.ptr[token + 1]; ++j) dxn[network.head.idx[j]] += network.head.val[j] * z[i];
      }
      sequence.backward(dxn.data(), sums + r / group_rows * nodes);
    }
  });
  parallel_for(0, nodes, 4096, [&](int64_t begin, int64_t end) {
    std::fill(by_gate + begin, by_gate + end, 0.f);
    for (int64_t g = 0; g < groups; ++g)
      for (int64_t i = begin; i < end; ++i) by_gate[i] += sums[g * nodes + i];
  });
  double total = 0;
  for (double each : losses) total += each;
  return total / static_cast<double>(prompts.rows);
}

} // namespace sweeps::engine
