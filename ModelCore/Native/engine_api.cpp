// The engine's C interface.
#include "native.h"

#include "engine.h"
#include "kernels/blocked.h"

using namespace sweeps::engine;

namespace {

struct Engine {
  std::vector<at::Tensor> tensors; // whose memory the network points into
  Network network;
  Gated gated; // kept for its memory
};

constexpr int64_t tensors_per_layer = 13;

const float* floats(const at::Tensor& t, const char* name, int64_t numel) {
  if (!t.defined()) return nullptr;
  TORCH_CHECK(t.device().is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(), "engine: ", name, " must be contiguous float32 on the CPU");
  TORCH_CHECK(t.numel() == numel, "engine: ", name, " has ", t.numel(), " elements, expected ", numel);
  return t.data_ptr<float>();
}

Weight weight_of(const at::Tensor& t, const char* name, int64_t rows, int64_t cols) {
  floats(t, name, rows * cols);
  return sparse_weight(t, INT32_MAX);
}

// (tokens, channels) as the activations are: see kernels/blocked.h.
std::vector<float> in_blocks(const float* values, int64_t tokens, int64_t channels) {
  if (values == nullptr) return {};
  constexpr int64_t width = sweeps::kernels::block_tokens;
  std::vector<float> blocks(sweeps::kernels::blocks_of(tokens) * width * channels);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < channels; ++c) blocks[(t / width * channels + c) * width + t % width] = values[t * channels + c];
  return blocks;
}

Prompts prompts_of(const Network& network, const at::Tensor& tokens, const at::Tensor& positions, const at::Tensor* candidates) {
  TORCH_CHECK(tokens.dim() == 2 && tokens.size(1) <= network.n_ctx, "engine: tokens must be (rows, at most ", network.n_ctx, ")");
  int64_t rows = tokens.size(0), length = tokens.size(1);
  auto integers = [&](const at::Tensor& t, const char* name, int64_t numel, int64_t bound) {
    TORCH_CHECK(t.device().is_cpu() && t.scalar_type() == at::kLong && t.is_contiguous() && t.numel() == numel, "engine: ", name, " must be ", numel, " int64 on the CPU");
    const auto* values = t.data_ptr<int64_t>();
    for (int64_t i = 0; i < numel; ++i) TORCH_CHECK(values[i] >= 0 && values[i] < bound, "engine: ", name, " has ", values[i], ", expected 0 to ", bound - 1);
    return values;
  };
  return {
      integers(tokens, "tokens", rows * length, network.vocab), length, integers(positions, "positions", rows, length), rows,
      candidates == nullptr ? nullptr : integers(*candidates, "candidates", 2 * rows, network.vocab)};
}

} // namespace

// shape: layers, d_model, d_pos_emb, d_mlp, n_ctx, vocab, then k of AbsTopK per site. tensors, per layer: ln_1, c_attn weight and bias, sink logits or null,
// attention's c_proj weight and bias, ln_2, c_fc weight and bias, the MLP's c_proj weight and bias, the normalised positions (n_ctx, d_pos_emb) that attention and MLP
// read or null; then wte, bigram table or null, ln_f, lm_head, the logits' bias, and the means of all nodes. The tensors must not change while the engine lives.
SW_API Engine* sw_engine_new(const int64_t* shape, double eps, const Handle* handles, int64_t n) noexcept {
  last_error_kind = ErrorKind::none;
  try {
    auto engine = std::make_unique<Engine>();
    engine->tensors = tensors(handles, n);
    auto& net = engine->network;
    int64_t d = net.d = shape[1], d_pos = shape[2];
    net.layers = shape[0];
    net.d_read = d + d_pos;
    net.d_mlp = shape[3];
    net.n_ctx = shape[4];
    net.vocab = shape[5];
    TORCH_CHECK(d % 16 == 0, "engine: d_model is ", d, ", expected a multiple of 16, the width of a head");
    TORCH_CHECK(n == net.layers * tensors_per_layer + 6, "engine: ", n, " tensors for ", net.layers, " layers");
    net.heads = d / 16;
    std::copy(shape + 6, shape + 6 + sites, net.k);
    net.eps = static_cast<float>(eps);
    net.offset.push_back(0);
    for (int64_t l = 0; l < net.layers; ++l) {
      for (int site = 0; site < sites; ++site) net.offset.push_back(net.offset.back() + net.width(site));
      const auto* t = engine->tensors.data() + l * tensors_per_layer;
      Layer layer;
      layer.ln_1 = floats(t[0], "ln_1", d);
      layer.c_attn = weight_of(t[1], "c_attn", 3 * d, net.d_read);
      layer.c_attn_bias = floats(t[2], "c_attn.bias", 3 * d);
      layer.sink = floats(t[3], "sink_logit", net.heads);
      layer.attn_proj = weight_of(t[4], "attn.c_proj", d, d);
      layer.attn_proj_bias = floats(t[5], "attn.c_proj.bias", d);
      layer.ln_2 = floats(t[6], "ln_2", d);
      layer.c_fc = weight_of(t[7], "c_fc", net.d_mlp, net.d_read);
      layer.c_fc_bias = floats(t[8], "c_fc.bias", net.d_mlp);
      layer.mlp_proj = weight_of(t[9], "mlp.c_proj", d, net.d_mlp);
      layer.mlp_proj_bias = floats(t[10], "mlp.c_proj.bias", d);
      layer.positions_1 = in_blocks(floats(t[11], "positions", net.n_ctx * d_pos), net.n_ctx, d_pos);
      layer.positions_2 = in_blocks(floats(t[12], "positions", net.n_ctx * d_pos), net.n_ctx, d_pos);
      net.layer.push_back(std::move(layer));
    }
    const auto* t = engine->tensors.data() + net.layers * tensors_per_layer;
    net.wte = floats(t[0], "wte", net.vocab * d);
    net.bigram = floats(t[1], "bigram_table", net.vocab * net.vocab);
    net.ln_f = floats(t[2], "ln_f", d);
    net.head = weight_of(t[3], "lm_head", net.vocab, d);
    net.logits_bias = floats(t[4], "final_logits_bias", net.vocab);
    const float* means = floats(t[5], "means", net.nodes());
    net.means.assign(means, means + net.nodes());
    return engine.release();
  } catch (...) {
    record_error();
    return nullptr;
  }
}

SW_API void sw_engine_free(Engine* engine) noexcept { delete engine; }

// gates: one per node, 1 or 0, or null to keep all. into: (rows, 2) with candidates (rows, 2), else (rows, vocab).
SW_API int sw_engine_logits(Engine* engine, Handle tokens, Handle positions, Handle candidates, const float* gates, float* into) noexcept {
  return status([&] {
    auto prompts = prompts_of(engine->network, *tokens, *positions, candidates);
    gate(engine->network, gates, false, engine->gated);
    logits(engine->network, engine->gated, prompts, into);
  });
}

SW_API int sw_engine_loss(
    Engine* engine, Handle tokens, Handle positions, Handle candidates, const float* gates, int whole_vocabulary, double* value, float* by_gate) noexcept {
  return status([&] {
    auto prompts = prompts_of(engine->network, *tokens, *positions, candidates);
    gate(engine->network, gates, true, engine->gated);
    *value = loss(engine->network, engine->gated, prompts, whole_vocabulary != 0, by_gate);
  });
}
