using System.Globalization;
using Sweeps.ModelCore.Interpretability;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>The lines of one direction of an intervention: the nodes, and what they are compared with.</summary>
/// <param name="changes">how changes get into the dense model</param>
/// <param name="rows">prompts of the test split</param>
/// <param name="options">strengths and controls</param>
/// <param name="seed">of every draw</param>
/// <param name="report">is told of every run of the dense model; may throw to end it</param>
internal sealed class BridgeInterventions(
    BridgeChanges changes, PresentedRows rows, BridgeInterventionOptions options, ulong seed, Action report)
{
    /// <summary>How many runs <see cref="Lines"/> makes of so many candidates.</summary>
    internal static int Runs(BridgeInterventionOptions options, int candidates) => candidates == 0 ? 0 :
        options.Steps * (Counts(options, candidates).Count + options.RandomDraws + options.ChannelDraws + options.ShuffleDraws + 1);

    /// <summary>The lines.</summary>
    /// <param name="nodes">the most effective first</param>
    /// <param name="channels">channels of the sparse model whose columns controls may have, by site</param>
    internal IReadOnlyList<BridgeLine> Lines(IReadOnlyList<ReadNode> nodes, Func<ValueLocation, IReadOnlyList<int>> channels)
    {
        if (nodes.Count == 0) return [];
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var none = Probabilities(new Dictionary<NodeLocation, Tensor>(), 0);
        var differences = changes.Differences(rows, nodes);
        var lines = new List<BridgeLine>();
        foreach (var count in Counts(options, nodes.Count))
        {
            var together = nodes.Take(count).ToList();
            lines.Add(OverPairs(BridgeLineKind.Nodes, together, none, Change(together, differences)));
        }
        var first = nodes[0];
        var direction = changes.Direction(first);
        var length = direction.norm().ToDouble();
        var difference = differences[first];
        Controls(BridgeLineKind.Random, options.RandomDraws, draw => Times(difference, Random(draw, direction.numel(), length)));
        int[] others = [.. channels(first.Site).Where(channel => channel != first.Channel)];
        new KeyedRandom(seed, "channels").Shuffle(others.AsSpan());
        Controls(BridgeLineKind.Channels, Math.Min(options.ChannelDraws, others.Length), draw =>
        {
            var column = changes.Direction(first, others[draw]);
            return Times(difference, column * (length / column.norm().ToDouble()));
        });
        Controls(BridgeLineKind.Shuffled, options.ShuffleDraws, draw => Times(Shuffled(difference, draw), direction));
        lines.Add(OverPairs(BridgeLineKind.UpperBound, [first], none, changes.All(rows, first.Location)));
        return lines;

        void Controls(BridgeLineKind kind, int draws, Func<int, Tensor> change)
        {
            if (draws > 0) lines.Add(OverDraws(kind, first, none, draws, draw => new() { [first.Location] = change(draw) }));
        }
    }

    private static List<int> Counts(BridgeInterventionOptions options, int candidates) =>
        [.. options.Together.Select(count => Math.Min(count, candidates)).Distinct().Order()];

    // (R, T) and (d) → (R, T, d).
    private static Tensor Times(Tensor difference, Tensor direction) => difference.unsqueeze(2) * direction;

    private Dictionary<NodeLocation, Tensor> Change(IEnumerable<ReadNode> nodes, IReadOnlyDictionary<ReadNode, Tensor> differences)
    {
        var sums = new Dictionary<NodeLocation, Tensor>();
        foreach (var node in nodes)
        {
            var change = Times(differences[node], changes.Direction(node));
            sums[node.Location] = sums.TryGetValue(node.Location, out var sum) ? sum + change : change;
        }
        return sums;
    }

    private Tensor Random(int draw, long width, double length)
    {
        var random = new KeyedRandom(seed, "direction", draw.ToString(CultureInfo.InvariantCulture));
        var values = new float[width];
        for (var i = 0; i < width; i++) values[i] = (float)random.NextGaussian();
        var direction = torch.tensor(values, device: rows.Tokens.device);
        return direction * (length / direction.norm().ToDouble());
    }

    private Tensor Shuffled(Tensor difference, int draw)
    {
        var random = new KeyedRandom(seed, "positions", draw.ToString(CultureInfo.InvariantCulture));
        var length = (int)difference.size(1);
        var order = new long[rows.Lengths.Length * length];
        for (var row = 0; row < rows.Lengths.Length; row++)
        {
            var own = order.AsSpan(row * length, length);
            for (var t = 0; t < length; t++) own[t] = t;
            random.Shuffle(own[..rows.Lengths[row]]);
        }
        return difference.gather(1, torch.tensor(order, [rows.Lengths.Length, length], device: difference.device));
    }

    private (double[] Whole, double[] AmongTwo) Probabilities(IReadOnlyDictionary<NodeLocation, Tensor> change, double strength)
    {
        using var scope = torch.NewDisposeScope();
        return rows.Probabilities(changes.Logits(rows, change, strength));
    }

    private double Strength(int step) => (double)step / options.Steps;

    private BridgeLine OverPairs(
        BridgeLineKind kind, IReadOnlyList<ReadNode> nodes, (double[] Whole, double[] AmongTwo) none,
        IReadOnlyDictionary<NodeLocation, Tensor> change)
    {
        var points = new List<BridgeLinePoint>();
        for (var step = 0; step <= options.Steps; step++)
        {
            var (whole, two) = step == 0 ? none : Probabilities(change, Strength(step));
            if (step > 0) report();
            points.Add(new BridgeLinePoint(Strength(step), OverPairs(whole, seed), OverPairs(two, seed)));
        }
        return new BridgeLine(kind, [.. nodes.Select(node => node.Name)], points);
    }

    /// <summary>The mean over pairs, with the bootstrap's interval.</summary>
    internal static TargetProbability OverPairs(double[] values, ulong seed)
    {
        var found = Bootstrap.Mean(values, new KeyedRandom(seed, "bootstrap"))!;
        return new TargetProbability(found.Mean, found.Low, found.High);
    }

    private BridgeLine OverDraws(
        BridgeLineKind kind, ReadNode node, (double[] Whole, double[] AmongTwo) none, int draws,
        Func<int, Dictionary<NodeLocation, Tensor>> change)
    {
        var (whole, two) = (new double[options.Steps + 1, draws], new double[options.Steps + 1, draws]);
        for (var draw = 0; draw < draws; draw++)
        {
            using var scope = torch.NewDisposeScope();
            var added = change(draw);
            for (var step = 0; step <= options.Steps; step++)
            {
                var found = step == 0 ? none : Probabilities(added, Strength(step));
                if (step > 0) report();
                (whole[step, draw], two[step, draw]) = (found.Whole.Average(), found.AmongTwo.Average());
            }
        }
        var points = Enumerable.Range(0, options.Steps + 1).Select(
            step => new BridgeLinePoint(Strength(step), Band(whole, step, draws), Band(two, step, draws)));
        return new BridgeLine(kind, [node.Name], [.. points]);
    }

    private static TargetProbability Band(double[,] means, int step, int draws)
    {
        double[] sorted = [.. Enumerable.Range(0, draws).Select(draw => means[step, draw]).Order()];
        return new TargetProbability(sorted.Average(), Quantile(0.05), Quantile(0.95));

        double Quantile(double share) => sorted[(int)Math.Round(share * (draws - 1))];
    }
}
