// Causal attention, parallel over sequences and heads: kernels/attention.h.
#include "../attention.h"

#include <algorithm>

#include "../../memory/array.h"
#include "../../parallel.h"
#include "../../status.h"

using namespace sweeps;

namespace {

constexpr int64_t channels = 16; // of a head

// Of the kernel's calls, one per sequence and head: how their arguments depend on them.
class Heads {
 public:
  explicit Heads(const sw_attention* attention) : a(checked(attention)), d(channels * a.n_head) {}

  const sw_attention& a;
  const int64_t d; // all that is written has rows of it

  int64_t calls() const { return a.b * a.n_head; }
  int64_t first(int64_t i) const { return a.positions == nullptr ? 0 : a.positions[i / a.n_head]; }
  int64_t length(int64_t i) const { return a.positions == nullptr ? a.t : a.positions[i / a.n_head] + 1; }
  const float* sink(int64_t i) const { return a.sinks == nullptr ? nullptr : a.sinks + i % a.n_head; }

  // Where the rows of a (b, t, …) array begin for this head.
  template <typename T>
  T* keys(T* data, int64_t i, int64_t stride) const {
    return data + i / a.n_head * a.t * stride + i % a.n_head * channels;
  }

  // The same of (b, queries, …), sequences `sequence` floats apart and rows `stride`. With one query per sequence, that is where row 0
  // would be: the kernel reads and writes row `first` alone.
  template <typename T>
  T* queries(T* data, int64_t i, int64_t sequence, int64_t stride) const {
    return data + i / a.n_head * sequence + i % a.n_head * channels - first(i) * stride;
  }
  const float* q(int64_t i) const { return queries(a.q, i, a.queries * a.q_stride, a.kv_stride); }
  template <typename T>
  T* written(T* data, int64_t i) const {
    return queries(data, i, a.queries * d, d);
  }

  // The same of (b, n_head, queries).
  template <typename T>
  T* lse(T* data, int64_t i) const {
    return a.positions == nullptr ? data + i * a.t : data + i - first(i);
  }

  template <typename F>
  void each(const F& call) const {
    const auto& kernels = kernels::attention();
    const Team team;
    const int64_t per_thread = kernels.scratch_floats(a.t);
    Array<float> scratch(team.size() * per_thread);
    parallel_for(team, calls(), 1, [&](int64_t begin, int64_t end, int thread) {
      for (int64_t i = begin; i < end; ++i) call(kernels, i, scratch.data() + thread * per_thread);
    });
  }

 private:
  static const sw_attention& checked(const sw_attention* attention) {
    require(attention != nullptr, "attention: no arguments");
    const auto& a = *attention;
    require(a.b >= 0 && a.t >= 0 && a.n_head > 0, "attention: ", a.b, " sequences of ", a.t, " tokens and ", a.n_head, " heads");
    require(
        a.queries == (a.positions == nullptr ? a.t : 1), "attention: ", a.queries, " queries, expected ", a.positions == nullptr ? a.t : 1);
    // The kernel has one stride for the three.
    require(a.positions != nullptr || a.q_stride == a.kv_stride, "attention: q has rows at ", a.q_stride, ", k and v at ", a.kv_stride);
    require(
        a.kv_stride >= a.n_head * channels && a.q_stride >= a.n_head * channels, "attention: rows at ", a.kv_stride,
        " are shorter than all heads");
    require_array(a.q, a.b * a.queries, "attention: q");
    require_array(a.k, a.b * a.t, "attention: k");
    require_array(a.v, a.b * a.t, "attention: v");
    if (a.positions != nullptr) require_indices(a.positions, a.b, a.t, "attention: positions");
    return a;
  }
};

constexpr float scale = 0.25f; // 1 / √16

} // namespace

SW_API sw_status sw_attention_forward(const sw_attention* attention, float* out, float* lse) noexcept {
  return status([&] {
    const Heads h(attention);
    require_array(out, h.a.b * h.a.queries, "attention: out");
    require_array(lse, h.a.b * h.a.queries, "attention: lse");
    h.each([&](const auto& kernels, int64_t i, float* scratch) {
      kernels.forward(
          h.q(i), h.keys(h.a.k, i, h.a.kv_stride), h.keys(h.a.v, i, h.a.kv_stride), h.sink(i), h.written(out, i), h.lse(lse, i),
          h.length(i), h.first(i), h.a.kv_stride, h.d, scale, scratch);
    });
  });
}

SW_API sw_status sw_attention_backward(
    const sw_attention* attention, const float* out, const float* lse, const float* dout, float* dq, float* dk, float* dv,
    float* dsinks) noexcept {
  return status([&] {
    const Heads h(attention);
    const auto& a = h.a;
    for (const float* given : {out, lse, dout}) require_array(given, a.b * a.queries, "attention: out, lse or dout");
    require_array(dq, a.b * a.queries, "attention: dq");
    require_array(dk, a.b * a.t, "attention: dk");
    require_array(dv, a.b * a.t, "attention: dv");
    // What lies after the only query gets nothing.
    if (a.positions != nullptr)
      for (float* all : {dk, dv}) std::fill_n(all, a.b * a.t * h.d, 0.f);
    Array<float> by_call(h.calls());
    h.each([&](const auto& kernels, int64_t i, float* scratch) {
      kernels.backward(
          h.q(i), h.keys(a.k, i, a.kv_stride), h.keys(a.v, i, a.kv_stride), h.sink(i), h.written(out, i), h.lse(lse, i), h.written(dout, i),
          h.written(dq, i), h.keys(dk, i, h.d), h.keys(dv, i, h.d), by_call.data() + i, h.length(i), h.first(i), a.kv_stride, h.d, scale,
          scratch);
    });
    if (dsinks == nullptr) return;
    // One sequence after the other, whatever the number of threads.
    std::fill_n(dsinks, a.n_head, 0.f);
    for (int64_t i = 0; i < h.calls(); ++i) dsinks[i % a.n_head] += by_call[i];
  });
}
