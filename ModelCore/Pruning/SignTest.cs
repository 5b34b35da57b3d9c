using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Measures <see cref="NodeSign"/>: how well the task's label tells the sign of each kept node in the unpruned model. How a prompt is read,
/// and which label has which sign, are chosen on train prompts and reported on test prompts.
/// </summary>
internal static class SignTest
{
    /// <summary>The kept nodes, in node order.</summary>
    internal static IReadOnlyList<NodeSign> Of(
        FrozenModel model, KeptNodes kept, IReadOnlyList<TaskRows> train, IReadOnlyList<TaskRows> test, IJobContext context)
    {
        var (known, seen) = (Read(model, kept, train, context), Read(model, kept, test, context));
        bool[] knownIsA = [.. train.SelectMany(b => b.AnswerIsA)], seenIsA = [.. test.SelectMany(b => b.AnswerIsA)];
        return
        [
            .. kept.Nodes.Select((name, i) =>
            {
                // Of equals the first, in the order of the readings.
                var (reading, right) = Enum.GetValues<SignReading>().Select(
                    r => (Reading: r, Right: Right(known[i][(int)r], knownIsA))).MaxBy(r => Math.Max(r.Right, 1 - r.Right));
                var positiveIsA = right >= 0.5;
                var (accuracy, area) = (Right(seen[i][(int)reading], seenIsA), Area(seen[i][(int)reading], seenIsA));
                return new NodeSign(
                    name, reading, positiveIsA, Math.Max(right, 1 - right), positiveIsA ? accuracy : 1 - accuracy,
                    positiveIsA ? area : 1 - area);
            }),
        ];
    }

    /// <summary>Of each node and each reading one number per prompt: how far it is above the node's mean.</summary>
    private static List<float>[][] Read(FrozenModel model, KeptNodes kept, IReadOnlyList<TaskRows> batches, IJobContext context)
    {
        List<float>[][] read = [.. kept.Nodes.Select(_ => Array.ConvertAll(Enum.GetValues<SignReading>(), _ => new List<float>()))];
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
                        read[node][(int)SignReading.Last].Add(Above(positions[row]));
                        read[node][(int)SignReading.Peak].Add(furthest);
                        read[node][(int)SignReading.Average].Add((float)(sum / (positions[row] + 1)));
                    }
                    node++;
                }
                return value;
            });
        }
        return read;
    }

    /// <summary>
    /// The fraction of prompts whose answer is A where the number is positive and B where it is negative; 0 is right half the time.
    /// </summary>
    internal static double Right(IReadOnlyList<float> values, bool[] isA) =>
        values.Index().Sum(v => v.Item == 0 ? 0.5 : v.Item > 0 == isA[v.Index] ? 1 : 0) / values.Count;

    /// <summary>
    /// How often a random value of a prompt with answer A is above one with answer B; ties half. 0.5 where there is only one answer.
    /// </summary>
    internal static double Area(IReadOnlyList<float> values, bool[] isA)
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
        return (above - (labels * (labels + 1) / 2.0)) / ((double)labels * (isA.Length - labels));
    }
}
