using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// The joint loss of a sparse model S and the bridges to a dense model D, and its gradients [G A.3]. Models are run from one site at a
/// time, so that a step needs the memory of one such run. D is frozen: gradients flow through its activations, none to its weights.
/// </summary>
/// <remarks>
/// h^d, h^s are the residuals at a site, y the next-token distributions. With its weights the loss is CE(S) + Σ over sites of [NMSE(f(h^d),
/// h^s) + NMSE(g(h^s), h^d) + KL(y^d ‖ S from f(h^d)) + KL(y^d ‖ D from g(h^s))] + KL(y^d ‖ y^s). h^s is no variable of the encoder's
/// error: S would learn to be predictable.
/// </remarks>
/// <param name="dense">D; its parameters want no gradients</param>
/// <param name="sparse">S</param>
/// <param name="bridges">between them</param>
/// <param name="options">the weights</param>
internal sealed class BridgePass(Transformer dense, Transformer sparse, BridgeSet bridges, BridgeOptions options)
{
    private readonly Bridge[] _bridges = [.. bridges.All];

    private bool IsBridged => options.CoefNmse > 0 || options.CoefKlDenseToSparse > 0 || options.CoefKlSparseToDense > 0;

    /// <summary>Adds the gradients of a batch to those of S and the bridges.</summary>
    /// <param name="tokens">int64 (B, T)</param>
    /// <param name="targets">the tokens that follow, int64 (B, T)</param>
    /// <param name="drawn">the sites of this step, by number; each counts as many times as there are sites for one that was drawn</param>
    internal BridgeLosses Run(Tensor tokens, Tensor targets, IReadOnlyList<int> drawn)
    {
        if (!IsBridged && options.CoefKlSparse == 0)
            return new BridgeLosses(sparse.LossAndGradients(tokens, targets), null, new Dictionary<int, BridgeSiteLosses>());
        using var scope = torch.NewDisposeScope();
        IReadOnlyList<int> sites = IsBridged ? drawn : [];
        var (ofDense, target) = RunDense(tokens, scope);
        using var whole = WholeModel.Run(sparse, tokens, [.. _bridges.Select(bridge => bridge.Site)]);
        var weight = sites.Count == 0 ? 0 : (double)_bridges.Length / sites.Count;
        var batch = new Batch(tokens, target, weight, scope);
        var added = new Dictionary<int, Tensor>();
        foreach (var site in sites)
        {
            using var siteScope = torch.NewDisposeScope();
            var (bridge, d, s) = (_bridges[site], ofDense[site], whole.Residual(site));
            if (options.CoefNmse > 0 || options.CoefKlDenseToSparse > 0)
                Differentiate(batch, sparse, bridge.Encode(d), s, options.CoefKlDenseToSparse, site, 0);
            if (options.CoefNmse == 0 && options.CoefKlSparseToDense == 0) continue;
            var h = whole.Sum(site).detach().requires_grad_();
            Differentiate(batch, dense, bridge.Decode(h), d, options.CoefKlSparseToDense, site, 1);
            // It waits for S's own way back.
            added.Add(site, h.grad!.MoveToOtherDisposeScope(scope));
        }
        var (crossEntropy, divergence) = whole.Backward(targets, target, options.CoefKlSparse, added);
        return batch.Read(crossEntropy, divergence);
    }

    // Its residuals, and the logarithms of its probabilities, (B, T, V).
    private (Tensor[] Residuals, Tensor Target) RunDense(Tensor tokens, DisposeScope scope)
    {
        using var noGradient = torch.no_grad();
        var residuals = new Tensor[_bridges.Length];
        var numbers = _bridges.Index().ToDictionary(site => site.Item.Site.Name, site => site.Index, StringComparer.Ordinal);
        var logits = dense.Forward(tokens, tap: (name, value) =>
        {
            // The value itself goes with the scope of its layer.
            if (numbers.TryGetValue(name, out var site)) residuals[site] = value.alias().MoveToOtherDisposeScope(scope);
            return value;
        });
        return (residuals, logits.log_softmax(-1));
    }

    // The gradients of a prediction's two terms, its error and the divergence of the model that goes on from it, whose own run is over when
    // the bridge's way back begins.
    private void Differentiate(
        Batch batch, Transformer model, Tensor prediction, Tensor actual, double coefficient, int site, int place)
    {
        Tensor? total = null;
        if (options.CoefNmse > 0)
        {
            var error = BridgeTerms.Nmse(prediction, actual, options.Nmse);
            batch.Note(site, place, error);
            total = error * (options.CoefNmse * batch.Weight);
        }
        if (coefficient > 0)
        {
            var (divergence, slope) = RestOfModel.Divergence(
                model, _bridges[site].Site, prediction.detach(), batch.Tokens, batch.Target, coefficient * batch.Weight);
            batch.Note(site, place + 2, divergence);
            // What has this gradient.
            var surrogate = (prediction * slope).sum();
            total = total is null ? surrogate : total + surrogate;
        }
        KernelBackward.Run(() => total!.backward());
    }

    /// <summary>What the sites of a step share, and their losses.</summary>
    private sealed class Batch(Tensor tokens, Tensor target, double weight, DisposeScope scope)
    {
        private readonly SortedDictionary<int, Tensor?[]> _losses = [];

        internal Tensor Tokens => tokens;

        internal Tensor Target => target;

        /// <summary>By what the losses of a site are multiplied.</summary>
        internal double Weight => weight;

        /// <summary>Keeps a loss, a scalar.</summary>
        internal void Note(int site, int place, Tensor loss)
        {
            if (!_losses.TryGetValue(site, out var losses)) _losses.Add(site, losses = new Tensor?[4]);
            losses[place] = loss.detach().MoveToOtherDisposeScope(scope);
        }

        /// <summary>All of them as numbers: one copy from the device.</summary>
        internal BridgeLosses Read(Tensor crossEntropy, Tensor? divergence)
        {
            Tensor[] all =
            [
                crossEntropy, .. divergence is null ? Array.Empty<Tensor>() : [divergence],
                .. _losses.Values.SelectMany(losses => losses).OfType<Tensor>(),
            ];
            // The cross-entropy may be on the CPU, and in another precision.
            var values = torch.stack([.. all.Select(one => one.to(ScalarType.Float64).to(target.device))]).cpu().Values<double>();
            var next = divergence is null ? 1 : 2;
            return new BridgeLosses(
                values[0], divergence is null ? null : values[1],
                _losses.ToDictionary(site => site.Key, site =>
                {
                    var own = Array.ConvertAll(site.Value, loss => loss is null ? (double?)null : values[next++]);
                    return new BridgeSiteLosses(own[0], own[1], own[2], own[3]);
                }));
        }
    }
}
