#include "engine_sequence.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sweeps::engine {

namespace {

using kernels::NodeInput;

constexpr int64_t d_head = 16;
constexpr int64_t lane = kernels::block_tokens; // floats from channel to channel
constexpr float score_scale = 0.25f; // 1 / √d_head

} // namespace

float* Arena::floats(int64_t n) {
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

Sequence::Sequence(const Network& network, const Gated& gated, bool backward)
    : net_(network), gated_(gated), backward_(backward), tape_(network.layers), node_(kernels::node()), blocked_(kernels::blocked()),
      attention_(kernels::attention()), attention_scratch_(at::empty({attention_.scratch_floats(network.n_ctx)}, at::kFloat)) {}

int64_t Sequence::head_floats() const { return blocks_ * lane * d_head; }

float* Sequence::activations(Arena& arena, int64_t blocks, int64_t channels) { return arena.floats(blocks * channels * lane); }

// The final token of blocks of activations, alone in a block.
float* Sequence::pick(Arena& arena, const float* x, int64_t ldx, int64_t channels) const {
  float* one = activations(arena, 1, channels);
  std::memset(one, 0, sizeof(float) * channels * lane);
  const float* from = x + (t_ - 1) / lane * ldx + (t_ - 1) % lane;
  for (int64_t c = 0; c < channels; ++c) one[c * lane] = from[c * lane];
  return one;
}

// The inverse: everything but the final token becomes 0.
void Sequence::put(const float* one, int64_t channels, float* x, int64_t ldx) const {
  for (int64_t b = 0; b < blocks_; ++b) std::memset(x + b * ldx, 0, sizeof(float) * channels * lane);
  float* to = x + (t_ - 1) / lane * ldx + (t_ - 1) % lane;
  for (int64_t c = 0; c < channels; ++c) to[c * lane] = one[c * lane];
}

// Activations as one matrix (tokens, 16) per head; of the final token alone, only its row.
float* Sequence::split(Arena& arena, const float* x, bool final_token) {
  float* heads = arena.floats(net_.heads * head_floats());
  if (final_token)
    for (int64_t c = 0; c < net_.d; ++c) heads[c / d_head * head_floats() + (t_ - 1) * d_head + c % d_head] = x[c * lane];
  else blocked_.to_heads(x, net_.d * lane, blocks_, net_.heads, heads, head_floats());
  return heads;
}

// The inverse. Rows behind the last token, and lanes beside the final one, become 0.
float* Sequence::joined(float* heads, bool final_token) {
  float* x = activations(scratch_, final_token ? 1 : blocks_, net_.d);
  if (final_token) {
    std::memset(x, 0, sizeof(float) * net_.d * lane);
    for (int64_t c = 0; c < net_.d; ++c) x[c * lane] = heads[c / d_head * head_floats() + (t_ - 1) * d_head + c % d_head];
    return x;
  }
  for (int64_t h = 0; h < net_.heads; ++h) std::memset(heads + h * head_floats() + t_ * d_head, 0, sizeof(float) * (head_floats() - t_ * d_head));
  blocked_.from_heads(heads, head_floats(), blocks_, net_.heads, x, net_.d * lane);
  return x;
}

void Sequence::forward(const int64_t* tokens, int64_t t, float* xn) {
  kept_.release({0, 0});
  scratch_.release({0, 0});
  t_ = t;
  blocks_ = kernels::blocks_of(t);
  int64_t d = net_.d;
  float* x = activations(kept_, blocks_, d);
  for (int64_t b = 0; b < blocks_; ++b) {
    const int64_t n = std::min(lane, t - b * lane);
    float* to = x + b * d * lane;
    if (n < lane) std::memset(to, 0, sizeof(float) * d * lane);
    const float* rows[lane];
    for (int64_t i = 0; i < n; ++i) rows[i] = net_.wte + tokens[b * lane + i] * d;
    for (int64_t c = 0; c < d; ++c)
      for (int64_t i = 0; i < n; ++i) to[c * lane + i] = rows[i][c];
  }
  for (int64_t l = 0; l < net_.layers; ++l) x = layer_forward(l, x);
  x_final_ = x;
  double squares = 0;
  for (int64_t c = 0; c < d; ++c) squares += static_cast<double>(x[c * lane]) * x[c * lane];
  inverse_final_ = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(d) + net_.eps));
  for (int64_t c = 0; c < d; ++c) xn[c] = x[c * lane] * inverse_final_ * net_.ln_f[c];
}

void Sequence::backward(const float* dxn, float* by_gate) {
  int64_t d = net_.d;
  scratch_.release({0, 0});
  float* dx = activations(scratch_, 1, d);
  std::memset(dx, 0, sizeof(float) * d * lane);
  double dot = 0, inverse = inverse_final_;
  for (int64_t c = 0; c < d; ++c) dot += static_cast<double>(dxn[c]) * net_.ln_f[c] * x_final_[c * lane];
  auto scale = static_cast<float>(dot * inverse * inverse * inverse / static_cast<double>(d));
  for (int64_t c = 0; c < d; ++c) dx[c * lane] = dxn[c] * net_.ln_f[c] * inverse_final_ - x_final_[c * lane] * scale;
  for (int64_t l = net_.layers - 1; l >= 0; --l) dx = layer_backward(l, dx, by_gate);
}

kernels::NodeForward Sequence::at_node(int64_t l, int site, NodeInput input, const float* x, int64_t ldx, int64_t n) {
  int64_t d = net_.width(site);
  auto& tape = tape_[l];
  // Plain nodes pass their values on as y: what stayed is for the backward pass alone, as the words are.
  const bool plain = input == NodeInput::plain;
  tape.kept[site] = !plain ? activations(scratch_, n, d) : backward_ ? activations(kept_, n, d) : nullptr;
  tape.words[site] = backward_ ? kept_.words(n * kernels::kept_words_of_block(d)) : nullptr;
  kernels::NodeForward a{};
  a.input = input;
  a.n = n;
  a.d = d;
  a.k = net_.k[site];
  a.x = x;
  a.ldx = ldx;
  a.kept = tape.kept[site];
  a.words = tape.words[site];
  a.classes = scratch_.words(kernels::class_words(d));
  return a;
}

// A residual read: its ablated channels have left the matrix that reads it.
const float* Sequence::read(int64_t l, int site, const float* x, int64_t n) {
  const auto& layer = net_.layer[l];
  bool attn = site == attn_act_in;
  float*& inverse = attn ? tape_[l].inverse_1 : tape_[l].inverse_2;
  inverse = kept_.floats(n * lane);
  auto a = at_node(l, site, NodeInput::rms_norm, x, net_.d * lane, n);
  a.gain = attn ? layer.ln_1 : layer.ln_2;
  a.eps = net_.eps;
  a.inverse_rms = inverse;
  a.tail_width = net_.d_read - net_.d;
  if (a.tail_width > 0) {
    a.tail = (attn ? layer.positions_1 : layer.positions_2).data();
    if (!attn) a.tail = tape_[l].tail_2 = is_last(l) ? pick(kept_, a.tail, a.tail_width * lane, a.tail_width) : a.tail;
  }
  node_.forward(a);
  return a.kept;
}

// A node whose values go on with ablated channels at their means: y = [add +] gated value.
void Sequence::pass(int64_t l, int site, const float* x, int64_t ldx, int64_t n, const float* add, float* y) {
  auto a = at_node(l, site, NodeInput::plain, x, ldx, n);
  a.gate = gates(l, site);
  a.offset = offsets(l, site);
  a.add = add;
  a.ldadd = net_.d * lane;
  a.y = y;
  a.ldy = net_.d * lane;
  node_.forward(a);
}

// The same value (d) for every token.
void Sequence::fill(const float* value, int64_t n, float* y) const {
  for (int64_t b = 0; b < n; ++b)
    for (int64_t c = 0; c < net_.d; ++c) std::fill_n(y + (b * net_.d + c) * lane, lane, value[c]);
}

// As pass, where every channel is ablated.
void Sequence::pass_means(int64_t l, int site, int64_t n, const float* add, float* y) {
  fill(offsets(l, site), n, y);
  if (add == nullptr) return;
  for (int64_t i = 0; i < n * net_.d * lane; ++i) y[i] += add[i];
}

// The residual behind the layer: of all tokens, or behind the last layer of the final one.
float* Sequence::layer_forward(int64_t l, const float* x) {
  int64_t n = written(l);
  tape_[l].x = x;
  float* x1 = activations(kept_, n, net_.d);
  float* x2 = activations(kept_, n, net_.d);
  tape_[l].x1 = x1;
  auto mark = kept_.mark();
  const float* residual = is_last(l) ? pick(scratch_, x, net_.d * lane, net_.d) : x;
  if (wanted(l, attn_resid_delta)) attention_forward(l, x, residual, x1);
  else pass_means(l, attn_resid_delta, n, residual, x1);
  scratch_.release({0, 0});
  if (!backward_) kept_.release(mark);
  if (wanted(l, mlp_resid_delta)) mlp_forward(l, x1, x2);
  else pass_means(l, mlp_resid_delta, n, x1, x2);
  scratch_.release({0, 0});
  if (!backward_) kept_.release(mark);
  return x2;
}

// q, k or v as one matrix per head, from n blocks before their node.
float* Sequence::query_key_value(int64_t l, int site, const float* raw, int64_t ldraw, int64_t n) {
  float* y = activations(scratch_, n, net_.d);
  if (wanted(l, site)) pass(l, site, raw, ldraw, n, nullptr, y);
  else pass_means(l, site, n, nullptr, y);
  return split(kept_, y, is_last(l) && site == attn_q);
}

void Sequence::attention_forward(int64_t l, const float* x, const float* residual, float* x1) {
  const auto& layer = net_.layer[l];
  auto& tape = tape_[l];
  int64_t d = net_.d, first = is_last(l) ? t_ - 1 : 0;
  const SparseMatrix& c_attn = is_gated() ? gated(l).c_attn : layer.c_attn->weight;
  const float* bias = is_gated() ? gated(l).c_attn_bias.data() : layer.c_attn_bias;
  float* raw = activations(scratch_, blocks_, 3 * d);
  int64_t ldraw = 3 * d * lane;
  const float *q = raw, *a = nullptr;
  int64_t ldq = ldraw;
  if (wanted(l, attn_q) || wanted(l, attn_k) || wanted(l, attn_v)) a = read(l, attn_act_in, x, blocks_);
  auto multiply = [&](int64_t which, int64_t count) {
    blocked_.linear(c_attn.rows_from(which * d, count * d), a, net_.d_read * lane, bias + which * d, raw + which * d * lane, ldraw, blocks_);
  };
  if (is_last(l) && wanted(l, attn_q)) {
    float* one = activations(scratch_, 1, d);
    blocked_.linear(c_attn.rows_from(0, d), pick(scratch_, a, net_.d_read * lane, net_.d_read), net_.d_read * lane, bias, one, d * lane, 1);
    q = one;
    ldq = d * lane;
  } else if (wanted(l, attn_q)) {
    multiply(0, 1);
  }
  if (wanted(l, attn_k)) multiply(1, 1);
  if (wanted(l, attn_v)) multiply(2, 1);
  tape.q = query_key_value(l, attn_q, q, ldq, written(l));
  tape.k = query_key_value(l, attn_k, raw + d * lane, ldraw, blocks_);
  tape.v = query_key_value(l, attn_v, raw + 2 * d * lane, ldraw, blocks_);
  tape.o = kept_.floats(net_.heads * head_floats());
  tape.lse = kept_.floats(net_.heads * blocks_ * lane);

  for (int64_t h = 0; h < net_.heads; ++h) {
    int64_t at = h * head_floats();
    attention_.forward(
        tape.q + at, tape.k + at, tape.v + at, layer.sink == nullptr ? nullptr : layer.sink + h, tape.o + at, tape.lse + h * blocks_ * lane, t_, first, d_head,
        d_head, score_scale, attention_scratch_.data_ptr<float>());
  }
  float* o = joined(tape.o, is_last(l));
  float* delta = activations(scratch_, written(l), d);
  blocked_.linear(layer.attn_proj->weight.view(), o, d * lane, layer.attn_proj_bias, delta, d * lane, written(l));
  pass(l, attn_resid_delta, delta, d * lane, written(l), residual, x1);
}

void Sequence::mlp_forward(int64_t l, const float* x1, float* x2) {
  const auto& layer = net_.layer[l];
  int64_t d = net_.d, d_mlp = net_.d_mlp, n = written(l);
  float* delta = activations(scratch_, n, d);
  const float* bias = is_gated() ? gated(l).mlp_proj_bias.data() : layer.mlp_proj_bias;
  if (wanted(l, mlp_post_act)) {
    const float* a = read(l, mlp_act_in, x1, n);
    float* h = tape_[l].h = activations(kept_, n, d_mlp);
    blocked_.linear(
        (is_gated() ? gated(l).c_fc : layer.c_fc->weight).view(), a, net_.d_read * lane, is_gated() ? gated(l).c_fc_bias.data() : layer.c_fc_bias, h, d_mlp * lane, n);
    auto post = at_node(l, mlp_post_act, NodeInput::gelu, h, d_mlp * lane, n);
    node_.forward(post);
    blocked_.linear((is_gated() ? gated(l).mlp_proj : layer.mlp_proj->weight).view(), post.kept, d_mlp * lane, bias, delta, d * lane, n);
  } else {
    // All neurons ablated: what they write is in the bias.
    fill(bias, n, delta);
  }
  pass(l, mlp_resid_delta, delta, d * lane, n, x1, x2);
}

kernels::NodeBackward Sequence::from_node(
    int64_t l, int site, NodeInput input, const float* dy, int64_t n, float* dx, int64_t lddx, float* by_gate) const {
  kernels::NodeBackward a{};
  a.input = input;
  a.n = n;
  a.d = net_.width(site);
  a.dy = dy;
  a.lddy = a.d * lane;
  a.kept = tape_[l].kept[site];
  a.words = tape_[l].words[site];
  a.gate = gates(l, site);
  a.mean = net_.means.data() + net_.at(l, site);
  a.dgate = by_gate + net_.at(l, site);
  a.dx = dx;
  a.lddx = lddx;
  return a;
}

// dx: by the residual behind the layer, as many blocks as it writes. Returns that by the residual before it, of all blocks; no more is needed below layer 0.
float* Sequence::layer_backward(int64_t l, float* dx, float* by_gate) {
  float* all = is_last(l) ? activations(scratch_, blocks_, net_.d) : dx;
  auto mark = scratch_.mark();
  mlp_backward(l, dx, by_gate);
  const float* dread = attention_backward(l, dx, by_gate);
  if (is_last(l)) put(dx, net_.d, all, net_.d * lane);
  auto a = from_node(l, attn_act_in, NodeInput::rms_norm, dread, blocks_, l == 0 ? nullptr : all, net_.d * lane, by_gate);
  a.x = tape_[l].x;
  a.ldx = net_.d * lane;
  a.gain = net_.layer[l].ln_1;
  a.inverse_rms = tape_[l].inverse_1;
  a.tail = net_.layer[l].positions_1.data();
  a.tail_width = net_.d_read - net_.d;
  node_.backward(a);
  scratch_.release(mark);
  return all;
}

void Sequence::mlp_backward(int64_t l, float* dx, float* by_gate) {
  const auto& layer = net_.layer[l];
  const auto& tape = tape_[l];
  int64_t d = net_.d, d_mlp = net_.d_mlp, d_read = net_.d_read, n = written(l);
  float* ddelta = activations(scratch_, n, d);
  float* dpost = activations(scratch_, n, d_mlp);
  float* dh = activations(scratch_, n, d_mlp);
  float* dread = activations(scratch_, n, d_read);
  node_.backward(from_node(l, mlp_resid_delta, NodeInput::plain, dx, n, ddelta, d * lane, by_gate));
  blocked_.linear((is_gated() ? gated(l).mlp_proj_t : layer.mlp_proj->transpose).view(), ddelta, d * lane, nullptr, dpost, d_mlp * lane, n);
  auto post = from_node(l, mlp_post_act, NodeInput::gelu, dpost, n, dh, d_mlp * lane, by_gate);
  post.x = tape.h;
  post.ldx = d_mlp * lane;
  node_.backward(post);
  blocked_.linear((is_gated() ? gated(l).c_fc_t : layer.c_fc->transpose).view(), dh, d_mlp * lane, nullptr, dread, d_read * lane, n);
  auto a = from_node(l, mlp_act_in, NodeInput::rms_norm, dread, n, dx, d * lane, by_gate);
  a.x = tape.x1;
  a.ldx = d * lane;
  a.gain = layer.ln_2;
  a.inverse_rms = tape.inverse_2;
  a.tail = tape.tail_2;
  a.tail_width = d_read - d;
  node_.backward(a);
}

// dx: by the residual behind attention. Returns the derivative by what attention reads, before its node.
float* Sequence::attention_backward(int64_t l, const float* dx, float* by_gate) {
  const auto& layer = net_.layer[l];
  const auto& tape = tape_[l];
  int64_t d = net_.d, n = written(l), first = is_last(l) ? t_ - 1 : 0;
  float* ddelta = activations(scratch_, n, d);
  float* dy = activations(scratch_, n, d);
  node_.backward(from_node(l, attn_resid_delta, NodeInput::plain, dx, n, ddelta, d * lane, by_gate));
  blocked_.linear((is_gated() ? gated(l).attn_proj_t : layer.attn_proj->transpose).view(), ddelta, d * lane, nullptr, dy, d * lane, n);

  float* dout = split(scratch_, dy, is_last(l));
  float* dq = scratch_.floats(net_.heads * head_floats());
  float* dk = scratch_.floats(net_.heads * head_floats());
  float* dv = scratch_.floats(net_.heads * head_floats());
  for (int64_t h = 0; h < net_.heads; ++h) {
    int64_t at = h * head_floats();
    float by_sink; // frozen
    attention_.backward(
        tape.q + at, tape.k + at, tape.v + at, layer.sink == nullptr ? nullptr : layer.sink + h, tape.o + at, tape.lse + h * blocks_ * lane, dout + at, dq + at,
        dk + at, dv + at, &by_sink, t_, first, d_head, d_head, score_scale, attention_scratch_.data_ptr<float>());
  }

  // By q, k and v before their nodes, side by side as the rows of c_attn.
  float* draw = activations(scratch_, blocks_, 3 * d);
  int64_t lddraw = 3 * d * lane;
  float* dquery = joined(dq, is_last(l));
  if (is_last(l)) {
    float* one = activations(scratch_, 1, d);
    node_.backward(from_node(l, attn_q, NodeInput::plain, dquery, 1, one, d * lane, by_gate));
    put(one, d, draw, lddraw);
  } else {
    node_.backward(from_node(l, attn_q, NodeInput::plain, dquery, n, draw, lddraw, by_gate));
  }
  node_.backward(from_node(l, attn_k, NodeInput::plain, joined(dk, false), blocks_, draw + d * lane, lddraw, by_gate));
  node_.backward(from_node(l, attn_v, NodeInput::plain, joined(dv, false), blocks_, draw + 2 * d * lane, lddraw, by_gate));
  float* dread = activations(scratch_, blocks_, net_.d_read);
  blocked_.linear((is_gated() ? gated(l).c_attn_t : layer.c_attn->transpose).view(), draw, lddraw, nullptr, dread, net_.d_read * lane, blocks_);
  return dread;
}

} // namespace sweeps::engine
