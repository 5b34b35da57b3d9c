namespace Sweeps.Orchestrator.Reports.Statistics;

/// <summary>
/// The percentile bootstrap of a mean over tasks (Efron 1979): tasks, and replicas where there are several, are drawn anew with
/// replacement, each by itself, since what makes a task hard is common to the replicas and what a seed does is common to the tasks.
/// </summary>
internal static class RatioBootstrap
{
    public const int Draws = 2000;

    private const double Tail = 0.025;

    /// <summary>
    /// The interval of 95 % of the mean over tasks of log(other / size); null where there is nothing to draw from: one task in one replica.
    /// </summary>
    public static (double Low, double High)? Interval(IReadOnlyList<SizePair> pairs, KeyedRandom random)
    {
        string[] tasks = [.. pairs.Select(p => p.Task).Distinct(StringComparer.Ordinal)];
        int[] replicas = [.. pairs.Select(p => p.Replica).Distinct().Order()];
        if (tasks.Length == 1 && replicas.Length == 1) return null;
        var cells = new (double Sum, int Count)[tasks.Length, replicas.Length];
        foreach (var pair in pairs)
        {
            ref var cell = ref cells[Array.IndexOf(tasks, pair.Task), Array.IndexOf(replicas, pair.Replica)];
            cell = (cell.Sum + Math.Log(pair.Other / pair.Size), cell.Count + 1);
        }

        var means = new List<double>(Draws);
        while (means.Count < Draws)
        {
            // Where not all tasks are in all replicas a draw may have none at all: then another one.
            if (Mean(cells, Drawn(tasks.Length, random), Drawn(replicas.Length, random)) is { } mean) means.Add(mean);
        }
        means.Sort();
        return (Quantile.Of(means, Tail), Quantile.Of(means, 1 - Tail));
    }

    /// <summary>How often each of <paramref name="count"/> is drawn in as many draws.</summary>
    private static int[] Drawn(int count, KeyedRandom random)
    {
        var times = new int[count];
        for (var draw = 0; draw < count; draw++) times[random.Next(count)]++;
        return times;
    }

    private static double? Mean((double Sum, int Count)[,] cells, int[] tasks, int[] replicas)
    {
        double sum = 0, weight = 0;
        for (var task = 0; task < tasks.Length; task++)
        {
            double ofTask = 0, count = 0;
            for (var replica = 0; replica < replicas.Length; replica++)
            {
                ofTask += replicas[replica] * cells[task, replica].Sum;
                count += replicas[replica] * cells[task, replica].Count;
            }
            if (tasks[task] == 0 || count == 0) continue;
            sum += tasks[task] * ofTask / count;
            weight += tasks[task];
        }
        return weight == 0 ? null : sum / weight;
    }
}
