using System.Runtime.CompilerServices;
using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Arithmetic, comparison and logic, element by element.
public sealed partial class Tensor
{
    public Tensor abs() => Result(Native.sw_abs(this), this);

    public Tensor neg() => Result(Native.sw_neg(this), this);

    public Tensor exp() => Result(Native.sw_exp(this), this);

    public Tensor log() => Result(Native.sw_log(this), this);

    public Tensor log1p() => Result(Native.sw_log1p(this), this);

    public Tensor expm1() => Result(Native.sw_expm1(this), this);

    public Tensor sqrt() => Result(Native.sw_sqrt(this), this);

    public Tensor rsqrt() => Result(Native.sw_rsqrt(this), this);

    public Tensor square() => Result(Native.sw_square(this), this);

    public Tensor sign() => Result(Native.sw_sign(this), this);

    public Tensor reciprocal() => Result(Native.sw_reciprocal(this), this);

    public Tensor sin() => Result(Native.sw_sin(this), this);

    public Tensor cos() => Result(Native.sw_cos(this), this);

    public Tensor tanh() => Result(Native.sw_tanh(this), this);

    public Tensor floor() => Result(Native.sw_floor(this), this);

    public Tensor ceil() => Result(Native.sw_ceil(this), this);

    public Tensor round() => Result(Native.sw_round(this), this);

    public Tensor relu() => Result(Native.sw_relu(this), this);

    public Tensor sigmoid() => Result(Native.sw_sigmoid(this), this);

    public Tensor logical_not() => Result(Native.sw_logical_not(this), this);

    public Tensor isnan() => Result(Native.sw_isnan(this), this);

    public Tensor isinf() => Result(Native.sw_isinf(this), this);

    public Tensor isfinite() => Result(Native.sw_isfinite(this), this);

    public Tensor add(Tensor other, Scalar alpha) => Result(Native.sw_add(this, other, alpha), this, other);

    public Tensor add(Tensor other) => add(other, 1);

    public Tensor add(Scalar other) => Result(Native.sw_add_scalar(this, other), this);

    public Tensor add_(Tensor other, Scalar alpha) => Changed(Native.sw_add_(this, other, alpha), other);

    public Tensor add_(Tensor other) => add_(other, 1);

    public Tensor add_(Scalar other) => Changed(Native.sw_add_scalar_(this, other));

    public Tensor sub(Tensor other) => Result(Native.sw_sub(this, other, 1), this, other);

    public Tensor sub(Scalar other) => Result(Native.sw_sub_scalar(this, other), this);

    public Tensor sub_(Tensor other) => Changed(Native.sw_sub_(this, other, 1), other);

    public Tensor sub_(Scalar other) => Changed(Native.sw_sub_scalar_(this, other));

    public Tensor mul(Tensor other) => Result(Native.sw_mul(this, other), this, other);

    public Tensor mul(Scalar other) => Result(Native.sw_mul_scalar(this, other), this);

    public Tensor div(Tensor other) => Result(Native.sw_div(this, other), this, other);

    public Tensor div(Scalar other) => Result(Native.sw_div_scalar(this, other), this);

    public Tensor eq(Tensor other) => Result(Native.sw_eq(this, other), this, other);

    public Tensor eq(Scalar other) => Result(Native.sw_eq_scalar(this, other), this);

    public Tensor ne(Tensor other) => Result(Native.sw_ne(this, other), this, other);

    public Tensor ne(Scalar other) => Result(Native.sw_ne_scalar(this, other), this);

    public Tensor lt(Tensor other) => Result(Native.sw_lt(this, other), this, other);

    public Tensor lt(Scalar other) => Result(Native.sw_lt_scalar(this, other), this);

    public Tensor le(Tensor other) => Result(Native.sw_le(this, other), this, other);

    public Tensor le(Scalar other) => Result(Native.sw_le_scalar(this, other), this);

    public Tensor gt(Tensor other) => Result(Native.sw_gt(this, other), this, other);

    public Tensor gt(Scalar other) => Result(Native.sw_gt_scalar(this, other), this);

    public Tensor ge(Tensor other) => Result(Native.sw_ge(this, other), this, other);

    public Tensor ge(Scalar other) => Result(Native.sw_ge_scalar(this, other), this);

    public Tensor remainder(Tensor other) => Result(Native.sw_remainder(this, other), this, other);

    public Tensor pow(Tensor other) => Result(Native.sw_pow(this, other), this, other);

    public Tensor maximum(Tensor other) => Result(Native.sw_maximum(this, other), this, other);

    public Tensor minimum(Tensor other) => Result(Native.sw_minimum(this, other), this, other);

    public Tensor logical_and(Tensor other) => Result(Native.sw_logical_and(this, other), this, other);

    public Tensor logical_or(Tensor other) => Result(Native.sw_logical_or(this, other), this, other);

    public Tensor logical_xor(Tensor other) => Result(Native.sw_logical_xor(this, other), this, other);

    public Tensor remainder(Scalar other) => Result(Native.sw_remainder_scalar(this, other), this);

    public Tensor floor_divide(Scalar other) => Result(Native.sw_floor_divide_scalar(this, other), this);

    public Tensor pow(Scalar exponent) => Result(Native.sw_pow_scalar(this, exponent), this);

    public Tensor mul_(Tensor other) => Changed(Native.sw_mul_(this, other), other);

    public Tensor mul_(Scalar other) => Changed(Native.sw_mul_scalar_(this, other));

    public Tensor div_(Tensor other) => Changed(Native.sw_div_(this, other), other);

    public Tensor div_(Scalar other) => Changed(Native.sw_div_scalar_(this, other));

    public Tensor addcmul(Tensor a, Tensor b, Scalar value) => Result(Native.sw_addcmul(this, a, b, value), this, a, b);

    public Tensor addcmul_(Tensor a, Tensor b, Scalar value) => Changed(Native.sw_addcmul_(this, a, b, value), a, b);

    public Tensor addcdiv_(Tensor a, Tensor b, Scalar value) => Changed(Native.sw_addcdiv_(this, a, b, value), a, b);

    public Tensor lerp(Tensor end, Scalar weight) => Result(Native.sw_lerp(this, end, weight), this, end);

    public Tensor lerp_(Tensor end, Scalar weight) => Changed(Native.sw_lerp_(this, end, weight), end);

    public Tensor clamp(double? min = null, double? max = null)
        => Result(Native.sw_clamp(this, Scalar.From(min), Scalar.From(max)), this);

    public Tensor clamp_(double? min = null, double? max = null)
        => Changed(Native.sw_clamp_(this, Scalar.From(min), Scalar.From(max)));

    public Tensor fill_(Scalar value) => Changed(Native.sw_fill_(this, value));

    public Tensor zero_() => Changed(Native.sw_zero_(this));

    public Tensor sqrt_() => Changed(Native.sw_sqrt_(this));

    public Tensor masked_fill(Tensor mask, Scalar value) => Result(Native.sw_masked_fill(this, mask, value), this, mask);

    public Tensor masked_fill_(Tensor mask, Scalar value) => Changed(Native.sw_masked_fill_(this, mask, value), mask);

    public Tensor where(Tensor condition, Tensor other) => torch.where(condition, this, other);

    public static Tensor operator +(Tensor a, Tensor b) => a.add(b);

    public static Tensor operator +(Tensor a, Scalar b) => a.add(b);

    public static Tensor operator +(Scalar a, Tensor b) => b.add(a);

    public static Tensor operator -(Tensor a, Tensor b) => a.sub(b);

    public static Tensor operator -(Tensor a, Scalar b) => a.sub(b);

    public static Tensor operator -(Scalar a, Tensor b) => Result(Native.sw_rsub_scalar(b, a), b, operation: "rsub");

    public static Tensor operator -(Tensor a) => a.neg();

    public static Tensor operator *(Tensor a, Tensor b) => a.mul(b);

    public static Tensor operator *(Tensor a, Scalar b) => a.mul(b);

    public static Tensor operator *(Scalar a, Tensor b) => b.mul(a);

    public static Tensor operator /(Tensor a, Tensor b) => a.div(b);

    public static Tensor operator /(Tensor a, Scalar b) => a.div(b);

    public static Tensor operator /(Scalar a, Tensor b)
    {
        using var inverse = b.reciprocal();
        return inverse.mul(a);
    }

    public static Tensor operator >(Tensor a, Tensor b) => a.gt(b);

    public static Tensor operator >(Tensor a, Scalar b) => a.gt(b);

    public static Tensor operator >=(Tensor a, Tensor b) => a.ge(b);

    public static Tensor operator >=(Tensor a, Scalar b) => a.ge(b);

    public static Tensor operator <(Tensor a, Tensor b) => a.lt(b);

    public static Tensor operator <(Tensor a, Scalar b) => a.lt(b);

    public static Tensor operator <=(Tensor a, Tensor b) => a.le(b);

    public static Tensor operator <=(Tensor a, Scalar b) => a.le(b);

    private Tensor Changed(int status, Tensor? a = null, Tensor? b = null, [CallerMemberName] string operation = "")
    {
        Check(status, this, a, b, operation);
        return this;
    }
}
