using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// The residuals of two models on the same tokens at one site: their sizes, and how the one follows linearly from the other.
/// </summary>
internal sealed class BridgeReference : IDisposable
{
    private readonly Tensor _products, _cross, _sum, _denseSum; // Σ h^s h^sᵀ, Σ h^d h^sᵀ, Σ h^s, Σ h^d, in double precision
    private double _sparseSquares, _denseSquares;
    private long _count;

    private BridgeReference(int dense, int sparse)
    {
        _products = Zeros(sparse, sparse);
        _cross = Zeros(dense, sparse);
        _sum = Zeros(sparse);
        _denseSum = Zeros(dense);

        static Tensor Zeros(params long[] shape) => torch.zeros(shape, ScalarType.Float64).DetachFromDisposeScope();
    }

    /// <summary>Root mean square of the sparse model's residual over tokens and channels.</summary>
    internal double SparseRms => Math.Sqrt(_sparseSquares / (_count * _sum.numel()));

    internal double DenseRms => Math.Sqrt(_denseSquares / (_count * _denseSum.numel()));

    /// <summary>At some sites, over batches.</summary>
    /// <param name="dense">the dense model</param>
    /// <param name="sparse">the sparse one</param>
    /// <param name="sites">residuals</param>
    /// <param name="batches">at least one</param>
    /// <param name="report">is told how many batches are done; may throw to end it</param>
    internal static IReadOnlyDictionary<ValueLocation, BridgeReference> Of(
        Transformer dense, Transformer sparse, IReadOnlyList<ValueLocation> sites, IReadOnlyList<TokenBatch> batches,
        Action<int>? report = null)
    {
        var found = sites.ToDictionary(site => site, _ => new BridgeReference(dense.Config.DModel, sparse.Config.DModel));
        using var noGradient = torch.no_grad();
        foreach (var (i, batch) in batches.Index())
        {
            using var scope = torch.NewDisposeScope();
            var (tokens, _) = batch.ToTensors(dense.FinalLogitsBias.device);
            foreach (var (site, sums) in found)
            {
                var sum = sparse.ValueAt(site, tokens, sums: true);
                sums.Add(dense.ValueAt(site, tokens), sparse.ResidualOf(site, sum), sum);
            }
            report?.Invoke(i + 1);
        }
        return found;
    }

    /// <summary>
    /// G (d_d, d_s) of h^d ≈ G h^s + b by ridge regression on the centred residuals: C_ds (C_ss + λ I)⁻¹, λ = <paramref name="ridge"/>
    /// times the mean of C_ss' diagonal.
    /// </summary>
    internal Tensor Decoder(double ridge)
    {
        using var scope = torch.NewDisposeScope();
        var covariance = _products - _sum.outer(_sum) / _count; // (d_s, d_s)
        var cross = _cross - _denseSum.outer(_sum) / _count; // (d_d, d_s)
        var lambda = ridge * covariance.diagonal().mean().ToDouble();
        var regular = covariance + torch.eye(_sum.numel(), dtype: ScalarType.Float64) * lambda;
        return torch.linalg.solve(regular, cross.t()).t().to(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _products, _cross, _sum, _denseSum }) tensor.Dispose();
    }

    // A decoder takes the sparse residual before AbsTopK, where that acts on it; the size is that of what sublayers read.
    private void Add(Tensor dense, Tensor sparse, Tensor sparseSum)
    {
        using var scope = torch.NewDisposeScope();
        Tensor d = Rows(dense), s = Rows(sparseSum); // (N, d_d), (N, d_s)
        _products.add_(s.t().mm(s));
        _cross.add_(d.t().mm(s));
        _sum.add_(s.sum([0]));
        _denseSum.add_(d.sum([0]));
        _sparseSquares += Rows(sparse).square().sum().ToDouble();
        _denseSquares += d.square().sum().ToDouble();
        _count += s.size(0);

        static Tensor Rows(Tensor x) => x.reshape(-1, x.size(-1)).to(ScalarType.Float64).cpu();
    }
}
