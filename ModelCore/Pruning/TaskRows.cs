using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Pairs of a task on a device: rows 2i and 2i + 1 are the prompts A and B of pair i, padded on the right, where a causal model cannot
/// look.
/// </summary>
internal sealed class TaskRows : IDisposable
{
    private readonly long[] _positions;

    /// <summary>Copies pairs to the device.</summary>
    /// <param name="pairs">at least one</param>
    /// <param name="device">where</param>
    internal TaskRows(IReadOnlyList<TokenizedPair> pairs, Device device)
    {
        var rows = 2 * pairs.Count;
        var length = pairs.Max(LengthOf);
        var tokens = new long[rows * length];
        var candidates = new long[2 * rows];
        _positions = new long[rows];
        (TokenA, TokenB, AnswerIsA) = (new long[rows], new long[rows], new bool[rows]);
        for (var row = 0; row < rows; row++)
        {
            var pair = pairs[row / 2];
            var isA = row % 2 == 0;
            var prompt = isA ? pair.PromptA : pair.PromptB;
            for (var t = 0; t < prompt.Count; t++) tokens[(row * length) + t] = prompt[t];
            _positions[row] = prompt.Count - 1;
            (TokenA[row], TokenB[row], AnswerIsA[row]) = (pair.TokenA, pair.TokenB, isA);
            (candidates[2 * row], candidates[(2 * row) + 1]) = isA ? (pair.TokenA, pair.TokenB) : (pair.TokenB, pair.TokenA);
        }
        Tokens = torch.tensor(tokens, [rows, length], device: device).DetachFromDisposeScope();
        Positions = torch.tensor(_positions, [rows], device: device).DetachFromDisposeScope();
        Candidates = torch.tensor(candidates, [rows, 2], device: device).DetachFromDisposeScope();
        First = torch.zeros([rows], ScalarType.Int64, device).DetachFromDisposeScope();
    }

    private TaskRows(TaskRows all, long[] rows)
    {
        _positions = Of(all._positions);
        (TokenA, TokenB, AnswerIsA) = (Of(all.TokenA), Of(all.TokenB), Of(all.AnswerIsA));
        using var scope = torch.NewDisposeScope();
        var index = rows.ToDevice(all.Tokens.device);
        Tokens = all.Tokens.narrow(1, 0, _positions.Max() + 1).index_select(0, index).DetachFromDisposeScope();
        Positions = all.Positions.index_select(0, index).DetachFromDisposeScope();
        Candidates = all.Candidates.index_select(0, index).DetachFromDisposeScope();
        First = all.First.narrow(0, 0, rows.Length).DetachFromDisposeScope();

        T[] Of<T>(T[] values) => Array.ConvertAll(rows, row => values[row]);
    }

    /// <summary>int64 (R, T)</summary>
    internal Tensor Tokens { get; }

    /// <summary>int64 (R): the last token of each prompt.</summary>
    internal Tensor Positions { get; }

    /// <summary>int64 (R, 2): the right completion's token, then the wrong one's.</summary>
    internal Tensor Candidates { get; }

    /// <summary>A's token per row, whichever the row's prompt is.</summary>
    internal long[] TokenA { get; }

    internal long[] TokenB { get; }

    internal bool[] AnswerIsA { get; }

    internal int Count => AnswerIsA.Length;

    private Tensor First { get; }

    /// <summary>Tokens of the longer prompt of a pair.</summary>
    internal static int LengthOf(TokenizedPair pair) => Math.Max(pair.PromptA.Count, pair.PromptB.Count);

    /// <summary>
    /// Some of the pairs in the given order, as if made of them alone: no wider than they need. Only their numbers go to the device.
    /// </summary>
    /// <param name="pairs">at least one, by their place in what these rows were made of</param>
    internal TaskRows Select(IEnumerable<int> pairs) => new(this, [.. pairs.SelectMany(pair => (long[])[2L * pair, (2L * pair) + 1])]);

    /// <summary>Mean cross-entropy over the two candidates, or over the whole vocabulary. (R, V) → a scalar.</summary>
    internal Tensor Loss(Tensor logits, bool wholeVocabulary)
    {
        using var scope = torch.NewDisposeScope();
        return (wholeVocabulary
            ? Functions.cross_entropy(logits, Candidates.select(1, 0))
            : Functions.cross_entropy(logits.gather(1, Candidates), First)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <see cref="Loss"/> of calibrated logits: times <paramref name="scale"/>, and of the candidates <paramref name="shift"/> more from B
    /// to A.
    /// </summary>
    internal Tensor CalibratedLoss(Tensor logits, bool wholeVocabulary, double scale, double shift)
    {
        using var scope = torch.NewDisposeScope();
        float[] towards = [.. AnswerIsA.SelectMany(
            isA => new[] { (float)(isA ? shift / 2 : -shift / 2), (float)(isA ? -shift / 2 : shift / 2) })];
        var moved = (logits * scale).scatter_add(1, Candidates, torch.tensor(towards, [Count, 2], device: logits.device));
        return Loss(moved, wholeVocabulary).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Tokens.Dispose();
        Positions.Dispose();
        Candidates.Dispose();
        First.Dispose();
    }
}
