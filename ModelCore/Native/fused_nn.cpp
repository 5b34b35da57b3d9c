// Cross-entropy, RMSNorm and GELU on the CPU as autograd functions of one kernel each way: kernels/cross_entropy.h, kernels/rms_norm.h, kernels/gelu.h.
// Float32. Whatever is summed over rows is summed in an order that does not depend on the number of threads.
#include "fused.h"
#include "kernels/cross_entropy.h"
#include "kernels/gelu.h"
#include "kernels/rms_norm.h"

namespace autograd = torch::autograd;

namespace {

struct CrossEntropy : autograd::Function<CrossEntropy> {
  static at::Tensor forward(autograd::AutogradContext* context, at::Tensor logits, at::Tensor target) {
    logits = logits.contiguous();
    target = target.contiguous();
    int64_t n = logits.size(0), classes = logits.size(1);
    auto loss = at::empty({n}, logits.options());
    auto lse = at::empty({n}, logits.options());
    const auto& kernels = sweeps::kernels::cross_entropy();
    for_chunks(n, [&](int64_t first, int64_t rows) {
      kernels.forward(
          logits.data_ptr<float>() + first * classes, classes, target.data_ptr<int64_t>() + first, loss.data_ptr<float>() + first,
          lse.data_ptr<float>() + first, rows, classes);
    });
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += loss.data_ptr<float>()[i];
    context->save_for_backward({logits, target, lse});
    return at::scalar_tensor(sum / static_cast<double>(n), logits.options());
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    first_derivatives_only("cross_entropy");
    auto saved = context->get_saved_variables();
    const auto &logits = saved[0], &target = saved[1], &lse = saved[2];
    int64_t n = logits.size(0), classes = logits.size(1);
    float g = gradients[0].item<float>() / static_cast<float>(n);
    auto dlogits = at::empty(logits.sizes(), logits.options());
    const auto& kernels = sweeps::kernels::cross_entropy();
    for_chunks(n, [&](int64_t first, int64_t rows) {
      kernels.backward(
          logits.data_ptr<float>() + first * classes, classes, target.data_ptr<int64_t>() + first, lse.data_ptr<float>() + first, g,
          dlogits.data_ptr<float>() + first * classes, classes, rows, classes);
    });
    return {dlogits, at::Tensor()};
  }
};

at::Tensor rms_norm_forward(autograd::AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, double eps) {
  auto x = input.contiguous(), gain = weight.contiguous();
  int64_t d = gain.size(0), n = x.numel() / d;
  auto y = at::empty(x.sizes(), x.options());
  auto inverse_rms = at::empty({n}, x.options());
  const auto& kernels = sweeps::kernels::rms_norm();
  for_chunks(n, [&](int64_t first, int64_t rows) {
    kernels.forward(
        x.data_ptr<float>() + first * d, gain.data_ptr<float>(), y.data_ptr<float>() + first * d, inverse_rms.data_ptr<float>() + first, rows, d,
        static_cast<float>(eps));
  });
  context->save_for_backward({x, gain, inverse_rms});
  return y;
}

// By x and the gain. beside: what else comes back to x, or undefined.
autograd::variable_list rms_norm_backward(autograd::AutogradContext* context, const at::Tensor& gradient, const at::Tensor& beside) {
  first_derivatives_only("rms_norm");
  auto saved = context->get_saved_variables();
  const auto &x = saved[0], &gain = saved[1], &inverse_rms = saved[2];
  int64_t d = gain.size(0), n = x.numel() / d;
  auto dy = gradient.contiguous(), more = beside.defined() ? beside.contiguous() : at::Tensor();
  auto dx = at::empty(x.sizes(), x.options());
  auto dgains = at::zeros({(n + rows_per_chunk - 1) / rows_per_chunk, d}, x.options()); // by chunk
  const auto& kernels = sweeps::kernels::rms_norm();
  for_chunks(n, [&](int64_t first, int64_t rows) {
    kernels.backward(
        x.data_ptr<float>() + first * d, gain.data_ptr<float>(), inverse_rms.data_ptr<float>() + first, dy.data_ptr<float>() + first * d,
        more.defined() ? more.data_ptr<float>() + first * d : nullptr, dx.data_ptr<float>() + first * d, dgains.data_ptr<float>() + first / rows_per_chunk * d,
        rows, d);
  });
  auto dgain = at::zeros_like(gain);
  for (int64_t c = 0; c < dgains.size(0); ++c) dgain.add_(dgains.select(0, c));
  return {dx, dgain};
}

struct RmsNorm : autograd::Function<RmsNorm> {
  static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& gain, double eps) {
    return rms_norm_forward(context, x, gain, eps);
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    auto both = rms_norm_backward(context, gradients[0], at::Tensor());
    return {both[0], both[1], at::Tensor()};
  }
};

// x itself and its norm, so that one pass makes the gradient of a residual connection and of what reads it.
struct RmsNormBeside : autograd::Function<RmsNormBeside> {
  static autograd::variable_list forward(autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& gain, double eps) {
    return {x, rms_norm_forward(context, x, gain, eps)};
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    auto both = rms_norm_backward(context, gradients[1], gradients[0]);
    return {both[0], both[1], at::Tensor()};
  }
};

// body(first, n) for parts of n entries.
template <typename F>
void for_entries(int64_t n, const F& body) {
  constexpr int64_t part = 1 << 12;
  parallel_for(0, (n + part - 1) / part, 1, [&](int64_t begin, int64_t end) { body(begin * part, std::min(end * part, n) - begin * part); });
}

struct Gelu : autograd::Function<Gelu> {
  static at::Tensor forward(autograd::AutogradContext* context, at::Tensor x) {
    x = x.contiguous();
    auto y = at::empty(x.sizes(), x.options());
    const auto& kernels = sweeps::kernels::gelu();
    for_entries(x.numel(), [&](int64_t first, int64_t n) { kernels.forward(x.data_ptr<float>() + first, y.data_ptr<float>() + first, n); });
    context->save_for_backward({x});
    return y;
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    first_derivatives_only("gelu");
    auto x = context->get_saved_variables()[0];
    auto dy = gradients[0].contiguous();
    auto dx = at::empty(x.sizes(), x.options());
    const auto& kernels = sweeps::kernels::gelu();
    for_entries(x.numel(), [&](int64_t first, int64_t n) {
      kernels.backward(x.data_ptr<float>() + first, dy.data_ptr<float>() + first, dx.data_ptr<float>() + first, n);
    });
    return {dx};
  }
};

} // namespace

// The mean over rows of logits (n, classes); target int64 (n). Where a target is to be ignored, ATen's.
SW_API Handle sw_fused_cross_entropy(Handle logits, Handle target, int64_t ignore) noexcept {
  return result([&] {
    auto targets = target->contiguous();
    int64_t n = targets.numel(), classes = logits->size(1);
    TORCH_CHECK(targets.dim() == 1 && n == logits->size(0), "expected one target per row, found ", n, " for ", logits->size(0), " rows");
    for (int64_t i = 0; i < n; ++i) {
      int64_t c = targets.data_ptr<int64_t>()[i];
      if (c == ignore) return at::cross_entropy_loss(*logits, *target, {}, at::Reduction::Mean, ignore);
      TORCH_CHECK(c >= 0 && c < classes, "target ", c, " of row ", i, ": expected 0 to ", classes - 1);
    }
    return CrossEntropy::apply(*logits, targets);
  });
}

// x (..., d), gain (d).
SW_API Handle sw_rms_norm(Handle x, Handle gain, double eps) noexcept {
  return result([&] { return RmsNorm::apply(*x, *gain, eps); });
}

// The same, and in residual x again, to be used beside the norm.
SW_API Handle sw_rms_norm_beside(Handle x, Handle gain, double eps, Handle* residual) noexcept {
  return result([&] {
    auto both = RmsNormBeside::apply(*x, *gain, eps);
    *residual = make_handle(both[0]);
    return both[1];
  });
}

SW_API Handle sw_fused_gelu(Handle x) noexcept {
  return result([&] { return Gelu::apply(*x); });
}
