// A network from the tensors of a model.
#include "native.h"

#include "engine.h"
#include "kernels/blocked.h"

namespace sweeps::engine {

const float* floats(const at::Tensor& t, const char* name, int64_t numel) {
  if (!t.defined()) return nullptr;
  TORCH_CHECK(t.device().is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(), "engine: ", name, " must be contiguous float32 on the CPU");
  TORCH_CHECK(t.numel() == numel, "engine: ", name, " has ", t.numel(), " elements, expected ", numel);
  return t.data_ptr<float>();
}

const int64_t* integers(const at::Tensor& t, const char* name, int64_t numel, int64_t bound) {
  TORCH_CHECK(t.device().is_cpu() && t.scalar_type() == at::kLong && t.is_contiguous() && t.numel() == numel, "engine: ", name, " must be ", numel, " int64 on the CPU");
  const auto* values = t.data_ptr<int64_t>();
  for (int64_t i = 0; i < numel; ++i) TORCH_CHECK(values[i] >= 0 && values[i] < bound, "engine: ", name, " has ", values[i], ", expected 0 to ", bound - 1);
  return values;
}

namespace {

Weight weight_of(const at::Tensor& t, const char* name, int64_t rows, int64_t cols, double density) {
  floats(t, name, rows * cols);
  return sparse_weight(t, std::min<int64_t>(INT32_MAX, static_cast<int64_t>(density * static_cast<double>(t.numel()))));
}

// (tokens, channels) as the activations are: see kernels/blocked.h.
std::vector<float> in_blocks(const float* values, int64_t tokens, int64_t channels) {
  if (values == nullptr) return {};
  constexpr int64_t width = kernels::block_tokens;
  std::vector<float> blocks(kernels::blocks_of(tokens) * width * channels);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < channels; ++c) blocks[(t / width * channels + c) * width + t % width] = values[t * channels + c];
  return blocks;
}

} // namespace

std::optional<Network> network_of(const int64_t* shape, double eps, at::ArrayRef<at::Tensor> tensors, double density) {
  Network net;
  const int64_t d = net.d = shape[1], d_pos = shape[2];
  net.layers = shape[0];
  net.d_read = d + d_pos;
  net.d_mlp = shape[3];
  net.n_ctx = shape[4];
  net.vocab = shape[5];
  TORCH_CHECK(d % 16 == 0, "engine: d_model is ", d, ", expected a multiple of 16, the width of a head");
  TORCH_CHECK(static_cast<int64_t>(tensors.size()) == net.layers * tensors_per_layer + 5, "engine: ", tensors.size(), " tensors for ", net.layers, " layers");
  net.heads = d / 16;
  std::copy(shape + 6, shape + 6 + sites, net.k);
  net.eps = static_cast<float>(eps);
  net.offset.push_back(0);
  const auto* t = tensors.data();
  for (int64_t l = 0; l < net.layers; ++l, t += tensors_per_layer) {
    for (int site = 0; site < sites; ++site) net.offset.push_back(net.offset.back() + net.width(site));
    Layer layer;
    layer.ln_1 = floats(t[0], "ln_1", d);
    layer.c_attn = weight_of(t[1], "c_attn", 3 * d, net.d_read, density);
    layer.c_attn_bias = floats(t[2], "c_attn.bias", 3 * d);
    layer.sink = floats(t[3], "sink_logit", net.heads);
    layer.attn_proj = weight_of(t[4], "attn.c_proj", d, d, density);
    layer.attn_proj_bias = floats(t[5], "attn.c_proj.bias", d);
    layer.ln_2 = floats(t[6], "ln_2", d);
    layer.c_fc = weight_of(t[7], "c_fc", net.d_mlp, net.d_read, density);
    layer.c_fc_bias = floats(t[8], "c_fc.bias", net.d_mlp);
    layer.mlp_proj = weight_of(t[9], "mlp.c_proj", d, net.d_mlp, density);
    layer.mlp_proj_bias = floats(t[10], "mlp.c_proj.bias", d);
    layer.positions_1 = in_blocks(floats(t[11], "positions", net.n_ctx * d_pos), net.n_ctx, d_pos);
    layer.positions_2 = in_blocks(floats(t[12], "positions", net.n_ctx * d_pos), net.n_ctx, d_pos);
    for (const auto& weight : {layer.c_attn, layer.attn_proj, layer.c_fc, layer.mlp_proj})
      if (weight == nullptr) return std::nullopt;
    net.layer.push_back(std::move(layer));
  }
  net.wte = floats(t[0], "wte", net.vocab * d);
  net.bigram = floats(t[1], "bigram_table", net.vocab * net.vocab);
  net.ln_f = floats(t[2], "ln_f", d);
  net.head = weight_of(t[3], "lm_head", net.vocab, d, density);
  net.logits_bias = floats(t[4], "final_logits_bias", net.vocab);
  if (net.head == nullptr) return std::nullopt;
  return net;
}

} // namespace sweeps::engine
