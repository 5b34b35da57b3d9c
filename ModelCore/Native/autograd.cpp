// Gradients, gradient mode, nodes of our own.
#include "native.h"

namespace autograd = torch::autograd;

SW_API void sw_free(Handle t) noexcept;

// Another handle of the same tensor.
SW_API Handle sw_alias(Handle t) noexcept {
  return result([&] { return *t; });
}

SW_API int sw_grad_mode() noexcept { return at::GradMode::is_enabled() ? 1 : 0; }
SW_API void sw_set_grad_mode(int enabled) noexcept { at::GradMode::set_enabled(enabled != 0); }
SW_API int sw_requires_grad(Handle t) noexcept { return t->requires_grad() ? 1 : 0; }
SW_API int sw_is_leaf(Handle t) noexcept { return t->is_leaf() ? 1 : 0; }

SW_API int sw_set_requires_grad(Handle t, int enabled) noexcept {
  return status([&] { t->set_requires_grad(enabled != 0); });
}

SW_API Handle sw_detach(Handle t) noexcept {
  return result([&] { return t->detach(); });
}

SW_API int sw_detach_(Handle t) noexcept {
  return status([&] { t->detach_(); });
}

SW_API Handle sw_grad(Handle t) noexcept {
  return result([&] { return t->grad(); });
}

// A null gradient clears it.
SW_API int sw_set_grad(Handle t, Handle gradient) noexcept {
  return status([&] { t->mutable_grad() = gradient == nullptr ? at::Tensor() : *gradient; });
}

SW_API int sw_backward(Handle t, Handle gradient, int retain_graph, int create_graph) noexcept {
  return status([&] {
    autograd::backward(
        {*t}, {gradient == nullptr ? at::Tensor() : *gradient}, c10::optional<bool>(retain_graph != 0), create_graph != 0);
  });
}

// gradients has room for n_inputs handles; null where an input is unused and that is allowed.
SW_API int sw_autograd_grad(
    const Handle* outputs, int64_t n_outputs, const Handle* inputs, int64_t n_inputs, const Handle* grad_outputs,
    int64_t n_grad_outputs, int retain_graph, int create_graph, int allow_unused, Handle* gradients) noexcept {
  return status([&] {
    auto all = autograd::grad(
        tensors(outputs, n_outputs), tensors(inputs, n_inputs), tensors(grad_outputs, n_grad_outputs),
        c10::optional<bool>(retain_graph != 0), create_graph != 0, allow_unused != 0);
    for (int64_t i = 0; i < n_inputs; ++i) gradients[i] = make_handle(all[i]);
  });
}

namespace {

// Forward: 1 where tau > 0. Backward: as if it had been sigmoid(tau / temperature).
struct HeavisideSigmoid : autograd::Function<HeavisideSigmoid> {
  static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& tau, double temperature) {
    context->save_for_backward({tau});
    context->saved_data["temperature"] = temperature;
    return at::gt(tau, 0).to(tau.scalar_type());
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    auto tau = context->get_saved_variables()[0];
    double temperature = context->saved_data["temperature"].toDouble();
    auto s = at::sigmoid(tau / temperature);
    return {gradients[0] * s * (1 - s) / temperature, at::Tensor()};
  }
};

using ManagedBackward = int (*)(void* state, Handle grad_output, Handle* grad_inputs, int64_t n);
using ManagedRelease = void (*)(void* state);

// A node whose backward is a callback; handles given to the callback, and those it returns, change owner.
struct ManagedNode : autograd::Node {
  ManagedNode(void* state, ManagedBackward call, ManagedRelease release) : state(state), call(call), release(release) {}
  ~ManagedNode() override { release(state); }

  autograd::variable_list apply(autograd::variable_list&& gradients) override {
    auto n = static_cast<int64_t>(num_outputs());
    autograd::variable_list inputs(n);
    if (!gradients[0].defined()) return inputs;
    std::vector<Handle> handles(n, nullptr);
    int failed = call(state, make_handle(gradients[0]), handles.data(), n);
    for (int64_t i = 0; i < n; ++i) {
      if (handles[i] == nullptr) continue;
      inputs[i] = *handles[i];
      sw_free(handles[i]);
    }
    if (failed != 0) throw std::runtime_error("the managed backward function failed");
    return inputs;
  }

  std::string name() const override { return "ManagedBackward"; }

  void* state;
  ManagedBackward call;
  ManagedRelease release;
};

} // namespace

SW_API Handle sw_heaviside_sigmoid(Handle tau, double temperature) noexcept {
  return result([&] { return HeavisideSigmoid::apply(*tau, temperature); });
}

// A new tensor with the values of output, whose gradient flows to the inputs through the callback.
SW_API Handle sw_managed_function(
    Handle output, const Handle* inputs, int64_t n, void* state, ManagedBackward call, ManagedRelease release) noexcept {
  return result([&] {
    auto list = tensors(inputs, n);
    auto node = std::shared_ptr<ManagedNode>(new ManagedNode(state, call, release), autograd::deleteNode);
    auto value = output->detach();
    if (at::GradMode::is_enabled() && autograd::any_variable_requires_grad(list)) {
      node->set_next_edges(autograd::collect_next_edges(list));
      autograd::create_gradient_edge(value, node);
    }
    return value;
  });
}
