// Causal attention on the CPU as one autograd function: kernels/attention.h, parallel over sequences and heads.
#include "fused.h"
#include "kernels/attention.h"

namespace autograd = torch::autograd;

namespace {

constexpr int64_t width = 16; // the kernel's channels of a head
using OptionalTensor = c10::optional<at::Tensor>;

// (B, R, C) with its rows at one distance throughout, copied where they are not.
at::Tensor evenly_spaced(const at::Tensor& x) {
  return x.stride(2) == 1 && x.stride(1) >= x.size(2) && x.stride(0) == x.size(1) * x.stride(1) ? x : x.contiguous();
}

// Of the kernel's calls, one per sequence and head: the arguments that do not depend on them, and how the others do.
struct Heads {
  int64_t b, t, h, d;
  int64_t ld; // of q, k and v; all else has d
  float scale;
  const int64_t* positions; // (B), where each sequence's only query is, or null
  const float* sinks; // (H), or null

  Heads(const at::Tensor& k, const at::Tensor& sinks, const at::Tensor& positions, int64_t n_head)
      : b(k.size(0)), t(k.size(1)), h(n_head), d(k.size(2)), ld(k.stride(1)), scale(0.25f), // 1 / √16
        positions(positions.defined() ? positions.data_ptr<int64_t>() : nullptr), sinks(sinks.defined() ? sinks.data_ptr<float>() : nullptr) {}

  int64_t first(int64_t i) const { return positions == nullptr ? 0 : positions[i / h]; }
  int64_t length(int64_t i) const { return positions == nullptr ? t : positions[i / h] + 1; }
  const float* sink(int64_t i) const { return sinks == nullptr ? nullptr : sinks + i % h; }

  // Where the rows of a (B, T, …) tensor begin for this head.
  template <typename T>
  T* keys(T* data, int64_t i, int64_t stride) const { return data + i / h * t * stride + i % h * width; }

  // The same of (B, Q, …). With one query per sequence, that is where row 0 would be: the kernel reads and writes row first alone.
  template <typename T>
  T* queries(T* data, int64_t i, int64_t stride) const {
    return positions == nullptr ? keys(data, i, stride) : data + i / h * d + i % h * width - first(i) * stride;
  }

  // The same of (B, H, Q).
  float* lse(float* data, int64_t i) const { return positions == nullptr ? data + i * t : data + i - first(i); }

  template <typename F>
  void each(F&& call) const {
    const auto& kernels = sweeps::kernels::attention();
    parallel_for(0, b * h, 1, [&](int64_t begin, int64_t end) {
      at::Tensor scratch = at::empty({kernels.scratch_floats(t)}, at::kFloat);
      for (int64_t i = begin; i < end; ++i) call(kernels, i, scratch.data_ptr<float>());
    });
  }
};

struct CausalAttention : autograd::Function<CausalAttention> {
  static at::Tensor forward(
      autograd::AutogradContext* context, at::Tensor q, at::Tensor k, at::Tensor v, const OptionalTensor& sink_logit, const OptionalTensor& positions,
      int64_t n_head) {
    k = evenly_spaced(k);
    v = evenly_spaced(v);
    q = positions ? q.contiguous() : evenly_spaced(q);
    if (v.stride(1) != k.stride(1) || (!positions && q.stride(1) != k.stride(1))) {
      q = q.contiguous();
      k = k.contiguous();
      v = v.contiguous();
    }
    auto sinks = sink_logit ? sink_logit->contiguous() : at::Tensor();
    auto at_positions = positions ? positions->contiguous() : at::Tensor();
    Heads heads(k, sinks, at_positions, n_head);
    if (positions)
      for (int64_t i = 0; i < heads.b; ++i) {
        int64_t p = heads.positions[i];
        TORCH_CHECK(p >= 0 && p < heads.t, "position ", p, " of sequence ", i, ": expected 0 to ", heads.t - 1);
      }
    auto out = at::empty({heads.b, q.size(1), heads.d}, q.options());
    auto lse = at::empty({heads.b, heads.h, q.size(1)}, q.options());
    heads.each([&, qs = q.data_ptr<float>(), ks = k.data_ptr<float>(), vs = v.data_ptr<float>(), os = out.data_ptr<float>(), ls = lse.data_ptr<float>()](
                   const auto& kernels, int64_t i, float* scratch) {
      kernels.forward(
          heads.queries(qs, i, heads.ld), heads.keys(ks, i, heads.ld), heads.keys(vs, i, heads.ld), heads.sink(i), heads.queries(os, i, heads.d),
          heads.lse(ls, i), heads.length(i), heads.first(i), heads.ld, heads.d, heads.scale, scratch);
    });
    context->save_for_backward({q, k, v, sinks, at_positions, out, lse});
    return out;
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    first_derivatives_only("causal_attention");
    auto saved = context->get_saved_variables();
    const auto &q = saved[0], &k = saved[1], &v = saved[2], &sinks = saved[3], &out = saved[5], &lse = saved[6];
    Heads heads(k, sinks, saved[4], lse.size(1));
    auto dout = gradients[0].contiguous();
    auto dq = at::empty(q.sizes(), q.options());
    // What lies after the only query gets nothing.
    auto dk = heads.positions == nullptr ? at::empty(k.sizes(), k.options()) : at::zeros(k.sizes(), k.options());
    auto dv = heads.positions == nullptr ? at::empty(k.sizes(), k.options()) : at::zeros(k.sizes(), k.options());
    auto dsinks = at::empty({heads.b, heads.h}, k.options());
    heads.each([&, qs = q.data_ptr<float>(), ks = k.data_ptr<float>(), vs = v.data_ptr<float>(), os = out.data_ptr<float>(), ls = lse.data_ptr<float>(),
                dos = dout.data_ptr<float>(), dqs = dq.data_ptr<float>(), dks = dk.data_ptr<float>(), dvs = dv.data_ptr<float>(),
                dss = dsinks.data_ptr<float>()](const auto& kernels, int64_t i, float* scratch) {
      kernels.backward(
          heads.queries(qs, i, heads.ld), heads.keys(ks, i, heads.ld), heads.keys(vs, i, heads.ld), heads.sink(i), heads.queries(os, i, heads.d),
          heads.lse(ls, i), heads.queries(dos, i, heads.d), heads.queries(dqs, i, heads.d), heads.keys(dks, i, heads.d), heads.keys(dvs, i, heads.d),
          dss + i, heads.length(i), heads.first(i), heads.ld, heads.d, heads.scale, scratch);
    });
    at::Tensor dsink;
    if (sinks.defined()) {
      // One sequence after the other, whatever the number of threads.
      dsink = at::zeros({heads.h}, k.options());
      for (int64_t i = 0; i < heads.b; ++i) dsink.add_(dsinks.select(0, i));
    }
    return {dq, dk, dv, dsink, at::Tensor(), at::Tensor()};
  }
};

} // namespace

// q (B, T, d), or (B, 1, d) with its positions (B); k and v (B, T, d), d = 16 n_head; sink_logit (H) and positions may be null. Gives (B, Q, d).
SW_API Handle sw_causal_attention(Handle q, Handle k, Handle v, Handle sink_logit, Handle positions, int64_t n_head) noexcept {
  return result([&] { return CausalAttention::apply(*q, *k, *v, optional_tensor(sink_logit), optional_tensor(positions), n_head); });
}
