using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Measures <see cref="InterchangeCheck"/>. All locations at once would only turn one prompt into the other; one at a time shows whether
/// what the circuit has there is the same on prompts that it should not tell apart. Only prompts are joined that have the same length and
/// whose pairs differ at the same tokens: elsewhere the claim says nothing.
/// </summary>
internal sealed class Interchange(
    FrozenModel model, bool[] kept, KeptNodes nodes, (double Scale, double Shift) calibration, bool wholeVocabulary, IJobContext context)
{
    // A pass over them for each location.
    private const int MostPairs = 32;

    /// <summary>Between prompts of the same label: pairs of one form are joined two and two.</summary>
    internal InterchangeCheck? SameLabel(IReadOnlyList<TokenizedPair> pairs, KeyedRandom random)
    {
        var couples = new List<TokenizedPair[]>();
        foreach (var alike in pairs.GroupBy(FormOf).OrderBy(g => g.Key))
        {
            TokenizedPair[] different = [.. alike.DistinctBy(p => string.Join(' ', p.PromptA))];
            random.Shuffle<TokenizedPair>(different);
            couples.AddRange(different.Chunk(2).Where(c => c.Length == 2));
        }
        var order = couples.ToArray();
        random.Shuffle<TokenizedPair[]>(order);
        TokenizedPair[] chosen = [.. order.Take(MostPairs / 2).SelectMany(c => c)];
        // Rows of a couple: A and B of the one, A and B of the other.
        return Measure(chosen, row => row ^ 2);
    }

    /// <summary>Between the prompts of a pair, where they have as many tokens.</summary>
    internal InterchangeCheck? OtherLabel(IReadOnlyList<TokenizedPair> pairs, KeyedRandom random)
    {
        TokenizedPair[] alike = [.. pairs.Where(p => p.PromptA.Count == p.PromptB.Count)];
        random.Shuffle<TokenizedPair>(alike);
        return Measure([.. alike.Take(MostPairs)], row => row ^ 1);
    }

    /// <summary>The lengths of a pair's prompts, and where what tells them apart begins and, counted from the end, ends.</summary>
    private static (int A, int B, int First, int Last) FormOf(TokenizedPair pair)
    {
        var (a, b) = (pair.PromptA, pair.PromptB);
        var shorter = Math.Min(a.Count, b.Count);
        var first = Enumerable.Range(0, shorter).FirstOrDefault(i => a[i] != b[i], shorter);
        var last = Enumerable.Range(1, shorter).FirstOrDefault(i => a[^i] != b[^i], shorter + 1);
        return (a.Count, b.Count, first, last);
    }

    private InterchangeCheck? Measure(TokenizedPair[] pairs, Func<int, int> partner)
    {
        if (pairs.Length == 0) return null;
        using var scope = torch.NewDisposeScope();
        using var rows = new TaskRows(pairs, model.Device);
        long[] partnerOf = [.. Enumerable.Range(0, rows.Count).Select(row => (long)partner(row))];
        var partners = torch.tensor(partnerOf, device: model.Device);
        var ablate = model.Ablation(model.Gates(kept));
        var own = new Dictionary<NodeLocation, Tensor>();
        var before = Loss((location, value) =>
        {
            var ablated = ablate(location, value);
            if (nodes.Locations.Contains(location)) own.Add(location, ablated.clone().DetachFromDisposeScope());
            return ablated;
        });
        try
        {
            return new InterchangeCheck(rows.Count, before,
                [.. nodes.Locations.Select(
                    at =>
                        new LocationLoss(
                            at.Name,
                            Loss((location, value) => location == at ? own[at].index_select(0, partners) : ablate(location, value))))]);
        }
        finally
        {
            foreach (var value in own.Values) value.Dispose();
        }

        double Loss(NodeHook hook) =>
            TaskEvaluation.Run(model, [rows], _ => hook, wholeVocabulary, context).Loss(calibration.Scale, calibration.Shift).Loss;
    }
}
