#include "fused.h"

namespace autograd = torch::autograd;

namespace sweeps {

namespace {

struct LinearNode : autograd::Node {
  explicit LinearNode(std::function<at::Tensor(const at::Tensor&)> backward) : backward(std::move(backward)) {}

  autograd::variable_list apply(autograd::variable_list&& gradients) override {
    TORCH_CHECK(backward, "a second backward through this graph: the first one needs retain_graph");
    return {gradients[0].defined() ? backward(gradients[0]) : at::Tensor()};
  }

  void release_variables() override { backward = nullptr; }

  std::string name() const override { return "KernelBackward"; }

  std::function<at::Tensor(const at::Tensor&)> backward;
};

} // namespace

at::Tensor with_backward(at::Tensor value, const at::Tensor& input, std::function<at::Tensor(const at::Tensor&)> backward) {
  if (!at::GradMode::is_enabled() || !input.requires_grad()) return value;
  auto node = std::shared_ptr<LinearNode>(new LinearNode(std::move(backward)), autograd::deleteNode);
  node->set_next_edges(autograd::collect_next_edges(input));
  autograd::create_gradient_edge(value, node);
  return value;
}

Rows rows_of(const at::Tensor& t, const char* operation) {
  TORCH_CHECK(
      t.device().is_cpu() && t.scalar_type() == at::kFloat && t.dim() > 0, operation, ": expected Float32 on the CPU with a dimension at least, found ",
      t.scalar_type(), " on ", t.device(), " with ", t.dim());
  int64_t d = t.size(-1), n = d == 0 ? 0 : t.numel() / d, ld = d;
  bool regular = t.stride(-1) == 1 || d <= 1, inner = true;
  int64_t expected = 0;
  for (int64_t i = t.dim() - 2; i >= 0; --i) {
    if (t.size(i) == 1) continue;
    if (inner) ld = t.stride(i);
    else regular = regular && t.stride(i) == expected;
    inner = false;
    expected = t.stride(i) * t.size(i);
  }
  if (regular && ld >= d) return {t, t.data_ptr<float>(), n, d, ld};
  auto copy = t.contiguous();
  return {copy, copy.data_ptr<float>(), n, d, d};
}

} // namespace sweeps
