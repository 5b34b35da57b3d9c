#include "weight_gradient.h"

#include "blocked.h"
#include "packed.h"

namespace sweeps::kernels::SW_ISA {

namespace {

using Table = WeightGradientKernels;

// Eight sums hide the latency of the multiply-add, and a chunk of so many columns fits into the first-level cache beside the sums.
constexpr int vectors = 8;
constexpr int64_t columns = vectors * lanes;
static_assert(Table::tokens * columns * sizeof(float) <= UINT16_MAX);
static_assert(Table::tokens % block_tokens == 0 && Table::slack >= lanes);

// To the nearest bfloat16, ties to even; NaN stays NaN.
SW_INLINE vf round_to_bf16(vf v) {
  vi b = as_int(v);
  vi rounded = (b + 0x7fff + ((b >> 16) & 1)) & static_cast<int32_t>(0xffff0000);
  return v == v ? as_float(rounded) : v;
}

void count(const float* dy, int64_t lddy, int64_t n, int64_t width, int32_t* nonzeros, float* sums) {
  std::memset(nonzeros, 0, sizeof(int32_t) * static_cast<size_t>(width));
  std::memset(sums, 0, sizeof(float) * static_cast<size_t>(width));
  int64_t whole = width / lanes * lanes;
  for (int64_t t = 0; t < n; ++t) {
    const float* y = dy + t * lddy;
    for (int64_t r = 0; r < whole; r += lanes) {
      vf v = load(y + r);
      store(sums + r, load(sums + r) + v);
      *reinterpret_cast<vi_unaligned*>(nonzeros + r) -= v != splat(0.f);
    }
    for (int64_t r = whole; r < width; ++r) {
      sums[r] += y[r];
      nonzeros[r] += y[r] != 0.f;
    }
  }
}

void pack(const float* x, int64_t ldx, int64_t n, int64_t width, bool bf16, float* packed, int64_t stride) {
  for (int64_t t = 0; t < n; ++t) {
    for (int64_t c = 0; c < width; c += columns) {
      const float* from = x + t * ldx + c;
      float* to = packed + c / columns * stride + t * columns;
      for (int64_t i = 0; i < columns; i += lanes) {
        int64_t left = width - c - i;
        vf v = left >= lanes ? load(from + i) : left > 0 ? load_n(from + i, static_cast<int>(left)) : splat(0.f);
        store(to + i, bf16 ? round_to_bf16(v) : v);
      }
    }
  }
}

// Writes the entries of v that are not 0, and up to a vector of anything behind them; how many there were.
SW_INLINE int append(vf v, int32_t token, bool bf16, uint16_t* offset, float* value) {
  const uint32_t m = bits(v != splat(0.f));
  const vi at = (iota() + token) * static_cast<int32_t>(columns * sizeof(float));
#if SW_LANES == 16
  auto offsets = _mm512_maskz_compress_epi32(static_cast<__mmask16>(m), reinterpret_cast<__m512i>(at));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(offset), _mm512_cvtepi32_epi16(offsets));
#else
  // Without a branch on what is 0, which no predictor could guess.
  for (int i = 0, n = 0; i < lanes; ++i) {
    offset[n] = static_cast<uint16_t>(at[i]);
    n += static_cast<int>(m >> i & 1);
  }
#endif
  return compress(value, bf16 ? round_to_bf16(v) : v, m);
}

// Rows with equally many entries follow each other, so that the loop over entries ends when the branch predictor expects it.
SW_INLINE void order(const int32_t* nonzeros, int64_t width, Table::List& list) {
  int32_t place[Table::tokens + 2] = {};
  for (int64_t r = 0; r < width; ++r) ++place[Table::tokens - nonzeros[r] + 1];
  for (int64_t i = 0; i <= Table::tokens; ++i) place[i + 1] += place[i];
  for (int64_t r = 0; r < width; ++r) list.row[place[Table::tokens - nonzeros[r]]++] = static_cast<int32_t>(r);
}

void list(
    const float* dy, int64_t lddy, int64_t n, int64_t width, const int32_t* nonzeros, bool bf16, Table::List& list,
    const Table::Entries& entries, float* scratch) {
  order(nonzeros, width, list);
  int64_t padded = (n + lanes - 1) / lanes * lanes;
  for (int64_t t = 0; t < n; t += lanes) {
    for (int64_t r = 0; r < width; r += lanes) {
      int height = n - t < lanes ? static_cast<int>(n - t) : lanes;
      int across = width - r < lanes ? static_cast<int>(width - r) : lanes;
      transpose_n(dy + t * lddy + r, lddy, scratch + r * Table::tokens + t, Table::tokens, height, across);
    }
  }
  for (int64_t r = 0; n < padded && r < width; ++r)
    for (int64_t t = n; t < padded; ++t) scratch[r * Table::tokens + t] = 0;

  int32_t end = 0;
  for (int64_t i = 0; i < width; ++i) {
    list.begin[i] = end;
    const float* row = scratch + list.row[i] * Table::tokens;
    for (int64_t t = 0; t < padded; t += lanes)
      end += append(load(row + t), static_cast<int32_t>(t), bf16, entries.offset + list.first + end, entries.value + list.first + end);
  }
  list.begin[width] = end;
}

void pack_block(const float* x, int64_t width, bool bf16, float* packed, int64_t stride) {
  for (int64_t c = 0; c < width; c += columns, packed += stride)
    for (int64_t i = 0; i < columns; i += lanes)
      for (int64_t t = 0; t < block_tokens; t += lanes) {
        const float* from = x + (c + i) * block_tokens + t;
        float* to = packed + t * columns + i;
        const int64_t left = width - c - i;
        if (left >= lanes) {
          transpose(from, block_tokens, to, columns);
        } else {
          for (int64_t j = 0; j < lanes; ++j)
            for (int64_t k = 0; k < lanes; ++k) to[k * columns + j] = j < left ? from[j * block_tokens + k] : 0.f;
        }
        for (int64_t k = 0; bf16 && k < lanes; ++k) store(to + k * columns, round_to_bf16(load(to + k * columns)));
      }
}

void list_blocks(
    const float* dy, int64_t lddy, int64_t n, int64_t width, bool bf16, Table::List& list, const Table::Entries& entries, float* sums) {
  int32_t nonzeros[Table::rows];
  for (int64_t r = 0; r < width; ++r) {
    vf total{};
    int32_t count = 0;
    for (int64_t b = 0; b < n; ++b)
      for (int64_t t = 0; t < block_tokens; t += lanes) {
        vf v = load(dy + b * lddy + r * block_tokens + t);
        total += v;
        count += __builtin_popcount(bits(v != splat(0.f)));
      }
    nonzeros[r] = count;
    sums[r] += sum(total);
  }
  order(nonzeros, width, list);
  int32_t end = 0;
  for (int64_t i = 0; i < width; ++i) {
    list.begin[i] = end;
    const float* row = dy + list.row[i] * block_tokens;
    for (int64_t b = 0; b < n; ++b)
      for (int64_t t = 0; t < block_tokens; t += lanes)
        end += append(
            load(row + b * lddy + t), static_cast<int32_t>(b * block_tokens + t), bf16, entries.offset + list.first + end,
            entries.value + list.first + end);
  }
  list.begin[width] = end;
}

void multiply(
    const Table::List* lists, int64_t list_stride, int64_t chunks, const Table::Entries& entries, const float* packed, int64_t height,
    int64_t width, float* dw, int64_t lddw, float* scratch) {
  std::memset(scratch, 0, sizeof(float) * static_cast<size_t>(height * columns));
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    const auto& list = lists[chunk * list_stride];
    const auto* x = reinterpret_cast<const char*>(packed + chunk * Table::tokens * columns);
    const uint16_t* offset = entries.offset + list.first;
    const float* value = entries.value + list.first;
    for (int64_t i = 0; i < height && list.begin[i] < list.begin[height]; ++i) {
      float* w = scratch + list.row[i] * columns;
      vf sum[vectors];
      for (int j = 0; j < vectors; ++j) sum[j] = load(w + j * lanes);
      for (int32_t e = list.begin[i], end = list.begin[i + 1]; e < end; ++e) {
        const float* row = reinterpret_cast<const float*>(x + offset[e]);
        vf v = splat(value[e]);
        for (int j = 0; j < vectors; ++j) sum[j] += v * load(row + j * lanes);
      }
      for (int j = 0; j < vectors; ++j) store(w + j * lanes, sum[j]);
    }
  }
  for (int64_t r = 0; r < height; ++r) std::memcpy(dw + r * lddw, scratch + r * columns, sizeof(float) * static_cast<size_t>(width));
}

} // namespace

extern const WeightGradientKernels weight_gradient = {columns, count, pack, list, pack_block, list_blocks, multiply};

} // namespace sweeps::kernels::SW_ISA
