using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// Prompts that are presented, and beside each the other prompt of its pair, which is as long. Padded on the right, where a causal model
/// cannot look.
/// </summary>
internal sealed class PresentedRows : IDisposable
{
    /// <summary>Copies pairs to the device.</summary>
    /// <param name="pairs">at least one, each of two prompts of equal length</param>
    /// <param name="presentsA">whether prompts A are presented</param>
    /// <param name="device">where</param>
    internal PresentedRows(IReadOnlyList<TokenizedPair> pairs, bool presentsA, Device device)
    {
        Lengths = [.. pairs.Select(pair => pair.PromptA.Count)];
        var (rows, length) = (pairs.Count, Lengths.Max());
        Tokens = Padded(pair => presentsA ? pair.PromptA : pair.PromptB);
        Others = Padded(pair => presentsA ? pair.PromptB : pair.PromptA);
        Positions = Of(Array.ConvertAll(Lengths, count => count - 1L), rows);
        // The other prompt's completion first.
        Completions = Of(
            [.. pairs.SelectMany(pair => presentsA ? [pair.TokenB, pair.TokenA] : new long[] { pair.TokenA, pair.TokenB })], rows, 2);
        var valid = new bool[rows * length];
        for (var row = 0; row < rows; row++) Array.Fill(valid, true, row * length, Lengths[row]);
        using var flat = torch.tensor(valid, [rows, length, 1], device: device);
        Valid = flat.to(ScalarType.Float32).DetachFromDisposeScope();

        Tensor Padded(Func<TokenizedPair, IReadOnlyList<int>> prompt)
        {
            var ids = new long[rows * length];
            foreach (var (row, pair) in pairs.Index())
                foreach (var (t, id) in prompt(pair).Index()) ids[(row * length) + t] = id;
            return Of(ids, rows, length);
        }

        Tensor Of(long[] values, params long[] shape) => torch.tensor(values, shape, device: device).DetachFromDisposeScope();
    }

    /// <summary>Presented prompts, int64 (R, T).</summary>
    internal Tensor Tokens { get; }

    /// <summary>The other ones, int64 (R, T).</summary>
    internal Tensor Others { get; }

    /// <summary>int64 (R): the last token of each prompt.</summary>
    internal Tensor Positions { get; }

    /// <summary>int64 (R, 2): the other prompt's completion, which is the target, and the presented one's.</summary>
    internal Tensor Completions { get; }

    /// <summary>(R, T, 1): 1 where a prompt has a token, else 0.</summary>
    internal Tensor Valid { get; }

    internal int[] Lengths { get; }

    /// <summary>The probabilities of the target of each row: of all tokens, and of the two completions.</summary>
    /// <param name="logits">at the last token, (R, V)</param>
    internal (double[] Whole, double[] AmongTwo) Probabilities(Tensor logits)
    {
        using var scope = torch.NewDisposeScope();
        var whole = logits.softmax(-1).gather(1, Completions).select(1, 0);
        var two = logits.gather(1, Completions).softmax(-1).select(1, 0);
        return (Values(whole), Values(two));

        static double[] Values(Tensor tensor) => tensor.to(ScalarType.Float64).cpu().Values<double>();
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { Tokens, Others, Positions, Completions, Valid }) tensor.Dispose();
    }
}
