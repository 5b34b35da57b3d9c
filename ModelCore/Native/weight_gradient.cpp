#include "weight_gradient.h"

#include "kernels/weight_gradient.h"

namespace sweeps {

namespace {

using Kernels = kernels::WeightGradientKernels;

// Above this density the dense product is faster; it decides about rounding, so it depends on the values alone, never on the machine.
constexpr double dense_above = 0.4;

template <typename T>
T* data(const at::Tensor& t) { return reinterpret_cast<T*>(t.data_ptr()); }

// x, packed by the first piece that needs it.
class Packed {
public:
  Packed(const Rows& x, bool bf16) : x(x), bf16(bf16), chunks(parts(x.n, Kernels::tokens)) {}

  int64_t stride() const { return chunks * Kernels::tokens * kernel.columns; }

  const float* block(int64_t c) {
    if (!packed.defined()) {
      packed = at::empty({parts(x.d, kernel.columns) * stride()}, x.tensor.options());
      parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          int64_t t = i * Kernels::tokens;
          kernel.pack(
              x.data + t * x.ld, x.ld, std::min(Kernels::tokens, x.n - t), x.d, bf16, packed.data_ptr<float>() + t * kernel.columns, stride());
        }
      });
    }
    return packed.data_ptr<float>() + c * stride();
  }

  const Rows& x;
  bool bf16;
  int64_t chunks;

private:
  const Kernels& kernel = kernels::weight_gradient();
  at::Tensor packed;
};

// Of one piece: dw (dy.d, x.d) and db (dy.d), rows of the results.
void piece(const Rows& dy, Packed& x, GradientChoice choice, at::Tensor dw, float* db) {
  const auto& kernel = kernels::weight_gradient();
  auto ints = x.x.tensor.options().dtype(at::kInt);
  int64_t n = dy.n, width = dy.d, in = x.x.d, chunks = x.chunks, blocks = parts(width, Kernels::rows);
  auto tokens_of = [&](int64_t chunk) { return std::min(Kernels::tokens, n - chunk * Kernels::tokens); };
  auto rows_of_block = [&](int64_t block) { return std::min(Kernels::rows, width - block * Kernels::rows); };

  auto nonzeros = at::empty({chunks, width}, ints);
  auto sums = at::empty({chunks, width}, x.x.tensor.options());
  auto* counted = data<int32_t>(nonzeros);
  parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      kernel.count(dy.data + i * Kernels::tokens * dy.ld, dy.ld, tokens_of(i), width, counted + i * width, sums.data_ptr<float>() + i * width);
  });
  const float* summed = sums.data_ptr<float>();
  std::fill_n(db, width, 0.f);
  for (int64_t i = 0; i < chunks; ++i)
    for (int64_t r = 0; r < width; ++r) db[r] += summed[i * width + r];

  // Lists one behind the other.
  auto memory = at::empty({chunks * blocks * static_cast<int64_t>(sizeof(Kernels::List))}, ints.dtype(at::kByte));
  auto* lists = data<Kernels::List>(memory);
  int64_t end_of_lists = 0, total = 0;
  for (int64_t i = 0; i < chunks; ++i) {
    for (int64_t b = 0; b < blocks; ++b) {
      lists[i * blocks + b].first = end_of_lists;
      int64_t entries = 0;
      for (int64_t r = 0; r < rows_of_block(b); ++r) entries += counted[i * width + b * Kernels::rows + r];
      total += entries;
      end_of_lists += entries + Kernels::slack;
    }
  }
  if (choice == GradientChoice::dense || (choice == GradientChoice::automatic && static_cast<double>(total) > dense_above * static_cast<double>(n * width))) {
    dense_weight_gradient(dy, x.x, x.bf16, dw);
    return;
  }

  auto offsets = at::empty({end_of_lists}, ints.dtype(at::kShort));
  auto values = at::empty({end_of_lists}, x.x.tensor.options());
  Kernels::Entries entries{data<uint16_t>(offsets), values.data_ptr<float>()};
  int64_t per_thread = Kernels::rows * std::max(Kernels::tokens, kernel.columns);
  auto scratch = at::empty({get_num_threads(), per_thread}, x.x.tensor.options());
  auto mine = [&] { return scratch.data_ptr<float>() + get_thread_num() * per_thread; };
  parallel_for(0, chunks * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      int64_t i = task / blocks, row = task % blocks * Kernels::rows;
      kernel.list(
          dy.data + i * Kernels::tokens * dy.ld + row, dy.ld, tokens_of(i), rows_of_block(task % blocks), counted + i * width + row, x.bf16, lists[task], entries,
          mine());
    }
  });
  x.block(0);
  parallel_for(0, parts(in, kernel.columns) * blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      int64_t b = task % blocks, c = task / blocks, column = c * kernel.columns;
      kernel.multiply(
          lists + b, blocks, chunks, entries, x.block(c), rows_of_block(b), std::min(kernel.columns, in - column),
          dw.data_ptr<float>() + b * Kernels::rows * in + column, in, mine());
    }
  });
}

} // namespace

void dense_weight_gradient(const Rows& dy, const Rows& x, bool bf16, at::Tensor& dw) {
  auto factor = [&](const Rows& rows) {
    auto flat = rows.tensor.reshape({rows.n, rows.d});
    return bf16 ? flat.to(at::kBFloat16).to(at::kFloat) : flat;
  };
  at::mm_out(dw, factor(dy).t(), factor(x));
}

void weight_gradient(const std::vector<Rows>& dy, const Rows& x, GradientChoice choice, bool bf16, at::Tensor& dw, at::Tensor& db) {
  Packed packed(x, bf16);
  int64_t row = 0;
  for (const auto& part : dy) {
    piece(part, packed, choice, dw.narrow(0, row, part.d), db.data_ptr<float>() + row);
    row += part.d;
  }
}

} // namespace sweeps
