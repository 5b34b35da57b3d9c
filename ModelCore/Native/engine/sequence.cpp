#include "sequence.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sweeps::engine {

namespace {

using kernels::NodeInput;

constexpr int64_t d_head = 16;
constexpr int64_t lane = kernels::block_tokens; // floats from channel to channel
constexpr int64_t group =
    2; // blocks that go together through what lies between two attentions, so that their activations stay in the second-level cache
constexpr int64_t group_back = kernels::WeightGradientKernels::tokens / lane; // the same in the backward pass: chunks of gradients
constexpr float score_scale = 0.25f;                                          // 1 / √d_head

} // namespace

float* Arena::floats(int64_t n) {
  n = (n + 15) / 16 * 16;
  while (block_ < blocks_.size() && used_ + n > blocks_[block_].size()) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) blocks_.emplace_back(std::max<int64_t>(n, 1 << 18));
  float* p = blocks_[block_].data() + used_;
  used_ += n;
  return p;
}

Sequence::Sequence(const Network& network, const Gated& gated, bool backward) : Sequence(network, gated, backward, false, nullptr) {}

Sequence::Sequence(const Network& network, const Gated& ungated, Factors* factors)
    : Sequence(network, ungated, factors != nullptr, true, factors) {}

Sequence::Sequence(const Network& network, const Gated& gated, bool backward, bool training, Factors* factors)
    : net_(network),
      gated_(gated),
      backward_(backward),
      training_(training),
      factors_(factors),
      tape_(network.layers),
      node_(kernels::node()),
      blocked_(kernels::blocked()),
      attention_(kernels::attention()),
      attention_scratch_(attention_.scratch_floats(network.n_ctx)),
      ratios_(Array<float>::zeros(network.layers * sites * lane)) {}

int64_t Sequence::head_floats() const { return blocks_ * lane * d_head; }

float* Sequence::activations(Arena& arena, int64_t blocks, int64_t channels) { return arena.floats(blocks * channels * lane); }

// The final token, alone in a block; from the block that it is in.
float* Sequence::pick(Arena& arena, const float* block, int64_t channels) const {
  float* one = activations(arena, 1, channels);
  std::memset(one, 0, sizeof(float) * channels * lane);
  const float* from = block + (t_ - 1) % lane;
  for (int64_t c = 0; c < channels; ++c) one[c * lane] = from[c * lane];
  return one;
}

// The inverse, for blocks first to first + n: everything but the final token becomes 0.
void Sequence::put(const float* one, int64_t channels, int64_t first, int64_t n, float* x, int64_t ldx) const {
  for (int64_t b = 0; b < n; ++b) std::memset(x + b * ldx, 0, sizeof(float) * channels * lane);
  const int64_t block = (t_ - 1) / lane - first;
  if (block < 0 || block >= n) return;
  float* to = x + block * ldx + (t_ - 1) % lane;
  for (int64_t c = 0; c < channels; ++c) to[c * lane] = one[c * lane];
}

// Blocks of activations as their rows of one matrix (tokens, 16) per head.
void Sequence::split(const float* x, int64_t first, int64_t n, float* heads) const {
  blocked_.to_heads(x, net_.d * lane, n, net_.heads, heads + first * lane * d_head, head_floats());
}

// The same of the final token alone in a block.
void Sequence::split_final(const float* one, float* heads) const {
  for (int64_t c = 0; c < net_.d; ++c) heads[c / d_head * head_floats() + (t_ - 1) * d_head + c % d_head] = one[c * lane];
}

// Rows behind the last token become 0.
void Sequence::clear_behind(float* heads) const {
  for (int64_t h = 0; h < net_.heads; ++h)
    std::memset(heads + h * head_floats() + t_ * d_head, 0, sizeof(float) * (head_floats() - t_ * d_head));
}

// The inverse of split.
float* Sequence::join(const float* heads, int64_t first, int64_t n) {
  float* x = activations(scratch_, n, net_.d);
  blocked_.from_heads(heads + first * lane * d_head, head_floats(), n, net_.heads, x, net_.d * lane);
  return x;
}

// The inverse of split_final; the lanes beside the final token are 0.
float* Sequence::join_final(const float* heads) {
  float* x = activations(scratch_, 1, net_.d);
  std::memset(x, 0, sizeof(float) * net_.d * lane);
  for (int64_t c = 0; c < net_.d; ++c) x[c * lane] = heads[c / d_head * head_floats() + (t_ - 1) * d_head + c % d_head];
  return x;
}

// The first residual.
float* Sequence::embed(const int64_t* tokens, int64_t t) {
  kept_.release({0, 0});
  scratch_.release({0, 0});
  t_ = t;
  blocks_ = kernels::blocks_of(t);
  int64_t d = net_.d;
  float* x = activations(kept_, blocks_, d);
  for (int64_t b = 0; b < blocks_; ++b) {
    const int64_t n = std::min(lane, t - b * lane);
    const float* rows[lane]{};
    for (int64_t i = 0; i < n; ++i) rows[i] = net_.wte + tokens[b * lane + i] * d;
    blocked_.from_rows(rows, d, false, x + b * d * lane);
  }
  return x;
}

// For training, what a map of a layer is applied to, and the gradient by what it gives.
void Sequence::input(int64_t l, Map map, int64_t first, int64_t n, const float* x, int64_t ldx) const {
  if (factors_ != nullptr) factors_->input(sequence_, l, map, first, n, x, ldx);
}

void Sequence::output(int64_t l, Map map, int64_t first, int64_t n, const float* dy, int64_t lddy) const {
  if (factors_ != nullptr) factors_->output(sequence_, l, map, first, n, dy, lddy);
}

const float* Sequence::forward_all(int64_t sequence, const int64_t* tokens, int64_t t) {
  sequence_ = sequence;
  const float* x = embed(tokens, t);
  for (int64_t l = 0; l < net_.layers; ++l) x = layer_forward(l, x);
  return x;
}

const float* Sequence::backward_all(float* dx) {
  scratch_.release({0, 0});
  for (int64_t l = net_.layers - 1; l >= 0; --l) dx = layer_backward(l, dx, nullptr);
  return dx;
}

void Sequence::forward(const int64_t* tokens, int64_t t, float* xn) {
  const int64_t d = net_.d;
  float* x = embed(tokens, t);
  for (int64_t l = 0; l < net_.layers; ++l) x = layer_forward(l, x);
  x_final_ = x;
  const float* gate = net_.final_resid ? gates(net_.layers, 0) : nullptr;
  const float* mean = net_.final_resid ? offsets(net_.layers, 0) : nullptr;
  float* read = kept_.floats(d);
  read_final_ = read;
  double squares = 0;
  for (int64_t c = 0; c < d; ++c) {
    read[c] = gate != nullptr && gate[c] == 0 ? mean[c] : x[c * lane];
    squares += static_cast<double>(read[c]) * read[c];
  }
  inverse_final_ = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(d) + net_.eps));
  for (int64_t c = 0; c < d; ++c) xn[c] = read[c] * inverse_final_ * net_.ln_f[c];
}

void Sequence::backward(const float* dxn, float* by_gate) {
  int64_t d = net_.d;
  scratch_.release({0, 0});
  float* dx = activations(scratch_, 1, d);
  std::memset(dx, 0, sizeof(float) * d * lane);
  double dot = 0, inverse = inverse_final_;
  for (int64_t c = 0; c < d; ++c) dot += static_cast<double>(dxn[c]) * net_.ln_f[c] * read_final_[c];
  auto scale = static_cast<float>(dot * inverse * inverse * inverse / static_cast<double>(d));
  for (int64_t c = 0; c < d; ++c) dx[c * lane] = dxn[c] * net_.ln_f[c] * inverse_final_ - read_final_[c] * scale;
  if (net_.final_resid && is_gated()) {
    const int64_t first = net_.at(net_.layers, 0);
    for (int64_t c = 0; c < d; ++c) {
      by_gate[first + c] += dx[c * lane] * (x_final_[c * lane] - net_.means[first + c]);
      if (gated_.gates[first + c] == 0) dx[c * lane] = 0;
    }
  }
  for (int64_t l = net_.layers - 1; l >= 0; --l) dx = layer_backward(l, dx, by_gate);
}

// A location of n blocks, to be run in parts.
kernels::NodeForward Sequence::node(int64_t l, int site, NodeInput input, int64_t n) {
  int64_t d = net_.width(site);
  auto& tape = tape_[l];
  // Plain nodes pass their values on as y; the derivative by their gates needs the entries that were kept, that by GELU's input needs what
  // GELU had.
  const bool packed = input == NodeInput::gelu ? backward_ : input == NodeInput::plain && backward_ && !training_;
  tape.packed[site] = packed ? kept_.floats(n * kernels::packed_floats_of_block(net_.k[site])) : nullptr;
  tape.words[site] = backward_ ? kept_.words(n * kernels::kept_words_of_block(d)) : nullptr;
  kernels::NodeForward a{};
  a.input = input;
  a.d = d;
  a.k = net_.k[site];
  a.kept = input == NodeInput::plain ? nullptr : activations(scratch_, std::min(n, group), d);
  a.packed = tape.packed[site];
  a.words = tape.words[site];
  a.classes = scratch_.words(kernels::class_words(d));
  a.ratio = ratios_.data() + (l * sites + site) * lane;
  return a;
}

// A residual read of n blocks: its ablated channels have left the matrix that reads it.
kernels::NodeForward Sequence::read(int64_t l, int site, int64_t n) {
  const auto& layer = net_.layer[l];
  bool attn = site == attn_act_in;
  auto a = node(l, site, NodeInput::rms_norm, n);
  a.gain = attn ? layer.ln_1 : layer.ln_2;
  a.eps = net_.eps;
  a.inverse_rms = (attn ? tape_[l].inverse_1 : tape_[l].inverse_2) = kept_.floats(n * lane);
  a.tail_width = net_.d_read - net_.d;
  if (a.tail_width > 0) {
    a.tail = (attn ? layer.positions_1 : layer.positions_2).data();
    if (!attn) a.tail = tape_[l].tail_2 = is_last(l) ? pick(kept_, a.tail + (blocks_ - 1) * a.tail_width * lane, a.tail_width) : a.tail;
  }
  return a;
}

// A location whose values go on with ablated channels at their means.
kernels::NodeForward Sequence::pass(int64_t l, int site, int64_t n) {
  auto a = node(l, site, NodeInput::plain, n);
  a.gate = gates(l, site);
  a.offset = offsets(l, site);
  a.ldadd = a.ldy = net_.d * lane;
  return a;
}

// Blocks first to first + n of a location: x, add and y are these alone. Returns what was kept, of a location that is not passed on.
const float* Sequence::run(
    kernels::NodeForward a, int64_t first, int64_t n, const float* x, int64_t ldx, const float* add, float* y) const {
  a.n = n;
  a.x = x;
  a.ldx = ldx;
  a.add = add;
  a.y = y;
  if (a.packed != nullptr) a.packed += first * kernels::packed_floats_of_block(a.k);
  if (a.words != nullptr) a.words += first * kernels::kept_words_of_block(a.d);
  if (a.inverse_rms != nullptr) a.inverse_rms += first * lane;
  if (a.tail != nullptr) a.tail += first * a.tail_width * lane;
  node_.forward(a);
  return a.kept;
}

// The same value (d) for every token.
void Sequence::fill(const float* value, int64_t n, float* y) const {
  for (int64_t b = 0; b < n; ++b)
    for (int64_t c = 0; c < net_.d; ++c) std::fill_n(y + (b * net_.d + c) * lane, lane, value[c]);
}

// What is written to the residual where every channel is ablated.
void Sequence::add_means(int64_t l, int site, int64_t n, const float* residual, float* y) const {
  fill(offsets(l, site), n, y);
  for (int64_t i = 0; i < n * net_.d * lane; ++i) y[i] += residual[i];
}

// The residual behind the layer: of all tokens, or behind the last layer of the final one.
float* Sequence::layer_forward(int64_t l, const float* x) {
  int64_t n = written(l), size = net_.d * lane;
  tape_[l].x = x;
  float* x1 = activations(kept_, n, net_.d);
  float* x2 = activations(kept_, n, net_.d);
  tape_[l].x1 = x1;
  auto mark = kept_.mark();
  const float* residual = is_last(l) ? pick(scratch_, x + (blocks_ - 1) * size, net_.d) : x;
  const bool attention = wanted(l, attn_resid_delta), mlp = wanted(l, mlp_resid_delta), neurons = mlp && wanted(l, mlp_post_act);
  kernels::NodeForward attn_delta, mlp_read, post, mlp_delta;
  if (attention) {
    attend(l, x);
    attn_delta = pass(l, attn_resid_delta, n);
  } else {
    add_means(l, attn_resid_delta, n, residual, x1);
  }
  if (neurons) {
    mlp_read = read(l, mlp_act_in, n);
    post = node(l, mlp_post_act, NodeInput::gelu, n);
  }
  if (mlp) mlp_delta = pass(l, mlp_resid_delta, n);
  for (int64_t first = 0; first < n; first += group) {
    int64_t count = std::min(group, n - first), at = first * size;
    auto scratch = scratch_.mark();
    if (attention) attention_forward(l, attn_delta, first, count, residual + at, x1 + at);
    if (mlp) mlp_forward(l, neurons ? &mlp_read : nullptr, post, mlp_delta, first, count, x1 + at, x2 + at);
    scratch_.release(scratch);
  }
  if (!mlp) add_means(l, mlp_resid_delta, n, x1, x2);
  scratch_.release({0, 0});
  if (!backward_) kept_.release(mark);
  return x2;
}

// Queries, keys, values and what each head makes of them, of all tokens; behind the last layer the query of the final one alone.
void Sequence::attend(int64_t l, const float* x) {
  const auto& layer = net_.layer[l];
  auto& tape = tape_[l];
  const SparseMatrix& c_attn = is_gated() ? gated(l).c_attn : layer.c_attn->weight;
  const float* bias = is_gated() ? gated(l).c_attn_bias.data() : layer.c_attn_bias;
  const int64_t d = net_.d, size = d * lane, ldread = net_.d_read * lane;
  const int site_of[] = {attn_q, attn_k, attn_v};
  bool any = false;
  kernels::NodeForward nodes[3];
  float* heads[3];
  for (int i = 0; i < 3; ++i) {
    heads[i] = kept_.floats(net_.heads * head_floats());
    if (wanted(l, site_of[i])) nodes[i] = pass(l, site_of[i], i == 0 ? written(l) : blocks_);
    any |= wanted(l, site_of[i]);
  }
  kernels::NodeForward in;
  if (any) in = read(l, attn_act_in, blocks_);
  // To one of the three, from the residual read of n blocks.
  auto write = [&](int i, int64_t first, int64_t n, const float* a) {
    float* y = activations(scratch_, n, d);
    if (wanted(l, site_of[i])) {
      float* raw = activations(scratch_, n, d);
      blocked_.linear(c_attn.rows_from(i * d, d), a, ldread, bias + i * d, raw, size, n);
      run(nodes[i], first, n, raw, size, nullptr, y);
    } else {
      fill(offsets(l, site_of[i]), n, y);
    }
    return y;
  };
  for (int64_t first = 0; first < blocks_; first += group) {
    int64_t n = std::min(group, blocks_ - first);
    auto mark = scratch_.mark();
    const float* a = any ? run(in, first, n, x + first * size, size, nullptr, nullptr) : nullptr;
    input(l, Map::c_attn, first, n, a, ldread);
    for (int i = is_last(l) ? 1 : 0; i < 3; ++i) split(write(i, first, n, a), first, n, heads[i]);
    if (is_last(l) && first + n == blocks_)
      split_final(write(0, 0, 1, any ? pick(scratch_, a + (n - 1) * ldread, net_.d_read) : nullptr), heads[0]);
    scratch_.release(mark);
  }
  tape.q = heads[0];
  tape.k = heads[1];
  tape.v = heads[2];
  tape.o = kept_.floats(net_.heads * head_floats());
  tape.lse = kept_.floats(net_.heads * blocks_ * lane);
  for (int64_t h = 0; h < net_.heads; ++h) {
    int64_t at = h * head_floats();
    attention_.forward(
        tape.q + at, tape.k + at, tape.v + at, layer.sink == nullptr ? nullptr : layer.sink + h, tape.o + at, tape.lse + h * blocks_ * lane,
        t_, is_last(l) ? t_ - 1 : 0, d_head, d_head, score_scale, attention_scratch_.data());
  }
  clear_behind(tape.o);
}

void Sequence::attention_forward(int64_t l, const kernels::NodeForward& delta, int64_t first, int64_t n, const float* residual, float* x1) {
  const auto& layer = net_.layer[l];
  int64_t size = net_.d * lane;
  const float* o = is_last(l) ? join_final(tape_[l].o) : join(tape_[l].o, first, n);
  float* written = activations(scratch_, n, net_.d);
  input(l, Map::attn_proj, first, n, o, size);
  blocked_.linear(layer.attn_proj->weight.view(), o, size, layer.attn_proj_bias, written, size, n);
  run(delta, first, n, written, size, residual, x1);
}

// read: null where all neurons are ablated.
void Sequence::mlp_forward(
    int64_t l, const kernels::NodeForward* read, const kernels::NodeForward& post, const kernels::NodeForward& delta, int64_t first,
    int64_t n, const float* x1, float* x2) {
  const auto& layer = net_.layer[l];
  const int64_t size = net_.d * lane, ldh = net_.d_mlp * lane;
  float* written = activations(scratch_, n, net_.d);
  const float* bias = is_gated() ? gated(l).mlp_proj_bias.data() : layer.mlp_proj_bias;
  if (read != nullptr) {
    const float* a = run(*read, first, n, x1, size, nullptr, nullptr);
    input(l, Map::c_fc, first, n, a, net_.d_read * lane);
    float* h = activations(scratch_, n, net_.d_mlp);
    blocked_.linear(
        (is_gated() ? gated(l).c_fc : layer.c_fc->weight).view(), a, net_.d_read * lane,
        is_gated() ? gated(l).c_fc_bias.data() : layer.c_fc_bias, h, ldh, n);
    const float* active = run(post, first, n, h, ldh, nullptr, nullptr);
    input(l, Map::mlp_proj, first, n, active, ldh);
    blocked_.linear((is_gated() ? gated(l).mlp_proj : layer.mlp_proj->weight).view(), active, ldh, bias, written, size, n);
  } else {
    // What ablated neurons write is in the bias.
    fill(bias, n, written);
  }
  run(delta, first, n, written, size, x1, x2);
}

// Blocks first to first + n of a location: dy and dx are these alone.
kernels::NodeBackward Sequence::from_node(
    int64_t l, int site, NodeInput input, int64_t first, int64_t n, const float* dy, float* dx, int64_t lddx, float* by_gate) const {
  kernels::NodeBackward a{};
  a.input = input;
  a.n = n;
  a.d = net_.width(site);
  a.dy = dy;
  a.lddy = a.d * lane;
  a.k = net_.k[site];
  a.packed = tape_[l].packed[site] == nullptr ? nullptr : tape_[l].packed[site] + first * kernels::packed_floats_of_block(a.k);
  a.words = tape_[l].words[site] + first * kernels::kept_words_of_block(a.d);
  a.gate = gates(l, site);
  if (by_gate != nullptr) {
    a.mean = net_.means.data() + net_.at(l, site);
    a.dgate = by_gate + net_.at(l, site);
  } else if (site == attn_act_in) {
    a.dgain = factors_->sums(sequence_, l, Small::ln_1);
    a.dtail = factors_->sums(sequence_, l, Small::positions_1) + first * (net_.d_read - net_.d) * lane;
  } else if (site == mlp_act_in) {
    a.dgain = factors_->sums(sequence_, l, Small::ln_2);
    a.dtail = factors_->sums(sequence_, l, Small::positions_2) + first * (net_.d_read - net_.d) * lane;
  }
  a.dx = dx;
  a.lddx = lddx;
  return a;
}

// dx: by the residual behind the layer, as many blocks as it writes. Returns that by the residual before it, of all blocks; below layer 0
// only training needs it.
float* Sequence::layer_backward(int64_t l, float* dx, float* by_gate) {
  float* all = is_last(l) ? activations(scratch_, blocks_, net_.d) : dx;
  auto mark = scratch_.mark();
  mlp_backward(l, dx, by_gate);
  attention_backward(l, dx, all, by_gate);
  scratch_.release(mark);
  return all;
}

void Sequence::mlp_backward(int64_t l, float* dx, float* by_gate) {
  const auto& layer = net_.layer[l];
  const auto& tape = tape_[l];
  const int64_t d = net_.d, d_mlp = net_.d_mlp, d_read = net_.d_read, n = written(l);
  auto mark = scratch_.mark();
  for (int64_t first = 0; first < n; first += group_back, scratch_.release(mark)) {
    const int64_t count = std::min(group_back, n - first);
    float* ddelta = activations(scratch_, count, d);
    float* dpost = activations(scratch_, count, d_mlp);
    float* dh = activations(scratch_, count, d_mlp);
    float* dread = activations(scratch_, count, d_read);
    float* to = dx + first * d * lane;
    node_.backward(from_node(l, mlp_resid_delta, NodeInput::plain, first, count, to, ddelta, d * lane, by_gate));
    output(l, Map::mlp_proj, first, count, ddelta, d * lane);
    blocked_.linear(
        (is_gated() ? gated(l).mlp_proj_t : layer.mlp_proj->transpose).view(), ddelta, d * lane, nullptr, dpost, d_mlp * lane, count);
    node_.backward(from_node(l, mlp_post_act, NodeInput::gelu, first, count, dpost, dh, d_mlp * lane, by_gate));
    output(l, Map::c_fc, first, count, dh, d_mlp * lane);
    blocked_.linear((is_gated() ? gated(l).c_fc_t : layer.c_fc->transpose).view(), dh, d_mlp * lane, nullptr, dread, d_read * lane, count);
    auto a = from_node(l, mlp_act_in, NodeInput::rms_norm, first, count, dread, to, d * lane, by_gate);
    a.x = tape.x1 + first * d * lane;
    a.ldx = d * lane;
    a.gain = layer.ln_2;
    a.inverse_rms = tape.inverse_2 + first * lane;
    a.tail = d_read == d ? nullptr : tape.tail_2 + first * (d_read - d) * lane;
    a.tail_width = d_read - d;
    node_.backward(a);
  }
}

// dx: by the residual behind attention; all: by that before it.
void Sequence::attention_backward(int64_t l, const float* dx, float* all, float* by_gate) {
  const auto& layer = net_.layer[l];
  const auto& tape = tape_[l];
  const int64_t d = net_.d, size = d * lane, d_read = net_.d_read, tail = d_read - d, lddraw = 3 * size, n = written(l);
  float* dout = scratch_.floats(net_.heads * head_floats());
  auto mark = scratch_.mark();
  for (int64_t first = 0; first < n; first += group_back, scratch_.release(mark)) {
    const int64_t count = std::min(group_back, n - first);
    float* ddelta = activations(scratch_, count, d);
    float* dy = activations(scratch_, count, d);
    node_.backward(from_node(l, attn_resid_delta, NodeInput::plain, first, count, dx + first * size, ddelta, size, by_gate));
    output(l, Map::attn_proj, first, count, ddelta, size);
    blocked_.linear((is_gated() ? gated(l).attn_proj_t : layer.attn_proj->transpose).view(), ddelta, size, nullptr, dy, size, count);
    if (is_last(l))
      split_final(dy, dout);
    else
      split(dy, first, count, dout);
  }

  float* dq = scratch_.floats(net_.heads * head_floats());
  float* dk = scratch_.floats(net_.heads * head_floats());
  float* dv = scratch_.floats(net_.heads * head_floats());
  for (int64_t h = 0; h < net_.heads; ++h) {
    int64_t at = h * head_floats();
    float by_sink; // frozen while pruning
    attention_.backward(
        tape.q + at, tape.k + at, tape.v + at, layer.sink == nullptr ? nullptr : layer.sink + h, tape.o + at, tape.lse + h * blocks_ * lane,
        dout + at, dq + at, dk + at, dv + at, &by_sink, t_, is_last(l) ? t_ - 1 : 0, d_head, d_head, score_scale,
        attention_scratch_.data());
    if (factors_ != nullptr) factors_->sums(sequence_, l, Small::sink)[h] += by_sink;
  }
  for (float* heads : {dq, dk, dv}) clear_behind(heads);

  float* final_dq = is_last(l) ? activations(scratch_, 1, d) : nullptr;
  if (is_last(l)) {
    node_.backward(from_node(l, attn_q, NodeInput::plain, 0, 1, join_final(dq), final_dq, size, by_gate));
    put(dx, d, 0, blocks_, all, size);
  }
  mark = scratch_.mark();
  for (int64_t first = 0; first < blocks_; first += group_back, scratch_.release(mark)) {
    const int64_t count = std::min(group_back, blocks_ - first);
    // By q, k and v before their nodes, side by side as the rows of c_attn.
    float* draw = activations(scratch_, count, 3 * d);
    if (is_last(l))
      put(final_dq, d, first, count, draw, lddraw);
    else
      node_.backward(from_node(l, attn_q, NodeInput::plain, first, count, join(dq, first, count), draw, lddraw, by_gate));
    node_.backward(from_node(l, attn_k, NodeInput::plain, first, count, join(dk, first, count), draw + size, lddraw, by_gate));
    node_.backward(from_node(l, attn_v, NodeInput::plain, first, count, join(dv, first, count), draw + 2 * size, lddraw, by_gate));
    output(l, Map::c_attn, first, count, draw, lddraw);
    float* dread = activations(scratch_, count, d_read);
    blocked_.linear((is_gated() ? gated(l).c_attn_t : layer.c_attn->transpose).view(), draw, lddraw, nullptr, dread, d_read * lane, count);
    float* to = l == 0 && !training_ ? nullptr : all + first * size;
    auto a = from_node(l, attn_act_in, NodeInput::rms_norm, first, count, dread, to, size, by_gate);
    a.x = tape.x + first * size;
    a.ldx = size;
    a.gain = layer.ln_1;
    a.inverse_rms = tape.inverse_1 + first * lane;
    a.tail = tail == 0 ? nullptr : layer.positions_1.data() + first * tail * lane;
    a.tail_width = tail;
    node_.backward(a);
  }
}

} // namespace sweeps::engine
