// Large matrix products in deterministic mode. OpenBLAS sums in another order with several threads than with one (it halves the last part of
// the inner dimension elsewhere), so there each product is cut into blocks that depend on its shape only, and each block has one thread.
//
// libtorch finds this sgemm_ before the library's, as it is loaded as a dependency of ours; where its BLAS is built in, it never calls it.
#include "native.h"

#include "parallel.h"

#include <dlfcn.h>

namespace {

using Gemm = void(
    const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*, const float*, const int*, const float*,
    float*, const int*);

constexpr int64_t kBlockWork = int64_t{1} << 25; // multiplications, about half a millisecond: below, threads do not pay
constexpr int64_t kMaxBlocks = 8;                // packing the other factor again costs up to 1/20 of the product with one thread

} // namespace

// C (m, n) = alpha op(A) (m, k) op(B) (k, n) + beta C, all by columns.
SW_API void sgemm_(
    const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha, const float* a, const int* lda,
    const float* b, const int* ldb, const float* beta, float* c, const int* ldc) {
  static auto* library = reinterpret_cast<Gemm*>(dlsym(RTLD_NEXT, "sgemm_"));
  const int64_t work = int64_t{*m} * *n * *k;
  const int64_t blocks = std::min(work / kBlockWork, kMaxBlocks);
  if (!deterministic() || blocks < 2) {
    library(transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  const bool columns = *n >= *m;
  const int64_t length = columns ? *n : *m;
  const int64_t block = ((length + blocks - 1) / blocks + 63) / 64 * 64; // multiples of what the library's inner kernels take
  const bool a_rows = (*transa | 0x20) == 'n', b_rows = (*transb | 0x20) == 'n';
  parallel_for(0, (length + block - 1) / block, 1, [&](int64_t first, int64_t last) {
    for (int64_t at = first * block; at < std::min(last * block, length); at += block) {
      const int size = static_cast<int>(std::min(block, length - at));
      if (columns) library(transa, transb, m, &size, k, alpha, a, lda, b + (b_rows ? at * *ldb : at), ldb, beta, c + at * *ldc, ldc);
      else library(transa, transb, &size, n, k, alpha, a + (a_rows ? at : at * *lda), lda, b, ldb, beta, c + at, ldc);
    }
  });
}
