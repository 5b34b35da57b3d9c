// The gradients of a linear map's weight and bias.
#pragma once

#include "fused.h"

namespace sweeps {

enum class GradientChoice : int { automatic = 0, dense = 1, sparse = 2 };

// dW (out, in) = dyᵀ x and db (out), the sums of dy, with dy (n, out) given in equal pieces of its columns. Of each piece the product is made from the entries
// that are not 0 where that pays, else densely. bf16: both factors are rounded to bfloat16 first, the sums are float32.
void weight_gradient(const std::vector<Rows>& dy, const Rows& x, GradientChoice choice, bool bf16, at::Tensor& dw, at::Tensor& db);

// dW alone, densely.
void dense_weight_gradient(const Rows& dy, const Rows& x, bool bf16, at::Tensor& dw);

} // namespace sweeps
