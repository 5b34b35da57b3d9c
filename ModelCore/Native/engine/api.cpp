// The C interface to the passes through whole models.
#include <memory>

#include "../status.h"
#include "network.h"
#include "training_pass.h"

using namespace sweeps;

struct sw_engine {
  engine::Network network;
  engine::Gated gated; // kept for its memory
};

namespace {

const sw_prompts& checked(const engine::Network& network, const sw_prompts* prompts, bool needs_candidates) {
  require(prompts != nullptr, "engine: no prompts");
  const auto& p = *prompts;
  require(
      p.rows >= 0 && p.length >= 0 && p.length <= network.n_ctx, "engine: ", p.rows, " prompts of ", p.length, " tokens, expected at most ",
      network.n_ctx);
  require_indices(p.tokens, p.rows * p.length, network.vocab, "engine: tokens");
  require_indices(p.positions, p.rows, p.length, "engine: positions");
  if (needs_candidates || p.candidates != nullptr) require_indices(p.candidates, 2 * p.rows, network.vocab, "engine: candidates");
  return p;
}

void check_gradients(const sw_network& network, const sw_gradients& gradients) {
  require_array(gradients.layers, network.n_layer, "training: layers of the gradients");
  auto both = [](const float* parameter, const float* gradient, const char* name) {
    require(parameter == nullptr || gradient != nullptr, name);
  };
  for (int64_t l = 0; l < network.n_layer; ++l) {
    const auto& from = network.layers[l];
    const auto& to = gradients.layers[l];
    for (const float* array :
         {to.ln_1, to.c_attn, to.c_attn_bias, to.attn_proj, to.attn_proj_bias, to.ln_2, to.c_fc, to.c_fc_bias, to.mlp_proj,
          to.mlp_proj_bias})
      require(array != nullptr, "training: a gradient of layer ", l, " has no place");
    both(from.sink, to.sink, "training: the gradient by the sinks has no place");
    both(from.positions_1, to.positions_1, "training: the gradient by positions has no place");
    both(from.positions_2, to.positions_2, "training: the gradient by positions has no place");
  }
  both(network.bigram, gradients.bigram, "training: the gradient by the bigram table has no place");
  for (const float* array : {gradients.wte, gradients.ln_f, gradients.logits, gradients.xn})
    require(array != nullptr, "training: a gradient has no place");
}

} // namespace

SW_API sw_status sw_training_loss(
    const sw_network* network, const sw_batch* batch, double density, int bf16, const sw_gradients* gradients, double* loss,
    int* ran) noexcept {
  return status([&] {
    require(batch != nullptr && loss != nullptr && ran != nullptr, "training: no batch, or no place for the result");
    *ran = 0;
    const Team team;
    const auto net = engine::network_of(team, network, density);
    if (!net) return;
    require(
        batch->sequences > 0 && batch->t > 0 && batch->t <= net->n_ctx, "training: ", batch->sequences, " sequences of ", batch->t,
        " tokens, expected 1 to ", net->n_ctx);
    require_indices(batch->tokens, batch->sequences * batch->t, net->vocab, "training: tokens");
    require_indices(batch->targets, batch->sequences * batch->t, net->vocab, "training: targets");
    if (gradients != nullptr) check_gradients(*network, *gradients);
    *loss = engine::training_loss(team, *net, *batch, bf16 != 0, gradients);
    *ran = 1;
  });
}

SW_API sw_status sw_engine_new(const sw_network* network, const float* means, int final_resid, sw_engine** result) noexcept {
  return status([&] {
    require(result != nullptr, "engine: no place for the result");
    *result = nullptr;
    auto made = std::make_unique<sw_engine>();
    made->network = *engine::network_of(Team(), network, 1);
    auto& net = made->network;
    net.final_resid = final_resid != 0;
    if (net.final_resid) net.offset.push_back(net.nodes() + net.d);
    require_array(means, net.nodes(), "engine: means");
    net.means.assign(means, means + net.nodes());
    *result = made.release();
  });
}

SW_API void sw_engine_free(sw_engine* engine) noexcept { delete engine; }

SW_API sw_status sw_engine_logits(sw_engine* engine, const sw_prompts* prompts, const float* gates, float* logits) noexcept {
  return status([&] {
    require(engine != nullptr, "engine: none");
    const auto& asked = checked(engine->network, prompts, false);
    require_array(logits, asked.rows, "engine: logits");
    const Team team;
    engine::gate(team, engine->network, gates, false, engine->gated);
    engine::logits(team, engine->network, engine->gated, asked, logits);
  });
}

SW_API sw_status sw_engine_loss(
    sw_engine* engine, const sw_prompts* prompts, const float* gates, int whole_vocabulary, double* loss, float* by_gate) noexcept {
  return status([&] {
    require(engine != nullptr, "engine: none");
    const auto& asked = checked(engine->network, prompts, true);
    require(asked.rows > 0 && loss != nullptr, "engine: no prompts, or no place for the loss");
    require_array(gates, engine->network.nodes(), "engine: gates");
    require_array(by_gate, engine->network.nodes(), "engine: derivatives by the gates");
    const Team team;
    engine::gate(team, engine->network, gates, true, engine->gated);
    *loss = engine::loss(team, engine->network, engine->gated, asked, whole_vocabulary != 0, by_gate);
  });
}
