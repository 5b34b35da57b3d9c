// The engine's sparse matrices.
#include "engine.h"
#include "parallel.h"

namespace sweeps::engine {

Matrix Matrix::of_dense(const float* values, int64_t rows, int64_t cols) {
  Matrix m;
  m.rows = rows;
  m.cols = cols;
  m.ptr.reserve(rows + 1);
  m.ptr.push_back(0);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) {
      float value = values[r * cols + c];
      if (value == 0) continue;
      m.idx.push_back(static_cast<int32_t>(c));
      m.val.push_back(value);
    }
    m.ptr.push_back(static_cast<int32_t>(m.idx.size()));
  }
  return m;
}

Matrix Matrix::transposed() const {
  Matrix t;
  t.rows = cols;
  t.cols = rows;
  t.ptr.assign(cols + 1, 0);
  t.idx.resize(idx.size());
  t.val.resize(val.size());
  for (auto c : idx) ++t.ptr[c + 1];
  for (int64_t c = 0; c < cols; ++c) t.ptr[c + 1] += t.ptr[c];
  std::vector<int32_t> next(t.ptr.begin(), t.ptr.end() - 1);
  for (int64_t r = 0; r < rows; ++r)
    for (int32_t j = ptr[r]; j < ptr[r + 1]; ++j) {
      int32_t to = next[idx[j]]++;
      t.idx[to] = static_cast<int32_t>(r);
      t.val[to] = val[j];
    }
  return t;
}

void Matrix::without_columns(const float* gate, const float* mean, Matrix& into, float* bias) const {
  into.rows = rows;
  into.cols = cols;
  into.ptr.resize(rows + 1);
  into.idx.resize(idx.size());
  into.val.resize(val.size());
  into.ptr[0] = 0;
  int32_t n = 0;
  for (int64_t r = 0; r < rows; ++r) {
    double constant = 0;
    for (int32_t j = ptr[r]; j < ptr[r + 1]; ++j) {
      int32_t c = idx[j];
      // Written always, counted only when kept: no branch to mispredict.
      into.idx[n] = c;
      into.val[n] = val[j];
      bool kept = gate[c] != 0;
      n += kept;
      if (bias != nullptr && !kept) constant += static_cast<double>(val[j]) * mean[c];
    }
    into.ptr[r + 1] = n;
    if (bias != nullptr) bias[r] += static_cast<float>(constant);
  }
}

void gate(const Network& network, const float* gates, bool backward, Gated& into) {
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
  parallel_for(0, network.layers * 4, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      int64_t l = task / 4;
      const auto& from = network.layer[l];
      auto& to = into.layer[l];
      auto g = [&](int site) { return gates + network.at(l, site); };
      auto m = [&](int site) { return network.means.data() + network.at(l, site); };
      auto bias = [](const float* values, int64_t n) { return std::vector<float>(values, values + n); };
      if (task % 4 == 0) {
        to.c_attn_bias = bias(from.c_attn_bias, 3 * network.d);
        from.c_attn.without_columns(g(attn_act_in), m(attn_act_in), to.c_attn, to.c_attn_bias.data());
        // q, k and v lie side by side among the nodes as among the rows of c_attn.
        if (backward) from.c_attn_t.without_columns(g(attn_q), nullptr, to.c_attn_t, nullptr);
      } else if (task % 4 == 1) {
        to.c_fc_bias = bias(from.c_fc_bias, network.d_mlp);
        from.c_fc.without_columns(g(mlp_act_in), m(mlp_act_in), to.c_fc, to.c_fc_bias.data());
        if (backward) from.c_fc_t.without_columns(g(mlp_post_act), nullptr, to.c_fc_t, nullptr);
      } else if (task % 4 == 2) {
        to.mlp_proj_bias = bias(from.mlp_proj_bias, network.d);
        from.mlp_proj.without_columns(g(mlp_post_act), m(mlp_post_act), to.mlp_proj, to.mlp_proj_bias.data());
        if (backward) from.mlp_proj_t.without_columns(g(mlp_resid_delta), nullptr, to.mlp_proj_t, nullptr);
      } else {
        if (backward) from.attn_proj_t.without_columns(g(attn_resid_delta), nullptr, to.attn_proj_t, nullptr);
        for (int site = 0; site < sites; ++site) {
          to.any[site] = false;
          for (int64_t i = 0; i < network.width(site); ++i) to.any[site] |= g(site)[i] != 0;
        }
      }
    }
  });
}

} // namespace sweeps::engine
