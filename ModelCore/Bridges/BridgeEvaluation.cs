using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>Measures bridges: see <see cref="BridgeEvaluateResult"/>.</summary>
/// <param name="dense">the dense model</param>
/// <param name="sparse">the sparse one</param>
/// <param name="bridges">between them</param>
internal sealed class BridgeEvaluation(Transformer dense, Transformer sparse, BridgeSet bridges)
{
    private readonly SiteSums[] _sites = [.. bridges.All.Select(_ => new SiteSums())];
    private readonly ModelSums[,] _hybrids = Hybrids(bridges.All.Count);
    private readonly ModelSums _dense = new(), _sparse = new();

    /// <summary>Over batches.</summary>
    /// <param name="batches">at least one, all of one size</param>
    /// <param name="report">is told how many batches are done; may throw to end it</param>
    internal BridgeEvaluateResult Run(IReadOnlyList<TokenBatch> batches, Action<int>? report = null)
    {
        using var noGradient = torch.no_grad();
        foreach (var (i, batch) in batches.Index())
        {
            Add(batch);
            report?.Invoke(i + 1);
        }
        List<BridgeHybrid> hybrids = [];
        for (var i = 0; i < _sites.Length; i++)
        {
            for (var j = i; j < _sites.Length; j++)
                hybrids.Add(new BridgeHybrid(Name(i), Name(j), _hybrids[i, j].Loss, _hybrids[i, j].Divergence));
        }
        return new BridgeEvaluateResult(
            batches.Sum(batch => (long)batch.Rows * batch.Context), _dense.Loss, _sparse.Loss, _sparse.Divergence,
            [.. _sites.Select((sums, i) => sums.Metrics(Name(i)))], hybrids);
    }

    private static ModelSums[,] Hybrids(int sites)
    {
        var sums = new ModelSums[sites, sites];
        for (var i = 0; i < sites; i++)
            for (var j = i; j < sites; j++) sums[i, j] = new ModelSums();
        return sums;
    }

    private string Name(int site) => bridges.All[site].Site.Name;

    private void Add(TokenBatch batch)
    {
        using var scope = torch.NewDisposeScope();
        var (tokens, targets) = batch.ToTensors(dense.FinalLogitsBias.device);
        Dictionary<string, Tensor> ofDense = new(StringComparer.Ordinal), ofSparse = new(StringComparer.Ordinal);
        var logits = dense.Forward(tokens, tap: Keep(ofDense, scope));
        var target = logits.log_softmax(-1);
        _dense.Add(logits, target, targets);
        _sparse.Add(sparse.Forward(tokens, tap: Keep(ofSparse, scope)), target, targets);
        foreach (var (i, bridge) in bridges.All.Index())
        {
            using var siteScope = torch.NewDisposeScope();
            Tensor d = ofDense[bridge.Site.Name], s = ofSparse[bridge.Site.Name], f = bridge.Encode(d);
            var g = bridge.Decode(Transformer.SumOf(ofSparse, bridge.Site.Name));
            var sums = _sites[i];
            sums.Encoder.Add(f, s);
            sums.Decoder.Add(g, d);
            sums.Floor.Add(Functions.abs_topk(s, bridge.Channels), s);
            sums.SparseToDense.Add(dense.ForwardFrom(bridge.Site, g, tokens), target, targets);
            var behind = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [bridge.Site.Name] = f };
            sums.DenseToSparse.Add(sparse.ForwardFrom(bridge.Site, f, tokens, tap: Keep(behind, siteScope)), target, targets);
            for (var j = i; j < _sites.Length; j++)
            {
                using var hybridScope = torch.NewDisposeScope();
                var leave = bridges.All[j];
                var from = leave.Decode(Transformer.SumOf(behind, leave.Site.Name));
                _hybrids[i, j].Add(dense.ForwardFrom(leave.Site, from, tokens), target, targets);
            }
        }
    }

    private static ValueTap Keep(Dictionary<string, Tensor> kept, DisposeScope scope) => (name, value) =>
    {
        // The value itself goes with the scope of its layer.
        kept[name] = value.alias().MoveToOtherDisposeScope(scope);
        return value;
    };

    /// <summary>What a model says, over batches of one size.</summary>
    private sealed class ModelSums
    {
        private double _loss, _divergence;
        private int _batches;

        internal double Loss => _loss / _batches;

        // What is negative is rounding.
        internal double Divergence => Math.Max(0, _divergence / _batches);

        internal void Add(Tensor logits, Tensor target, Tensor targets)
        {
            _loss += Functions.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1)).ToDouble();
            _divergence += BridgeTerms.Divergence(target, logits).ToDouble();
            _batches++;
        }
    }

    private sealed class SiteSums
    {
        internal NmseSums Encoder { get; } = new();

        internal NmseSums Decoder { get; } = new();

        internal NmseSums Floor { get; } = new();

        internal ModelSums DenseToSparse { get; } = new();

        internal ModelSums SparseToDense { get; } = new();

        internal BridgeSiteMetrics Metrics(string site) => new(
            site, Encoder.Value, Decoder.Value, Floor.Value, DenseToSparse.Loss, DenseToSparse.Divergence, SparseToDense.Loss,
            SparseToDense.Divergence);
    }
}
