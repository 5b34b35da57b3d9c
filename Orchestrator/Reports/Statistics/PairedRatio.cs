namespace Sweeps.Orchestrator.Reports.Statistics;

/// <summary>Two sizes of the same task: what is compared, and what with.</summary>
/// <param name="Task">the task</param>
/// <param name="Replica">which of several runs that differ in their seeds</param>
/// <param name="Size">above 0</param>
/// <param name="Other">above 0</param>
internal sealed record SizePair(string Task, int Replica, double Size, double Other);

/// <summary>How many times as large the others are, by pairs of the same task only.</summary>
/// <param name="Size">the geometric mean over tasks, of each task's mean over its pairs</param>
/// <param name="Other">the same of the others</param>
/// <param name="Interval">of 95 %, of the ratio of the two; null where there is but one task in one replica</param>
/// <param name="Tasks">tasks with a pair</param>
/// <param name="TasksWithMore">those of them whose others are larger, by their mean</param>
internal sealed record PairedRatio(double Size, double Other, (double Low, double High)? Interval, int Tasks, int TasksWithMore)
{
    public double Ratio => Other / Size;

    /// <summary>The ratio of <paramref name="pairs"/>, with the interval of <see cref="RatioBootstrap"/>; null of none.</summary>
    /// <param name="pairs">in an order that does not depend on chance</param>
    /// <param name="random">what the bootstrap draws from</param>
    public static PairedRatio? Of(IReadOnlyList<SizePair> pairs, KeyedRandom random)
    {
        if (pairs.Count == 0) return null;
        var logarithms = RatioBootstrap.Interval(pairs, random);
        var tasks = pairs.GroupBy(p => p.Task, StringComparer.Ordinal).ToList();
        return new PairedRatio(
            Math.Exp(tasks.Average(task => task.Average(p => Math.Log(p.Size)))),
            Math.Exp(tasks.Average(task => task.Average(p => Math.Log(p.Other)))),
            logarithms is { } interval ? (Math.Exp(interval.Low), Math.Exp(interval.High)) : null,
            tasks.Count, tasks.Count(task => task.Average(p => Math.Log(p.Other / p.Size)) > 0));
    }
}
