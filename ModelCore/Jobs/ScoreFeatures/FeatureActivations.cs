using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Jobs;

/// <summary>The activations of a dictionary's features on windows of the validation tokens.</summary>
internal sealed class FeatureActivations
{
    private const int TokensOfPass = 4096;

    // Features that are 0 on all tokens but so many are no features to speak of (DictionaryMetrics.Alive).
    private const int Rare = 10;

    private readonly Transformer _model;
    private readonly FeatureDictionary _dictionary;
    private readonly TokenFile _tokens;
    private readonly int _skipped;
    private readonly Action<int, int> _report;

    /// <param name="model">the model</param>
    /// <param name="dictionary">of one of its locations</param>
    /// <param name="tokens">the validation tokens</param>
    /// <param name="wanted">how many activations are wanted</param>
    /// <param name="skipped">first positions of every window that are left out</param>
    /// <param name="report">is told of passes that are done, and of how many there are in all; may throw to end it</param>
    public FeatureActivations(
        Transformer model, FeatureDictionary dictionary, TokenFile tokens, int wanted, int skipped, Action<int, int> report)
    {
        (_model, _dictionary, _tokens, _skipped, _report) = (model, dictionary, tokens, skipped, report);
        var context = model.Config.NCtx;
        var windows = tokens.Count / context;
        if (windows < 1)
            throw new JobInputException($"the corpus has {tokens.Count} validation tokens, expected at least the context of {context}");
        var count = (int)Math.Min(windows, Math.Max(1, (wanted + context - skipped - 1) / (context - skipped)));
        Starts = [.. Enumerable.Range(0, count).Select(i => i * windows / count * context)];
    }

    /// <summary>Where the windows begin: evenly spaced.</summary>
    public IReadOnlyList<long> Starts { get; }

    /// <summary>The features that are active on more than ten tokens, ascending.</summary>
    public int[] Alive()
    {
        using var scope = torch.NewDisposeScope();
        var fired = torch.zeros([_dictionary.Features], ScalarType.Int64, _dictionary.Atoms.device);
        foreach (var (_, _, codes) in Passes(0)) fired.add_(codes.ne(0).sum([0L], type: ScalarType.Int64));
        var counts = fired.cpu().data<long>().ToArray();
        return [.. Enumerable.Range(0, counts.Length).Where(feature => counts[feature] > Rare)];
    }

    /// <summary>
    /// The activation of some features on every token of the windows, 0 where it is left out. Where the largest is negative, as it may be
    /// of directions that have no sign of their own, all are given with the other sign.
    /// </summary>
    public float[][] Of(int[] features)
    {
        var context = _model.Config.NCtx;
        var values = Array.ConvertAll(features, _ => new float[Starts.Count * context]);
        using var scope = torch.NewDisposeScope();
        var index = Array.ConvertAll(features, feature => (long)feature).ToDevice(_dictionary.Atoms.device);
        foreach (var (first, windows, codes) in Passes(1))
        {
            var some = codes.index_select(1, index).cpu().contiguous().data<float>().ToArray();
            var at = 0;
            for (var window = first; window < first + windows; window++)
                for (var position = _skipped; position < context; position++)
                    for (var feature = 0; feature < features.Length; feature++)
                        values[feature][(window * context) + position] = some[at++];
        }
        foreach (var one in values)
        {
            var (least, most) = (one.Min(), one.Max());
            if (-least > most)
                for (var i = 0; i < one.Length; i++) one[i] = -one[i];
        }
        return values;
    }

    private IEnumerable<(int First, int Windows, Tensor Codes)> Passes(int part)
    {
        var context = _model.Config.NCtx;
        var perPass = Math.Max(1, TokensOfPass / context);
        var passes = (Starts.Count + perPass - 1) / perPass;
        for (var pass = 0; pass < passes; pass++)
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var (first, windows) = (pass * perPass, Math.Min(perPass, Starts.Count - (pass * perPass)));
            var tokens = new int[windows * context];
            for (var i = 0; i < windows; i++) _tokens.CopyTo(Starts[first + i], tokens.AsSpan(i * context, context));
            var ids = Array.ConvertAll(tokens, token => (long)token).ToDevice(_dictionary.Atoms.device).view(windows, context);
            var value = _model.ValueAt(_dictionary.Origin.Location, ids); // (windows, context, d)
            var measured = value.narrow(1, _skipped, context - _skipped).reshape(-1, value.size(2));
            yield return (first, windows, _dictionary.Encode(measured));
            _report((part * passes) + pass + 1, 2 * passes);
        }
    }
}
