// The loss of a transformer in training as one autograd function: training_pass.h.
#include "fused.h"
#include "training_pass.h"

namespace autograd = torch::autograd;

namespace {

struct LossNode : autograd::Node {
  engine::Gradients gradients;

  autograd::variable_list apply(autograd::variable_list&& by_loss) override {
    TORCH_CHECK(!gradients.empty(), "a second backward through this graph: the first one needs retain_graph");
    TORCH_CHECK(!at::GradMode::is_enabled(), "transformer_loss has no second derivative");
    auto results = gradients;
    const auto scale = by_loss[0].defined() ? by_loss[0].item<float>() : 0.f;
    for (auto& gradient : results)
      if (gradient.defined() && scale != 1) gradient = gradient * scale;
    return results;
  }

  void release_variables() override { gradients.clear(); }

  std::string name() const override { return "TransformerLossBackward"; }
};

at::Tensor transformer_loss(
    const int64_t* shape, double eps, const std::vector<at::Tensor>& parameters, const at::Tensor& tokens, const at::Tensor& targets, bool always, bool bf16) {
  const bool record = at::GradMode::is_enabled() && std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.defined() && p.requires_grad(); });
  at::NoGradGuard no_grad;
  auto network = engine::network_of(shape, eps, parameters, always ? 1 : dense_from);
  if (!network) return {};
  TORCH_CHECK(
      tokens.dim() == 2 && tokens.numel() > 0 && tokens.size(1) <= network->n_ctx && targets.sizes() == tokens.sizes(), "transformer_loss: tokens are ", tokens.sizes(),
      " and targets ", targets.sizes(), ", expected both (sequences, 1 to ", network->n_ctx, ")");
  engine::integers(tokens, "tokens", tokens.numel(), network->vocab);
  engine::integers(targets, "targets", tokens.numel(), network->vocab);
  engine::Gradients gradients;
  double loss = engine::training_loss(*network, tokens, targets, bf16, record ? &gradients : nullptr);
  auto value = at::scalar_tensor(loss, at::kFloat);
  if (record) {
    auto node = std::shared_ptr<LossNode>(new LossNode(), autograd::deleteNode);
    node->gradients = std::move(gradients);
    autograd::edge_list edges;
    for (const auto& p : parameters) edges.push_back(p.defined() ? autograd::impl::gradient_edge(p) : autograd::Edge());
    node->set_next_edges(std::move(edges));
    autograd::create_gradient_edge(value, node);
  }
  return value;
}

} // namespace

// shape and parameters: see network_of; tokens and targets int64 (sequences, tokens), both of rows of n_ctx at most. always: whatever the matrices' densities; otherwise null, which is
// no error, where one of them is too dense for this to pay. The mean cross-entropy.
SW_API Handle sw_transformer_loss(
    const int64_t* shape, double eps, const Handle* parameters, int64_t n, Handle tokens, Handle targets, int always, int bf16) noexcept {
  return result([&] { return transformer_loss(shape, eps, tensors(parameters, n), *tokens, *targets, always != 0, bf16 != 0); });
}
