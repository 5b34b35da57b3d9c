using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// Measures dictionaries of one location on fixed validation windows, all in one go, so that what does not depend on the dictionary is
/// computed once.
/// </summary>
internal sealed class DictionaryEvaluation : IDisposable
{
    private readonly Transformer _model;
    private readonly ValueLocation _at;
    private readonly int _skip;
    private readonly List<TokenBatch> _batches;
    private readonly Action<int, int> _report;
    private readonly Tensor _mean; // (d), float64

    /// <param name="model">whose activations</param>
    /// <param name="validation">validation tokens</param>
    /// <param name="at">the location</param>
    /// <param name="tokens">activations wanted</param>
    /// <param name="skip">first positions of a window that are left out: they keep their values</param>
    /// <param name="report">is told of passes that are done, and of how many there are in all; may throw to end it</param>
    /// <exception cref="JobInputException">the validation tokens are fewer than a window</exception>
    internal DictionaryEvaluation(
        Transformer model, TokenFile validation, ValueLocation at, int tokens, int skip, Action<int, int>? report = null)
    {
        (_model, _at, _skip, _report) = (model, at, skip, report ?? ((_, _) => { }));
        _batches = Windows(validation, model.Config.NCtx, tokens, skip);
        _mean = TakeMean();
    }

    /// <summary>The mean activation (d), float64.</summary>
    internal Tensor Mean => _mean;

    /// <summary>Evenly spaced windows of a token file with at least as many activations as wanted, if there are so many.</summary>
    internal static List<TokenBatch> Windows(TokenFile file, int context, int tokens, int skip)
    {
        var rows = (int)Math.Clamp((file.Count - 1) / context, 1, Math.Max(1, ActivationBuffer.TokensOfPass / context));
        var perBatch = rows * (context - skip);
        return Evaluation.Batches(new SequentialBatches(file, rows, context), Math.Max(1, (tokens + perBatch - 1) / perBatch));
    }

    /// <summary>Measures dictionaries.</summary>
    /// <param name="dictionaries">of this location</param>
    /// <returns>for each its metrics, and on how many activations each of its features was not 0</returns>
    internal IReadOnlyList<(DictionaryMetrics Metrics, IReadOnlyList<long> Fired)> Run(IReadOnlyList<FeatureDictionary> dictionaries)
    {
        using var noGradient = torch.no_grad();
        var sums = dictionaries.Select(dictionary => new ReconstructionSums(_mean, dictionary.Features)).ToList();
        var losses = new double[dictionaries.Count];
        var divergences = new double[dictionaries.Count];
        double model = 0, ofMean = 0, ofZero = 0;
        long predicted = 0;
        foreach (var (i, batch) in _batches.Index())
        {
            using var scope = torch.NewDisposeScope();
            var (tokens, targets) = batch.ToTensors(Device);
            var value = _model.ValueAt(_at, tokens); // (B, T, d)
            var x = Measured(value);
            var flat = x.reshape(-1, x.size(2)); // (n, d)
            var own = LogProbabilities(value, tokens); // (B T, V)
            var next = targets.reshape(-1, 1);
            model += Loss(own, next);
            ofMean += Loss(value, _mean.to(ScalarType.Float32).expand(x.shape), tokens, next);
            ofZero += Loss(value, torch.zeros_like(x), tokens, next);
            predicted += next.numel();
            for (var j = 0; j < dictionaries.Count; j++)
            {
                using var dictionaryScope = torch.NewDisposeScope();
                var codes = dictionaries[j].Encode(flat);
                var given = dictionaries[j].Decode(codes);
                sums[j].Add(flat, given, codes);
                var theirs = LogProbabilities(Spliced(value, given.view(x.shape)), tokens);
                losses[j] += Loss(theirs, next);
                divergences[j] += (own.exp() * (own - theirs)).sum(type: ScalarType.Float64).ToDouble();
            }
            _report(_batches.Count + i + 1, 2 * _batches.Count);
        }
        return
        [
            .. sums.Select((sum, j) => (new DictionaryMetrics(
                sum.Count, sum.L0, sum.Fvu, model / predicted, losses[j] / predicted, ofMean / predicted, ofZero / predicted,
                // What is negative is rounding.
                Math.Max(0, divergences[j] / predicted), sum.DeadFraction, sum.Alive, sum.Shrinkage, sum.NormRatio, sum.ZeroEntries)
                {
                    DensityHistogram = sum.DensityHistogram,
                }, sum.Fired)),
        ];
    }

    /// <summary>The logits when the value at the location is replaced, (B, T, V).</summary>
    /// <param name="model">the model</param>
    /// <param name="at">the location</param>
    /// <param name="value">what takes its place, (B, T, width)</param>
    /// <param name="tokens">int64 (B, T)</param>
    internal static Tensor Logits(Transformer model, ValueLocation at, Tensor value, Tensor tokens)
    {
        if (at.IsResidual) return model.ForwardFrom(at, value, tokens);
        var node = at.Node;
        return node is null
            ? model.Forward(tokens, tap: (name, found) => name == at.Name ? value : found)
            : model.Forward(tokens, node: (location, found) => location == node ? value : found);
    }

    /// <inheritdoc/>
    public void Dispose() => _mean.Dispose();

    private Device Device => _model.FinalLogitsBias.device;

    private Tensor Measured(Tensor value) => value.narrow(1, _skip, value.size(1) - _skip);

    private Tensor Spliced(Tensor value, Tensor measured) =>
        _skip == 0 ? measured.contiguous() : torch.cat([value.narrow(1, 0, _skip), measured], 1);

    // (B T, V)
    private Tensor LogProbabilities(Tensor value, Tensor tokens)
    {
        using var scope = torch.NewDisposeScope();
        return Logits(_model, _at, value, tokens).view(-1, _model.Config.VocabSize).log_softmax(1).MoveToOuterDisposeScope();
    }

    private double Loss(Tensor value, Tensor measured, Tensor tokens, Tensor targets)
    {
        using var scope = torch.NewDisposeScope();
        return Loss(LogProbabilities(Spliced(value, measured), tokens), targets);
    }

    private static double Loss(Tensor logProbabilities, Tensor targets)
    {
        using var scope = torch.NewDisposeScope();
        return -logProbabilities.gather(1, targets).sum(type: ScalarType.Float64).ToDouble();
    }

    private Tensor TakeMean()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var sum = torch.zeros([_at.Width(_model.Config)], ScalarType.Float64, Device);
        long count = 0;
        foreach (var (i, batch) in _batches.Index())
        {
            using var batchScope = torch.NewDisposeScope();
            var (tokens, _) = batch.ToTensors(Device);
            var x = Measured(_model.ValueAt(_at, tokens));
            sum.add_(x.sum([0, 1], type: ScalarType.Float64));
            count += x.size(0) * x.size(1);
            _report(i + 1, 2 * _batches.Count);
        }
        return sum.div_(count).DetachFromDisposeScope();
    }
}
