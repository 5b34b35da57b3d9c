// Rows of a table, on the CPU, and rows added to rows. Float32, positions Int64.
#include "fused.h"

#include <cstring>

namespace autograd = torch::autograd;

namespace sweeps {

// Threads share the channels: each adds up all of its rows in order.
at::Tensor table_gradient(const at::Tensor& gradient, const at::Tensor& positions, int64_t rows) {
  auto dy = gradient.contiguous();
  int64_t width = dy.size(-1), n = positions.numel();
  auto result = at::empty({rows, width}, dy.options());
  float* sums = result.data_ptr<float>();
  for_chunks(rows, [&](int64_t first, int64_t count) { std::memset(sums + first * width, 0, sizeof(float) * static_cast<size_t>(count * width)); });
  constexpr int64_t lines = 64;
  parallel_for(0, (width + lines - 1) / lines, 1, [&](int64_t begin, int64_t end) {
    int64_t first = begin * lines, last = std::min(end * lines, width);
    for (int64_t i = 0; i < n; ++i) {
      const float* from = dy.data_ptr<float>() + i * width;
      float* to = sums + positions.data_ptr<int64_t>()[i] * width;
      for (int64_t c = first; c < last; ++c) to[c] += from[c];
    }
  });
  return result;
}

} // namespace sweeps

namespace {

// Positions, of which each must be a row of the table.
at::Tensor checked(const at::Tensor& positions, const at::Tensor& table, const char* operation) {
  TORCH_CHECK(table.dim() == 2, operation, ": expected a table (rows, width), found ", table.sizes());
  auto flat = positions.contiguous();
  const auto* p = flat.data_ptr<int64_t>();
  for (int64_t i = 0; i < flat.numel(); ++i)
    TORCH_CHECK(p[i] >= 0 && p[i] < table.size(0), operation, ": position ", p[i], ", expected 0 to ", table.size(0) - 1);
  return flat;
}

struct Embedding : autograd::Function<Embedding> {
  static at::Tensor forward(autograd::AutogradContext* context, at::Tensor table, at::Tensor positions) {
    auto rows = checked(positions, table, "embedding");
    table = table.contiguous();
    auto sizes = positions.sizes().vec();
    int64_t width = table.size(1);
    sizes.push_back(width);
    auto y = at::empty(sizes, table.options());
    for_chunks(rows.numel(), [&](int64_t first, int64_t n) {
      for (int64_t i = first; i < first + n; ++i)
        std::copy_n(table.data_ptr<float>() + rows.data_ptr<int64_t>()[i] * width, width, y.data_ptr<float>() + i * width);
    });
    context->save_for_backward({rows});
    context->saved_data["rows"] = table.size(0);
    return y;
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    first_derivatives_only("embedding");
    return {table_gradient(gradients[0], context->get_saved_variables()[0], context->saved_data["rows"].toInt()), at::Tensor()};
  }
};

struct AddEmbedding : autograd::Function<AddEmbedding> {
  static at::Tensor forward(autograd::AutogradContext* context, at::Tensor sums, at::Tensor table, at::Tensor positions) {
    auto rows = checked(positions, table, "add_embedding_");
    table = table.contiguous();
    int64_t width = table.size(1);
    TORCH_CHECK(
        sums.is_contiguous() && sums.dim() > 0 && sums.size(-1) == width && sums.numel() == rows.numel() * width, "add_embedding_: expected ", rows.numel(),
        " contiguous rows of ", width, ", found ", sums.sizes());
    for_chunks(rows.numel(), [&](int64_t first, int64_t n) {
      for (int64_t i = first; i < first + n; ++i) {
        const float* from = table.data_ptr<float>() + rows.data_ptr<int64_t>()[i] * width;
        float* to = sums.data_ptr<float>() + i * width;
        for (int64_t c = 0; c < width; ++c) to[c] += from[c];
      }
    });
    context->mark_dirty({sums});
    context->save_for_backward({rows});
    context->saved_data["rows"] = table.size(0);
    return sums;
  }

  static autograd::variable_list backward(autograd::AutogradContext* context, autograd::variable_list gradients) {
    first_derivatives_only("add_embedding_");
    return {gradients[0], table_gradient(gradients[0], context->get_saved_variables()[0], context->saved_data["rows"].toInt()), at::Tensor()};
  }
};

} // namespace

// table (n, d), positions of any shape S; (S, d).
SW_API Handle sw_fused_embedding(Handle table, Handle positions) noexcept {
  return result([&] { return Embedding::apply(*table, *positions); });
}

// sums (S, d) += the rows of the table.
SW_API int sw_add_embedding_(Handle sums, Handle table, Handle positions) noexcept {
  return status([&] { AddEmbedding::apply(*sums, *table, *positions); });
}
