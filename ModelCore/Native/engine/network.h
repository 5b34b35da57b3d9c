// The pruning engine: a frozen weight-sparse transformer on the CPU with nodes ablated, run sequence by sequence. Training goes through the
// same sequences: training_pass.h.
//
// What autograd over whole batches cannot do: the weights of ablated nodes leave the sparse matrices (what they would add is constant and
// goes into the bias), the last layer is computed only where the final token needs it, locations that cannot matter are skipped, and
// everything that one sequence needs stays in cache between forward and backward.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "../parallel.h"
#include "../sweeps.h"
#include "sparse_matrix.h"

namespace sweeps::engine {

// Order of the locations of a layer, as NodeSite in C#.
enum Site : int { attn_act_in, attn_q, attn_k, attn_v, attn_resid_delta, mlp_act_in, mlp_post_act, mlp_resid_delta, sites };

using Weight = std::unique_ptr<const SparseWeight>;

struct Layer {
  Weight c_attn, attn_proj, c_fc, mlp_proj; // (3d, d_read), (d, d), (d_mlp, d_read), (d, d_mlp)
  const float *c_attn_bias, *attn_proj_bias, *c_fc_bias, *mlp_proj_bias;
  const float *ln_1, *ln_2;                    // (d)
  const float* sink;                           // (heads) or null
  std::vector<float> positions_1, positions_2; // the normalised positions that this layer reads, (n_ctx, d_pos_emb) in blocks
};

struct Network {
  int64_t layers, d, d_read, d_mlp, heads, n_ctx, vocab;
  int64_t k[sites]; // of AbsTopK
  float eps;
  std::vector<Layer> layer;
  const float *wte, *bigram, *ln_f, *logits_bias; // bigram may be null
  Weight head;                                    // lm_head
  std::vector<float> means;                       // of every node
  std::vector<int64_t> offset;                    // of every location among the nodes, and their number at the end
  bool final_resid = false;                       // whether what the last norm reads is a location too, behind all others

  int64_t width(int site) const { return site == attn_act_in || site == mlp_act_in ? d_read : site == mlp_post_act ? d_mlp : d; }
  int64_t at(int64_t l, int site) const { return offset[l * sites + site]; }
  int64_t nodes() const { return offset.back(); }
};

// The network points into the arrays. Nothing where a matrix has a greater density.
std::optional<Network> network_of(const Team& team, const sw_network* network, double density);

// The matrices of one set of gates.
struct Gated {
  const float* gates = nullptr; // (nodes), 1 or 0; null keeps all
  std::vector<float> offsets;   // (nodes): the mean where the gate is 0
  struct Layer {
    // Forward: without ablated inputs, and their constant part in the biases. Backward: without ablated outputs.
    SparseMatrix c_attn, c_fc, mlp_proj, c_attn_t, attn_proj_t, c_fc_t, mlp_proj_t;
    std::vector<float> c_attn_bias, c_fc_bias, mlp_proj_bias;
    bool any[sites]; // whether a node of the location is kept
  };
  std::vector<Layer> layer;
};

void gate(const Team& team, const Network& network, const float* gates, bool backward, Gated& into);

// As sw_engine_logits and sw_engine_loss.
void logits(const Team& team, const Network& network, const Gated& gated, const sw_prompts& prompts, float* into);
double loss(const Team& team, const Network& network, const Gated& gated, const sw_prompts& prompts, bool whole_vocabulary, float* by_gate);

} // namespace sweeps::engine
