using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Element by element.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint sw_abs(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_neg(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_exp(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_log(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_log1p(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_expm1(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_sqrt(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_rsqrt(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_square(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_sign(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_reciprocal(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_sin(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_cos(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_tanh(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_floor(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_ceil(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_round(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_relu(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_sigmoid(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_log_sigmoid(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_logical_not(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_isnan(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_isinf(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_isfinite(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_gelu(Tensor t);

    [LibraryImport(Library)]
    internal static partial nint sw_add(Tensor a, Tensor b, Scalar alpha);

    [LibraryImport(Library)]
    internal static partial nint sw_sub(Tensor a, Tensor b, Scalar alpha);

    [LibraryImport(Library)]
    internal static partial int sw_add_(Tensor a, Tensor b, Scalar alpha);

    [LibraryImport(Library)]
    internal static partial int sw_sub_(Tensor a, Tensor b, Scalar alpha);

    [LibraryImport(Library)]
    internal static partial int sw_add_scalar_(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_add_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_sub_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial int sw_sub_scalar_(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_rsub_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_mul(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_mul_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial int sw_mul_(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial int sw_mul_scalar_(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_div(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_div_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial int sw_div_(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial int sw_div_scalar_(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_remainder(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_remainder_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_floor_divide_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_pow(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_pow_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_maximum(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_minimum(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_eq(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_eq_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_ne(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_ne_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_lt(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_lt_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_le(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_le_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_gt(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_gt_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_ge(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_ge_scalar(Tensor a, Scalar b);

    [LibraryImport(Library)]
    internal static partial nint sw_logical_and(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_logical_or(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_logical_xor(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_addcmul(Tensor t, Tensor a, Tensor b, Scalar value);

    [LibraryImport(Library)]
    internal static partial int sw_addcmul_(Tensor t, Tensor a, Tensor b, Scalar value);

    [LibraryImport(Library)]
    internal static partial int sw_addcdiv_(Tensor t, Tensor a, Tensor b, Scalar value);

    [LibraryImport(Library)]
    internal static partial int sw_lerp_(Tensor t, Tensor end, Scalar weight);

    [LibraryImport(Library)]
    internal static partial nint sw_lerp(Tensor t, Tensor end, Scalar weight);

    [LibraryImport(Library)]
    internal static partial nint sw_clamp(Tensor t, Scalar low, Scalar high);

    [LibraryImport(Library)]
    internal static partial int sw_clamp_(Tensor t, Scalar low, Scalar high);

    [LibraryImport(Library)]
    internal static partial int sw_fill_(Tensor t, Scalar value);

    [LibraryImport(Library)]
    internal static partial int sw_zero_(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_sqrt_(Tensor t);

    [LibraryImport(Library)]
    internal static partial int sw_masked_fill_(Tensor t, Tensor mask, Scalar value);

    [LibraryImport(Library)]
    internal static partial nint sw_masked_fill(Tensor t, Tensor mask, Scalar value);

    [LibraryImport(Library)]
    internal static partial nint sw_where(Tensor condition, Tensor a, Tensor b);
}
