// Tokens go in tiles: a tile of x is transposed into scratch, so that one weight meets the same channel of many tokens in one vector. Every
// output adds up its row of the weight from left to right, beginning with the bias, whatever the tile.
#include "sparse_linear.h"

#include "simd.h"

namespace sweeps::kernels::SW_ISA {

namespace {

// Tokens in a full tile. Its rows of x and y often lie a power of two apart, where a first-level cache has room for few of them: more
// tokens cost more than weights that are read less often save.
constexpr int tile = 32;
constexpr int widest = tile / lanes;
// Rows of the weight between two visits to y: a line of each token, which is then whole.
constexpr int block_rows = 16;
static_assert(block_rows % lanes == 0);

SW_INLINE int64_t whole_blocks(int64_t n) { return (n + lanes - 1) / lanes * lanes; }

SW_INLINE float* aligned(float* p) { return reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(p) + 63) & ~uintptr_t{63}); }

int64_t scratch_floats(const Csr& weight) { return 16 + (whole_blocks(weight.cols) + block_rows) * tile; }

// d[j][i] = s[i][j] for rows × cols up to lanes × lanes; what is missing in rows becomes 0, what is missing in cols may become anything.
SW_INLINE void transpose_in(const float* s, int64_t s_stride, float* d, int64_t d_stride, int64_t rows, int64_t cols) {
  if (rows >= lanes && cols >= lanes) {
    transpose(s, s_stride, d, d_stride);
    return;
  }
  float block[SW_LANES * SW_LANES];
  int width = static_cast<int>(cols < lanes ? cols : lanes);
  for (int i = 0; i < lanes; ++i) {
    vf row = i >= rows ? vf{} : width == lanes ? load(s + i * s_stride) : load_n(s + i * s_stride, width);
    store(block + i * lanes, row);
  }
  transpose(block, lanes, d, d_stride);
}

// d[j][i] = s[i][j] for the rows and cols of d that there are, up to lanes × lanes.
SW_INLINE void transpose_out(const float* s, int64_t s_stride, float* d, int64_t d_stride, int64_t rows, int64_t cols) {
  if (rows >= lanes && cols >= lanes) {
    transpose(s, s_stride, d, d_stride);
    return;
  }
  float block[SW_LANES * SW_LANES];
  transpose(s, s_stride, block, lanes);
  for (int j = 0; j < lanes && j < rows; ++j) {
    if (cols >= lanes)
      store(d + j * d_stride, load(block + j * lanes));
    else
      store_n(d + j * d_stride, load(block + j * lanes), static_cast<int>(cols));
  }
}

// Up to vectors · lanes tokens.
template <int vectors>
SW_INLINE void forward_tile(
    const Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy, int64_t n, float* scratch) {
  constexpr int64_t width = vectors * lanes;
  float* columns = scratch;
  float* block = scratch + whole_blocks(weight.cols) * width;
  // Along the rows of x, as the prefetchers expect it.
  for (int64_t i = 0; i < width; i += lanes)
    for (int64_t c = 0; c < weight.cols; c += lanes)
      transpose_in(x + i * ldx + c, ldx, columns + c * width + i, width, n - i, weight.cols - c);
  for (int64_t r = 0; r < weight.rows; r += block_rows) {
    int64_t rows = weight.rows - r < block_rows ? weight.rows - r : block_rows;
    // Lines that are written only would otherwise be waited for at the end.
    for (int64_t i = 0; i < width && i < n; ++i) __builtin_prefetch(y + i * ldy + r, 1);
    for (int64_t row = r; row < r + rows; ++row) {
      vf sum[vectors];
      for (int v = 0; v < vectors; ++v) sum[v] = splat(bias == nullptr ? 0.f : bias[row]);
      for (int32_t j = weight.ptr[row]; j < weight.ptr[row + 1]; ++j) {
        const float* column = columns + weight.idx[j] * width;
        for (int v = 0; v < vectors; ++v) sum[v] = fma(splat(weight.val[j]), load(column + v * lanes), sum[v]);
      }
      for (int v = 0; v < vectors; ++v) store(block + (row - r) * width + v * lanes, sum[v]);
    }
    for (int64_t i = 0; i < width; i += lanes)
      for (int64_t q = 0; q < rows; q += lanes) transpose_out(block + q * width + i, width, y + i * ldy + r + q, ldy, n - i, rows - q);
  }
}

// One token: nothing to share, so straight from x.
void forward_token(const Csr& weight, const float* x, const float* bias, float* y) {
  for (int64_t row = 0; row < weight.rows; ++row) {
    float sum = bias == nullptr ? 0.f : bias[row];
    for (int32_t j = weight.ptr[row]; j < weight.ptr[row + 1]; ++j) sum = fma(weight.val[j], x[weight.idx[j]], sum);
    y[row] = sum;
  }
}

void forward(const Csr& weight, const float* x, int64_t ldx, const float* bias, float* y, int64_t ldy, int64_t n, float* scratch) {
  scratch = aligned(scratch);
  while (n > 0) {
    int64_t taken = n;
    if (n >= tile) {
      forward_tile<widest>(weight, x, ldx, bias, y, ldy, taken = tile, scratch);
    } else if (n <= 2) {
      forward_token(weight, x, bias, y);
      taken = 1;
    } else if (n <= lanes) {
      forward_tile<1>(weight, x, ldx, bias, y, ldy, n, scratch);
    } else if (n <= 2 * lanes) {
      forward_tile<2>(weight, x, ldx, bias, y, ldy, n, scratch);
    } else {
      forward_tile<widest>(weight, x, ldx, bias, y, ldy, n, scratch);
    }
    n -= taken;
    x += taken * ldx;
    y += taken * ldy;
  }
}

} // namespace

extern const SparseLinearKernels sparse_linear{forward, scratch_floats};

} // namespace sweeps::kernels::SW_ISA
