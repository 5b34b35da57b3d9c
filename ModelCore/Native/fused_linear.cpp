// The linear map of a weight that training makes sparse: by its entries where that pays, else by a dense product; and the gradient of the weight from the
// entries of the outputs' gradient that AbsTopK let through.
#include "fused.h"
#include "kernels/sparse_linear.h"
#include "sparse_weight.h"
#include "weight_gradient.h"

namespace autograd = torch::autograd;

namespace {

using Weight = std::shared_ptr<const SparseWeight>;

enum class Choice : int { automatic = 0, dense = 1, sparse = 2 };

// y (..., out) in equal pieces of its last dimension, with one graph for all of them.
struct LinearNode : autograd::Node {
  at::Tensor x, weight; // (..., in), (out, in)
  Weight sparse;        // or null
  int64_t pieces;
  Choice choice;
  bool bf16;

  autograd::variable_list apply(autograd::variable_list&& gradients) override {
    TORCH_CHECK(x.defined(), "a second backward through this graph: the first one needs retain_graph");
    TORCH_CHECK(!at::GradMode::is_enabled(), "trained_linear has no second derivative");
    auto sizes = x.sizes().vec();
    int64_t width = weight.size(0) / pieces;
    std::vector<Rows> dy;
    for (auto& gradient : gradients) {
      sizes.back() = width;
      dy.push_back(rows_of(gradient.defined() ? gradient : at::zeros(sizes, x.options()), "trained_linear"));
    }
    autograd::variable_list results(3);
    if (task_should_compute_output(0)) results[0] = input_gradient(dy, width);
    if (task_should_compute_output(1) || task_should_compute_output(2)) {
      results[1] = at::empty(weight.sizes(), weight.options());
      results[2] = at::empty({weight.size(0)}, weight.options());
      weight_gradient(dy, rows_of(x, "trained_linear"), static_cast<GradientChoice>(choice), bf16, results[1], results[2]);
    }
    return results;
  }

  at::Tensor input_gradient(const std::vector<Rows>& dy, int64_t width) const {
    auto dx = at::empty(x.sizes(), x.options());
    int64_t in = weight.size(1), out = weight.size(0);
    if (!sparse) {
      auto flat = dx.view({-1, in});
      for (int64_t p = 0; p < pieces; ++p) {
        auto part = weight.narrow(0, p * width, width);
        auto gradient = dy[p].tensor.reshape({-1, width});
        if (p == 0) at::mm_out(flat, gradient, part);
        else flat.addmm_(gradient, part);
      }
      return dx;
    }
    auto csr = sparse->transposed();
    const auto& kernel = kernels::sparse_linear();
    // The pieces side by side, for one chunk of tokens: it stays in the cache.
    int64_t joined = pieces == 1 ? 0 : rows_per_chunk * out, per_thread = joined + kernel.scratch_floats(csr);
    auto scratch = at::empty({get_num_threads(), per_thread}, x.options());
    for_chunks(dy[0].n, [&](int64_t first, int64_t n) {
      float* mine = scratch.data_ptr<float>() + get_thread_num() * per_thread;
      for (int64_t t = 0; joined != 0 && t < n; ++t)
        for (int64_t p = 0; p < pieces; ++p) std::copy_n(dy[p].data + (first + t) * dy[p].ld, width, mine + t * out + p * width);
      const float* from = joined != 0 ? mine : dy[0].data + first * dy[0].ld;
      kernel.forward(csr, from, joined != 0 ? out : dy[0].ld, nullptr, dx.data_ptr<float>() + first * in, in, n, mine + joined);
    });
    return dx;
  }

  void release_variables() override {
    x = weight = at::Tensor();
    sparse.reset();
  }

  std::string name() const override { return "TrainedLinearBackward"; }
};

std::vector<at::Tensor> trained_linear(
    const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t pieces, Choice choice, bool bf16, bool& by_entries) {
  TORCH_CHECK(weight.dim() == 2 && weight.is_contiguous(), "trained_linear: expected a contiguous weight (out, in), found ", weight.sizes());
  TORCH_CHECK(x.dim() > 0 && x.size(-1) == weight.size(1), "trained_linear: expected inputs of width ", weight.size(1), ", found ", x.sizes());
  TORCH_CHECK(bias.sizes() == weight.sizes().slice(0, 1) && bias.is_contiguous(), "trained_linear: expected a bias of ", weight.size(0), ", found ", bias.sizes());
  TORCH_CHECK(pieces > 0 && weight.size(0) % pieces == 0, "trained_linear: ", weight.size(0), " outputs are not ", pieces, " equal pieces");
  rows_of(bias, "trained_linear");
  bool record = at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad() || bias.requires_grad());
  at::NoGradGuard no_grad;
  Weight sparse;
  if (choice != Choice::dense) sparse = sparse_weight(weight, choice == Choice::sparse ? INT32_MAX : static_cast<int64_t>(dense_from * weight.numel()));
  by_entries = sparse != nullptr;
  auto y = sparse ? multiply(x.detach(), sparse->by_rows(), bias.data_ptr<float>(), "trained_linear") : at::linear(x.detach(), weight.detach(), bias.detach());
  std::shared_ptr<LinearNode> node;
  if (record) {
    node = std::shared_ptr<LinearNode>(new LinearNode(), autograd::deleteNode);
    node->x = x.detach();
    node->weight = weight.detach();
    node->sparse = sparse;
    node->pieces = pieces;
    node->choice = choice;
    node->bf16 = bf16;
    node->set_next_edges(autograd::collect_next_edges(x, weight, bias));
  }
  auto sizes = y.sizes().vec();
  sizes.back() /= pieces;
  std::vector<at::Tensor> parts;
  for (int64_t p = 0; p < pieces; ++p) {
    // No views to autograd: each is an output of its own.
    parts.push_back(at::empty({0}, y.options()).set_(y.storage(), p * sizes.back(), sizes, y.strides()));
    if (record) autograd::create_gradient_edge(parts.back(), node);
  }
  return parts;
}

} // namespace

// x (..., in), weight (out, in), bias (out); y has room for `pieces` handles: x Wᵀ + b in equal pieces of its last dimension.
// choice: 0 by density, 1 dense, 2 sparse. bf16: the weight's gradient from factors rounded to bfloat16. by_entries: whether the sparse product was used.
SW_API int sw_trained_linear(Handle x, Handle weight, Handle bias, int64_t pieces, int choice, int bf16, Handle* y, int* by_entries) noexcept {
  return status([&] {
    bool sparse = false;
    auto parts = trained_linear(*x, *weight, *bias, pieces, static_cast<Choice>(choice), bf16 != 0, sparse);
    for (int64_t p = 0; p < pieces; ++p) y[p] = make_handle(parts[p]);
    *by_entries = sparse;
  });
}
