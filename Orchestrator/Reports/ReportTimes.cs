using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Reports;

/// <summary>When a sweep ran and its report was written: in the pages that people read, and never in report.json.</summary>
internal static class ReportTimes
{
    /// <summary>One or two sentences.</summary>
    /// <param name="trials">of the sweep</param>
    /// <param name="now">when the report is written</param>
    public static string Describe(IReadOnlyList<TrialHistory> trials, DateTimeOffset now)
    {
        var written = $"Written {Utc(now)}.";
        if (trials.Count == 0) return written;
        var last = trials.Max(trial => trial.Ended ?? trial.Queued);
        var worked = TimeSpan.FromTicks(trials.Sum(trial => trial.Worked.Ticks));
        return $"{written} Trials ran from {Utc(trials.Min(trial => trial.Queued))} to {Utc(last)}; devices worked "
            + $"{Human.Duration(worked)} on them.";
    }

    private static string Utc(DateTimeOffset time) => $"{Human.Time(time.ToUniversalTime())} UTC";
}
