using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// A run of the sparse model whose residuals are looked at, and which is differentiated when it is known what comes back to them. What it
/// keeps is in the scope that it is made in.
/// </summary>
internal abstract class WholeModel : IDisposable
{
    /// <summary>Runs a model forwards, by kernels where it has them and in libtorch's graph elsewhere.</summary>
    /// <param name="model">the model</param>
    /// <param name="tokens">int64 (B, T)</param>
    /// <param name="sites">all its sites, in order</param>
    internal static WholeModel Run(Transformer model, Tensor tokens, IReadOnlyList<ValueLocation> sites) =>
        model.HasPasses(tokens) ? new ByKernels(model, tokens) : new InGraph(model, tokens, sites);

    /// <summary>The residual at a site, (B, T, d), from which no gradient flows.</summary>
    internal abstract Tensor Residual(int site);

    /// <summary>The same before AbsTopK, in models where it acts on residuals: what a decoder takes.</summary>
    internal abstract Tensor Sum(int site);

    /// <summary>Adds the gradients of the parameters to those that they have.</summary>
    /// <param name="targets">the tokens that follow, int64 (B, T)</param>
    /// <param name="target">the distribution to be near to, as logarithms, (B, T, V)</param>
    /// <param name="weight">of the divergence from it; 0 for none</param>
    /// <param name="added">what else comes back to <see cref="Sum"/>, (B, T, d), by site</param>
    /// <returns>the mean cross-entropy; the divergence, null where it has no weight: scalars</returns>
    internal abstract (Tensor CrossEntropy, Tensor? Divergence) Backward(
        Tensor targets, Tensor target, double weight, IReadOnlyDictionary<int, Tensor> added);

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed class ByKernels : WholeModel
    {
        private readonly Transformer.ResidualPass _pass;

        internal ByKernels(Transformer model, Tensor tokens)
        {
            using var noGradient = torch.no_grad();
            _pass = new Transformer.ResidualPass(model, tokens, trains: true, adds: true);
        }

        internal override Tensor Residual(int site) => _pass.Residual(site);

        internal override Tensor Sum(int site) => _pass.Sum(site);

        internal override (Tensor CrossEntropy, Tensor? Divergence) Backward(
            Tensor targets, Tensor target, double weight, IReadOnlyDictionary<int, Tensor> added)
        {
            using var noGradient = torch.no_grad();
            var next = targets.reshape(-1).contiguous();
            var (loss, lse) = RawKernels.CrossEntropy(_pass.Logits, next);
            var dlogits = RawKernels.CrossEntropyBackward(_pass.Logits, next, lse);
            Tensor? divergence = null;
            if (weight > 0)
            {
                var flat = target.view(_pass.Logits.shape);
                divergence = BridgeTerms.Divergence(flat, _pass.Logits);
                dlogits.add_(BridgeTerms.DivergenceSlope(flat, _pass.Logits, weight));
            }
            _pass.Backward(dlogits, added);
            return (torch.tensor(loss), divergence);
        }

        public override void Dispose() => _pass.Dispose();
    }

    private sealed class InGraph : WholeModel
    {
        private readonly Tensor _logits; // (B, T, V)
        private readonly Tensor[] _residuals, _sums; // with their graph

        internal InGraph(Transformer model, Tensor tokens, IReadOnlyList<ValueLocation> sites)
        {
            // The value itself goes with the scope of its layer.
            using var scope = torch.NewDisposeScope();
            string[] names = [.. sites.Select(site => site.Name)], sums = [.. names.Select(Transformer.SumName)];
            var seen = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            _logits = model.Forward(tokens, tap: (name, value) =>
            {
                if (names.Contains(name) || sums.Contains(name)) seen[name] = value.alias().MoveToOtherDisposeScope(scope);
                return value;
            }).MoveToOuterDisposeScope();
            _residuals = [.. names.Select(name => seen[name])];
            _sums = [.. names.Select(name => Transformer.SumOf(seen, name))];
            foreach (var tensor in seen.Values) tensor.MoveToOuterDisposeScope();
        }

        internal override Tensor Residual(int site) => _residuals[site].detach();

        internal override Tensor Sum(int site) => _sums[site].detach();

        internal override (Tensor CrossEntropy, Tensor? Divergence) Backward(
            Tensor targets, Tensor target, double weight, IReadOnlyDictionary<int, Tensor> added)
        {
            var crossEntropy = Functions.cross_entropy(_logits.view(-1, _logits.size(-1)), targets.reshape(-1));
            var total = crossEntropy;
            var divergence = weight > 0 ? BridgeTerms.Divergence(target, _logits) : null;
            if (divergence is not null) total += divergence * weight;
            // What has these gradients.
            foreach (var (site, slope) in added.OrderBy(one => one.Key)) total += (_sums[site] * slope).sum();
            KernelBackward.Run(() => total.backward());
            return (crossEntropy.detach(), divergence?.detach());
        }

        public override void Dispose()
        {
        }
    }
}
