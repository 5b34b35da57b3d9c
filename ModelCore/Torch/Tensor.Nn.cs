using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Matrix products and the operators of networks.
public sealed partial class Tensor
{
    public Tensor matmul(Tensor other) => Result(Native.sw_matmul(this, other), this, other);

    public Tensor mm(Tensor other) => Result(Native.sw_mm(this, other), this, other);

    public Tensor bmm(Tensor other) => Result(Native.sw_bmm(this, other), this, other);

    public Tensor mv(Tensor vector) => Result(Native.sw_mv(this, vector), this, vector);

    public Tensor dot(Tensor other) => Result(Native.sw_dot(this, other), this, other);

    public Tensor outer(Tensor other) => Result(Native.sw_outer(this, other), this, other);

    public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
        => Result(Native.sw_addmm(this, mat1, mat2, beta, alpha), this, mat1, mat2);

    public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1)
        => Result(Native.sw_baddbmm(this, batch1, batch2, beta, alpha), this, batch1, batch2);

    public Tensor softmax(long dim, ScalarType? dtype = null) => Result(Native.sw_softmax(this, dim, Int(dtype)), this);

    public Tensor log_softmax(long dim, ScalarType? dtype = null) => Result(Native.sw_log_softmax(this, dim, Int(dtype)), this);

    public Tensor gelu() => Result(Native.sw_gelu(this), this);

    /// <summary>Whether both have the same shape and the same values.</summary>
    public bool equal(Tensor other)
    {
        Check(Native.sw_equal(this, other, out var equal), this, other);
        return equal != 0;
    }

    public bool allclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false)
    {
        Check(Native.sw_allclose(this, other, rtol, atol, Int(equal_nan), out var close), this, other);
        return close != 0;
    }
}
