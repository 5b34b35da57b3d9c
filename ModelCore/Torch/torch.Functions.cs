using System.Runtime.CompilerServices;
using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Functions of tensors; most are methods of Tensor as well.
public static partial class torch
{
    public static Tensor cat(IReadOnlyList<Tensor> tensors, long dim = 0)
    {
        using var handles = new Handles(tensors);
        return Joined(Native.sw_cat(handles.Span, tensors.Count, dim), tensors);
    }

    public static Tensor stack(IReadOnlyList<Tensor> tensors, long dim = 0)
    {
        using var handles = new Handles(tensors);
        return Joined(Native.sw_stack(handles.Span, tensors.Count, dim), tensors);
    }

    /// <summary>Sums of products after Einstein, as in "bhqd,bhkd->bhqk".</summary>
    public static Tensor einsum(string equation, params IReadOnlyList<Tensor> tensors)
    {
        using var handles = new Handles(tensors);
        return Joined(Native.sw_einsum(equation, handles.Span, tensors.Count), tensors);
    }

    private static Tensor Joined(nint handle, IReadOnlyList<Tensor> tensors, [CallerMemberName] string operation = "")
        => handle != 0 ? new Tensor(handle) : throw Failure(operation, [.. tensors]);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Result(Native.sw_where(condition, x, y), condition, x, y);

    public static bool equal(Tensor a, Tensor b) => a.equal(b);

    public static bool allclose(Tensor a, Tensor b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false)
        => a.allclose(b, rtol, atol, equal_nan);

    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
        => input.addmm(mat1, mat2, beta, alpha);

    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1)
        => input.baddbmm(batch1, batch2, beta, alpha);

    public static Tensor abs(Tensor input) => input.abs();

    public static Tensor neg(Tensor input) => input.neg();

    public static Tensor exp(Tensor input) => input.exp();

    public static Tensor log(Tensor input) => input.log();

    public static Tensor log1p(Tensor input) => input.log1p();

    public static Tensor expm1(Tensor input) => input.expm1();

    public static Tensor sqrt(Tensor input) => input.sqrt();

    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    public static Tensor square(Tensor input) => input.square();

    public static Tensor sign(Tensor input) => input.sign();

    public static Tensor reciprocal(Tensor input) => input.reciprocal();

    public static Tensor sin(Tensor input) => input.sin();

    public static Tensor cos(Tensor input) => input.cos();

    public static Tensor tanh(Tensor input) => input.tanh();

    public static Tensor relu(Tensor input) => input.relu();

    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor logical_not(Tensor input) => input.logical_not();

    public static Tensor isnan(Tensor input) => input.isnan();

    public static Tensor isinf(Tensor input) => input.isinf();

    public static Tensor isfinite(Tensor input) => input.isfinite();

    public static Tensor max(Tensor input) => input.max();

    public static Tensor min(Tensor input) => input.min();

    public static Tensor any(Tensor input) => input.any();

    public static Tensor all(Tensor input) => input.all();

    public static Tensor argmax(Tensor input) => input.argmax();

    public static Tensor nonzero(Tensor input) => input.nonzero();

    public static Tensor clone(Tensor input) => input.clone();

    public static Tensor squeeze(Tensor input) => input.squeeze();

    public static Tensor add(Tensor input, Tensor other) => input.add(other);

    public static Tensor sub(Tensor input, Tensor other) => input.sub(other);

    public static Tensor mul(Tensor input, Tensor other) => input.mul(other);

    public static Tensor div(Tensor input, Tensor other) => input.div(other);

    public static Tensor matmul(Tensor input, Tensor other) => input.matmul(other);

    public static Tensor mm(Tensor input, Tensor other) => input.mm(other);

    public static Tensor bmm(Tensor input, Tensor other) => input.bmm(other);

    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);

    public static Tensor outer(Tensor input, Tensor other) => input.outer(other);

    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    public static Tensor eq(Tensor input, Tensor other) => input.eq(other);

    public static Tensor ne(Tensor input, Tensor other) => input.ne(other);

    public static Tensor lt(Tensor input, Tensor other) => input.lt(other);

    public static Tensor le(Tensor input, Tensor other) => input.le(other);

    public static Tensor gt(Tensor input, Tensor other) => input.gt(other);

    public static Tensor ge(Tensor input, Tensor other) => input.ge(other);

    public static Tensor logical_and(Tensor input, Tensor other) => input.logical_and(other);

    public static Tensor logical_or(Tensor input, Tensor other) => input.logical_or(other);

    public static Tensor pow(Tensor input, Scalar exponent) => input.pow(exponent);

    public static Tensor clamp(Tensor input, double? min = null, double? max = null) => input.clamp(min, max);

    public static Tensor sum(Tensor input) => input.sum();

    public static Tensor sum(Tensor input, long dim, bool keepdim = false) => input.sum(dim, keepdim);

    public static Tensor mean(Tensor input) => input.mean();

    public static Tensor mean(Tensor input, long dim, bool keepdim = false) => input.mean(dim, keepdim);

    public static Tensor amax(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false) => input.amax(dim, keepdim);

    public static Tensor amin(Tensor input, ReadOnlySpan<long> dim, bool keepdim = false) => input.amin(dim, keepdim);

    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);

    public static Tensor cumsum(Tensor input, long dim) => input.cumsum(dim);

    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);

    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);

    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);

    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);

    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);

    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);

    public static Tensor[] split(Tensor input, long split_size, long dim = 0) => input.split(split_size, dim);

    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);

    public static (Tensor values, Tensor indices) topk(Tensor input, int k, int dim = -1, bool largest = true, bool sorted = true)
        => input.topk(k, dim, largest, sorted);

    public static (Tensor Values, Tensor Indices) sort(Tensor input, long dim = -1, bool descending = false, bool stable = false)
        => input.sort(dim, descending, stable);

    public static (Tensor values, Tensor indices) kthvalue(Tensor input, long k, long dim = -1, bool keepdim = false)
        => input.kthvalue(k, dim, keepdim);

    public static (Tensor values, Tensor indices) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);

    public static (Tensor values, Tensor indices) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);
}
