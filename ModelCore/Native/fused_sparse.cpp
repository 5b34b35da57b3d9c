// Frozen sparse weights, and the linear map by them with its gradient.
#include "fused.h"
#include "kernels/sparse_linear.h"
#include "sparse_weight.h"

namespace {

using Weight = std::shared_ptr<const SparseWeight>;

// x Wᵀ + bias, or x W with the transposed weight.
at::Tensor apply(const at::Tensor& x, const Weight& weight, bool transposed, const c10::optional<at::Tensor>& bias) {
  auto csr = transposed ? weight->transposed() : weight->by_rows();
  TORCH_CHECK(x.dim() > 0 && x.size(-1) == csr.cols, "expected inputs of width ", csr.cols, ", found ", x.sizes());
  at::Tensor addend;
  if (bias) {
    TORCH_CHECK(
        bias->scalar_type() == at::kFloat && bias->device().is_cpu() && bias->dim() == 1 && bias->size(0) == csr.rows, "expected a bias of ", csr.rows,
        ", Float32 on the CPU, found ", bias->sizes(), ", ", bias->scalar_type(), " on ", bias->device());
    addend = bias->detach().contiguous();
  }
  auto y = multiply(x, csr, addend.defined() ? addend.data_ptr<float>() : nullptr, "sparse_linear");
  return with_backward(
      y, x, [weight, transposed](const at::Tensor& gradient) { return apply(gradient, weight, !transposed, c10::nullopt); });
}

} // namespace

namespace sweeps {

at::Tensor multiply(const at::Tensor& x, const kernels::Csr& weight, const float* bias, const char* operation) {
  auto rows = rows_of(x, operation);
  auto sizes = x.sizes().vec();
  sizes.back() = weight.rows;
  auto y = at::empty(sizes, x.options().memory_format(at::MemoryFormat::Contiguous));
  const auto& kernel = kernels::sparse_linear();
  int64_t per_thread = kernel.scratch_floats(weight);
  auto scratch = at::empty({get_num_threads(), per_thread}, x.options());
  // Without channels to read there are still outputs to write.
  int64_t n = weight.rows == 0 ? 0 : y.numel() / weight.rows;
  for_chunks(n, [&](int64_t first, int64_t count) {
    kernel.forward(
        weight, rows.data + first * rows.ld, rows.ld, bias, y.data_ptr<float>() + first * weight.rows, weight.rows, count,
        scratch.data_ptr<float>() + get_thread_num() * per_thread);
  });
  return y;
}

std::shared_ptr<const SparseWeight> sparse_weight(const at::Tensor& dense, int64_t most) {
  TORCH_CHECK(dense.dim() == 2, "expected a weight (out, in), found ", dense.dim(), " dimensions");
  auto rows = rows_of(dense.detach(), "SparseWeight");
  auto sparse = std::make_shared<SparseWeight>();
  auto* w = &sparse->weight;
  w->rows = dense.size(0);
  w->cols = dense.size(1);
  w->ptr.assign(w->rows + 1, 0);
  const auto& kernel = kernels::csr();
  std::vector<int64_t> counts(w->rows, 0);
  for_chunks(rows.n, [&](int64_t first, int64_t n) {
    for (int64_t r = first; r < first + n; ++r) counts[r] = kernel.count(rows.data + r * rows.ld, w->cols);
  });
  int64_t entries = 0;
  for (int64_t r = 0; r < w->rows; ++r) {
    entries += counts[r];
    if (entries > most) return nullptr;
    w->ptr[r + 1] = static_cast<int32_t>(entries);
  }
  w->idx.resize(entries);
  w->val.resize(entries);
  for_chunks(rows.n, [&](int64_t first, int64_t n) {
    for (int64_t r = first; r < first + n; ++r)
      kernel.collect(rows.data + r * rows.ld, w->cols, w->idx.data() + w->ptr[r], w->val.data() + w->ptr[r]);
  });
  sparse->transpose = w->transposed();
  return sparse;
}

} // namespace sweeps

// Null on failure; freed with sw_sparse_weight_free.
SW_API SparseWeightHandle sw_sparse_weight(Handle dense) noexcept {
  SparseWeightHandle weight = nullptr;
  status([&] {
    auto entries = sparse_weight(*dense, INT32_MAX);
    TORCH_CHECK(entries, "a sparse weight has at most ", INT32_MAX, " entries that are not zero");
    weight = new Weight(std::move(entries));
  });
  return weight;
}

SW_API void sw_sparse_weight_free(SparseWeightHandle weight) noexcept { delete weight; }

SW_API int64_t sw_sparse_weight_rows(SparseWeightHandle weight) noexcept { return (*weight)->weight.rows; }
SW_API int64_t sw_sparse_weight_cols(SparseWeightHandle weight) noexcept { return (*weight)->weight.cols; }
SW_API int64_t sw_sparse_weight_entries(SparseWeightHandle weight) noexcept { return (*weight)->by_rows().entries(); }

SW_API Handle sw_sparse_linear(Handle x, SparseWeightHandle weight, Handle bias) noexcept {
  return result([&] { return apply(*x, *weight, false, optional_tensor(bias)); });
}
