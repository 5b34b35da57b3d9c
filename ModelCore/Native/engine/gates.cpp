// The engine's sparse matrices.
#include "network.h"

namespace sweeps::engine {

namespace {

// from without the columns whose gate is 0; what they add when their input is mean[column] is added to bias (rows), unless that is null.
void without_columns(const SparseMatrix& from, const float* gate, const float* mean, SparseMatrix& into, float* bias) {
  into.rows = from.rows;
  into.cols = from.cols;
  into.ptr.resize(from.rows + 1);
  into.idx.resize(from.idx.size());
  into.val.resize(from.val.size());
  into.ptr[0] = 0;
  int32_t n = 0;
  for (int64_t r = 0; r < from.rows; ++r) {
    double constant = 0;
    for (int32_t j = from.ptr[r]; j < from.ptr[r + 1]; ++j) {
      int32_t c = from.idx[j];
      // Written always, counted only when kept: no branch to mispredict.
      into.idx[n] = c;
      into.val[n] = from.val[j];
      bool kept = gate[c] != 0;
      n += kept;
      if (bias != nullptr && !kept) constant += static_cast<double>(from.val[j]) * mean[c];
    }
    into.ptr[r + 1] = n;
    if (bias != nullptr) bias[r] += static_cast<float>(constant);
  }
}

} // namespace

void gate(const Team& team, const Network& network, const float* gates, bool backward, Gated& into) {
  into.gates = gates;
  into.layer.resize(network.layers);
  if (gates == nullptr) {
    for (auto& layer : into.layer)
      for (auto& any : layer.any) any = true;
    return;
  }
  into.offsets.resize(network.nodes());
  for (int64_t i = 0; i < network.nodes(); ++i) into.offsets[i] = gates[i] != 0 ? 0.f : network.means[i];
  // One task per layer and matrix group; each writes its own matrices.
  parallel_for(team, network.layers * 4, 1, [&](int64_t begin, int64_t end, int) {
    for (int64_t task = begin; task < end; ++task) {
      int64_t l = task / 4;
      const auto& from = network.layer[l];
      auto& to = into.layer[l];
      auto g = [&](int site) { return gates + network.at(l, site); };
      auto m = [&](int site) { return network.means.data() + network.at(l, site); };
      auto bias = [](const float* values, int64_t n) { return std::vector<float>(values, values + n); };
      if (task % 4 == 0) {
        to.c_attn_bias = bias(from.c_attn_bias, 3 * network.d);
        without_columns(from.c_attn->weight, g(attn_act_in), m(attn_act_in), to.c_attn, to.c_attn_bias.data());
        // q, k and v lie side by side among the nodes as among the rows of c_attn.
        if (backward) without_columns(from.c_attn->transpose, g(attn_q), nullptr, to.c_attn_t, nullptr);
      } else if (task % 4 == 1) {
        to.c_fc_bias = bias(from.c_fc_bias, network.d_mlp);
        without_columns(from.c_fc->weight, g(mlp_act_in), m(mlp_act_in), to.c_fc, to.c_fc_bias.data());
        if (backward) without_columns(from.c_fc->transpose, g(mlp_post_act), nullptr, to.c_fc_t, nullptr);
      } else if (task % 4 == 2) {
        to.mlp_proj_bias = bias(from.mlp_proj_bias, network.d);
        without_columns(from.mlp_proj->weight, g(mlp_post_act), m(mlp_post_act), to.mlp_proj, to.mlp_proj_bias.data());
        if (backward) without_columns(from.mlp_proj->transpose, g(mlp_resid_delta), nullptr, to.mlp_proj_t, nullptr);
      } else {
        if (backward) without_columns(from.attn_proj->transpose, g(attn_resid_delta), nullptr, to.attn_proj_t, nullptr);
        for (int site = 0; site < sites; ++site) {
          to.any[site] = false;
          for (int64_t i = 0; i < network.width(site); ++i) to.any[site] |= g(site)[i] != 0;
        }
      }
    }
  });
}

} // namespace sweeps::engine
