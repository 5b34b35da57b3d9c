// A network from the arrays of a model.
#include "network.h"

#include "../kernels/blocked.h"
#include "../status.h"

namespace sweeps::engine {

namespace {

Weight weight_of(const Team& team, const float* values, const char* name, int64_t rows, int64_t cols, double density) {
  require_array(values, rows * cols, name);
  return sparse_weight(
      team, {values, rows, cols, cols}, std::min<int64_t>(INT32_MAX, static_cast<int64_t>(density * static_cast<double>(rows * cols))));
}

// (tokens, channels) as the activations are: see kernels/blocked.h.
std::vector<float> in_blocks(const float* values, int64_t tokens, int64_t channels) {
  if (channels == 0) return {};
  constexpr int64_t width = kernels::block_tokens;
  std::vector<float> blocks(kernels::blocks_of(tokens) * width * channels);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < channels; ++c) blocks[(t / width * channels + c) * width + t % width] = values[t * channels + c];
  return blocks;
}

} // namespace

std::optional<Network> network_of(const Team& team, const sw_network* network, double density) {
  require(network != nullptr, "network: no arguments");
  const auto& from = *network;
  require(from.n_layer > 0 && from.n_ctx > 0 && from.vocab > 0 && from.d_mlp > 0 && from.d_pos_emb >= 0, "network: a size is 0 or less");
  require(
      from.d_model > 0 && from.d_model % 16 == 0, "network: d_model is ", from.d_model, ", expected a multiple of 16, the width of a head");
  require_array(from.layers, from.n_layer, "network: layers");
  Network net;
  const int64_t d = net.d = from.d_model, d_pos = from.d_pos_emb;
  net.layers = from.n_layer;
  net.d_read = d + d_pos;
  net.d_mlp = from.d_mlp;
  net.n_ctx = from.n_ctx;
  net.vocab = from.vocab;
  net.heads = d / 16;
  for (int site = 0; site < sites; ++site) {
    net.k[site] = from.k[site];
    require(
        1 <= net.k[site] && net.k[site] <= net.width(site), "network: k of location ", site, " is ", net.k[site], ", expected 1 to ",
        net.width(site));
  }
  net.eps = static_cast<float>(from.eps);
  net.offset.push_back(0);
  for (int64_t l = 0; l < net.layers; ++l) {
    for (int site = 0; site < sites; ++site) net.offset.push_back(net.offset.back() + net.width(site));
    const auto& a = from.layers[l];
    Layer layer;
    layer.ln_1 = require_array(a.ln_1, d, "network: ln_1");
    layer.c_attn = weight_of(team, a.c_attn, "network: c_attn", 3 * d, net.d_read, density);
    layer.c_attn_bias = require_array(a.c_attn_bias, 3 * d, "network: c_attn.bias");
    layer.sink = a.sink;
    layer.attn_proj = weight_of(team, a.attn_proj, "network: attn.c_proj", d, d, density);
    layer.attn_proj_bias = require_array(a.attn_proj_bias, d, "network: attn.c_proj.bias");
    layer.ln_2 = require_array(a.ln_2, d, "network: ln_2");
    layer.c_fc = weight_of(team, a.c_fc, "network: c_fc", net.d_mlp, net.d_read, density);
    layer.c_fc_bias = require_array(a.c_fc_bias, net.d_mlp, "network: c_fc.bias");
    layer.mlp_proj = weight_of(team, a.mlp_proj, "network: mlp.c_proj", d, net.d_mlp, density);
    layer.mlp_proj_bias = require_array(a.mlp_proj_bias, d, "network: mlp.c_proj.bias");
    layer.positions_1 = in_blocks(require_array(a.positions_1, d_pos, "network: positions"), net.n_ctx, d_pos);
    layer.positions_2 = in_blocks(require_array(a.positions_2, d_pos, "network: positions"), net.n_ctx, d_pos);
    for (const auto* weight : {&layer.c_attn, &layer.attn_proj, &layer.c_fc, &layer.mlp_proj})
      if (*weight == nullptr) return std::nullopt;
    net.layer.push_back(std::move(layer));
  }
  net.wte = require_array(from.wte, net.vocab * d, "network: wte");
  net.bigram = from.bigram;
  net.ln_f = require_array(from.ln_f, d, "network: ln_f");
  net.head = weight_of(team, from.lm_head, "network: lm_head", net.vocab, d, density);
  net.logits_bias = require_array(from.logits_bias, net.vocab, "network: final_logits_bias");
  if (net.head == nullptr) return std::nullopt;
  return net;
}

} // namespace sweeps::engine
