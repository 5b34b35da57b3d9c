using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures <see cref="NodeSign"/>: how well the task's label tells the sign of each kept node in the unpruned model.</summary>
internal static class SignTest
{
    /// <summary>The kept nodes over the prompts of <paramref name="batches"/>, in node order.</summary>
    internal static IReadOnlyList<NodeSign> Of(FrozenModel model, KeptNodes kept, IReadOnlyList<TaskRows> batches, IJobContext context)
    {
        // Of each node, one number per prompt: how far it is above its mean.
        var (last, peak, average) = (Lists(kept), Lists(kept), Lists(kept));
        foreach (var batch in batches)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            var (length, positions, node) = ((int)batch.Tokens.size(1), batch.Positions.Values<long>(), 0);
            model.Model.Forward(batch.Tokens, node: (location, value) =>
            {
                var (channels, width) = (kept.Channels(location), model.Layout.Width(location));
                if (channels.Length == 0) return value;
                var (values, means) = (value.Values<float>(), model.Mean(location).Values<float>());
                foreach (var channel in channels)
                {
                    for (var row = 0; row < batch.Count; row++)
                    {
                        float Above(long t) => values[(((row * length) + t) * width) + channel] - means[channel];
                        var (furthest, sum) = (0f, 0.0);
                        for (var t = 0; t <= positions[row]; t++)
                        {
                            if (Math.Abs(Above(t)) > Math.Abs(furthest)) furthest = Above(t);
                            sum += Above(t);
                        }
                        last[node].Add(Above(positions[row]));
                        peak[node].Add(furthest);
                        average[node].Add((float)(sum / (positions[row] + 1)));
                    }
                    node++;
                }
                return value;
            });
        }
        bool[] isA = [.. batches.SelectMany(b => b.AnswerIsA)];
        return [.. kept.Nodes.Select((name, i) => new NodeSign(name, Read(last[i]), Read(peak[i]), Read(average[i])))];

        SignReading Read(List<float> numbers) => new(Accuracy(numbers, isA), Auc(numbers, isA));
    }

    /// <summary>The fraction of labels that the signs tell, the better way round; 0 tells half.</summary>
    internal static double Accuracy(IReadOnlyList<float> values, bool[] isA)
    {
        var right = values.Index().Sum(v => v.Item == 0 ? 0.5 : v.Item > 0 == isA[v.Index] ? 1 : 0) / values.Count;
        return Math.Max(right, 1 - right);
    }

    /// <summary>How often a random value of the one label is above one of the other, the better way round; ties half. 0.5 where there is only one label.</summary>
    internal static double Auc(IReadOnlyList<float> values, bool[] isA)
    {
        var labels = isA.Count(a => a);
        if (labels == 0 || labels == isA.Length) return 0.5;
        // The sum of the ranks of A's values, equals sharing the mean of theirs, less what it is when all are lowest: Mann and Whitney's U.
        var (above, rank) = (0.0, 0.0);
        foreach (var equal in values.Zip(isA).GroupBy(v => v.First).OrderBy(g => g.Key))
        {
            var count = equal.Count();
            above += equal.Count(v => v.Second) * (rank + ((count + 1) / 2.0));
            rank += count;
        }
        var area = (above - (labels * (labels + 1) / 2.0)) / ((double)labels * (isA.Length - labels));
        return Math.Max(area, 1 - area);
    }

    private static List<float>[] Lists(KeptNodes kept) => [.. kept.Nodes.Select(_ => new List<float>())];
}
