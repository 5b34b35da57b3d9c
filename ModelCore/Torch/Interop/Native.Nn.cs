using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Matrix products and the operators of networks.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint sw_matmul(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_mm(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_bmm(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_mv(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_dot(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_outer(Tensor a, Tensor b);

    [LibraryImport(Library)]
    internal static partial nint sw_addmm(Tensor t, Tensor a, Tensor b, Scalar beta, Scalar alpha);

    [LibraryImport(Library)]
    internal static partial nint sw_baddbmm(Tensor t, Tensor a, Tensor b, Scalar beta, Scalar alpha);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint sw_einsum(string equation, ReadOnlySpan<nint> list, long n);

    [LibraryImport(Library)]
    internal static partial nint sw_linear(Tensor x, Tensor weight, nint bias);

    [LibraryImport(Library)]
    internal static partial nint sw_embedding(Tensor weight, Tensor indices);

    [LibraryImport(Library)]
    internal static partial nint sw_fused_embedding(Tensor weight, Tensor indices);

    [LibraryImport(Library)]
    internal static partial int sw_add_embedding_(Tensor sums, Tensor weight, Tensor indices);

    [LibraryImport(Library)]
    internal static partial nint sw_abs_topk(Tensor x, long k);

    [LibraryImport(Library)]
    internal static partial nint sw_add_abs_topk(Tensor to, Tensor x, long k);

    [LibraryImport(Library)]
    internal static partial nint sw_sparse_linear(Tensor x, SparseWeight weight, nint bias);

    [LibraryImport(Library)]
    internal static partial nint sw_sparse_weight(Tensor dense);

    [LibraryImport(Library)]
    internal static partial void sw_sparse_weight_free(nint weight);

    [LibraryImport(Library)]
    internal static partial long sw_sparse_weight_rows(SparseWeight weight);

    [LibraryImport(Library)]
    internal static partial long sw_sparse_weight_cols(SparseWeight weight);

    [LibraryImport(Library)]
    internal static partial long sw_sparse_weight_entries(SparseWeight weight);

    [LibraryImport(Library)]
    internal static partial nint sw_softmax(Tensor t, long dim, int dtype);

    [LibraryImport(Library)]
    internal static partial nint sw_log_softmax(Tensor t, long dim, int dtype);

    [LibraryImport(Library)]
    internal static partial nint sw_cross_entropy(Tensor input, Tensor target, nint weight, int reduction, long ignore, double smoothing);

    [LibraryImport(Library)]
    internal static partial nint sw_causal_attention(Tensor q, Tensor k, Tensor v, nint sink_logit, nint positions, long n_head);

    [LibraryImport(Library)]
    internal static partial nint sw_fused_cross_entropy(Tensor logits, Tensor target, long ignore);

    [LibraryImport(Library)]
    internal static partial nint sw_rms_norm_beside(Tensor x, Tensor gain, double eps, out nint residual);

    [LibraryImport(Library)]
    internal static partial nint sw_fused_gelu(Tensor x);

    [LibraryImport(Library)]
    internal static partial nint sw_rms_norm(Tensor x, Tensor gain, double eps);

    [LibraryImport(Library)]
    internal static partial nint sw_nll_loss(Tensor input, Tensor target, nint weight, int reduction, long ignore);

    [LibraryImport(Library)]
    internal static partial nint sw_mse_loss(Tensor input, Tensor target, int reduction);

    [LibraryImport(Library)]
    internal static partial nint sw_one_hot(Tensor t, long classes);

    [LibraryImport(Library)]
    internal static partial int sw_equal(Tensor a, Tensor b, out int equal);

    [LibraryImport(Library)]
    internal static partial int sw_allclose(Tensor a, Tensor b, double rtol, double atol, int equal_nan, out int close);
}
