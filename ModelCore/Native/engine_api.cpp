// The engine's C interface.
#include "native.h"

#include "engine.h"

using namespace sweeps::engine;

namespace {

struct Engine {
  std::vector<at::Tensor> tensors; // whose memory the network points into
  Network network;
  Gated gated; // kept for its memory
};

Prompts prompts_of(const Network& network, const at::Tensor& tokens, const at::Tensor& positions, const at::Tensor* candidates) {
  TORCH_CHECK(tokens.dim() == 2 && tokens.size(1) <= network.n_ctx, "engine: tokens must be (rows, at most ", network.n_ctx, ")");
  int64_t rows = tokens.size(0), length = tokens.size(1);
  return {
      integers(tokens, "tokens", rows * length, network.vocab), length, integers(positions, "positions", rows, length), rows,
      candidates == nullptr ? nullptr : integers(*candidates, "candidates", 2 * rows, network.vocab)};
}

} // namespace

// shape and tensors: see network_of; then the means of all nodes. The tensors must not change while the engine lives.
SW_API Engine* sw_engine_new(const int64_t* shape, double eps, const Handle* handles, int64_t n) noexcept {
  last_error_kind = ErrorKind::none;
  try {
    auto engine = std::make_unique<Engine>();
    engine->tensors = tensors(handles, n);
    auto means = engine->tensors.back();
    engine->network = *network_of(shape, eps, {engine->tensors.data(), static_cast<size_t>(n - 1)}, 1);
    auto& net = engine->network;
    const float* values = floats(means, "means", net.nodes());
    net.means.assign(values, values + net.nodes());
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
