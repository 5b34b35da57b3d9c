using System.Globalization;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// What the nodes of a circuit do on pairs of its task, token by token, in the unpruned model: what a person compares to say what tells A
/// from B.
/// </summary>
internal static class PairActivity
{
    /// <summary>Runs the unpruned model on each pair.</summary>
    internal static IReadOnlyList<PairActivations> Of(
        FrozenModel model, Tokenizer tokenizer, KeptNodes kept, IEnumerable<TokenizedPair> pairs) =>
    [
        .. pairs.Select(pair =>
        {
            var (a, b) = (Run(pair.PromptA), Run(pair.PromptB));
            return new PairActivations(
                pair.Index, Shown(pair.PromptA), Shown(pair.PromptB),
                [.. kept.Nodes.Select((node, i) => new NodeOnPair(node, a[i], b[i]))]);

            List<string> Shown(IEnumerable<int> tokens) => [.. tokens.Select(tokenizer.Display)];
            float[][] Run(IReadOnlyList<int> prompt) => Values(model, kept, prompt);
        }),
    ];

    // For each kept node its value at every token.
    private static float[][] Values(FrozenModel model, KeptNodes kept, IReadOnlyList<int> prompt)
    {
        using var scope = torch.NewDisposeScope();
        var nodes = new List<float[]>();
        long[] tokens = [.. prompt.Select(t => (long)t)];
        model.Model.Forward(torch.tensor(tokens, [1, prompt.Count], device: model.Device), node: (location, value) =>
        {
            var (channels, width, values) = (kept.Channels(location), model.Layout.Width(location), kept.Channels(
                location).Length == 0 ? [] : value.Values<float>());
            foreach (var channel in channels)
                nodes.Add([.. Enumerable.Range(0, prompt.Count).Select(t => FourDigits(values[(t * width) + channel]))]);
            return value;
        });
        return [.. nodes];
    }

    private static float FourDigits(float value) =>
        float.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
