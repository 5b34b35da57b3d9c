using System.Globalization;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Decides what a circuit may claim, and says it in words. Nothing else in a report does either.</summary>
internal static class CircuitVerdicts
{
    /// <summary>
    /// The loss of the model without the circuit, nats, from which the circuit is necessary: three quarters of that of guessing, ln 2
    /// [G fig. 32]. Of the ln 2 nats that the answer is worth less than a quarter is then left. A model to which nothing is left, as it
    /// says the same of both prompts of a pair, has ln 2 or more; with a bound there, rounding and chance would decide about it.
    /// </summary>
    public static double Necessary { get; } = 0.75 * TaskLearning.Chance;

    public static string NecessaryText { get; } = Format.Short(Math.Round(Necessary, 2));

    /// <summary>The verdict on a task.</summary>
    /// <param name="spec">the sweep, whose target is what counts on the test pairs</param>
    /// <param name="task">what was found</param>
    /// <param name="best">the search's best circuit, or null</param>
    /// <param name="unvalidated">whether the circuit was not validated and will not be: not asked for, or the validation failed</param>
    public static CircuitVerdict Of(SweepSpec spec, TaskSnapshot task, ReportCircuit? best, bool unvalidated)
    {
        var target = spec.Pruning.TargetLoss;
        return (task, best, task.Validation) switch
        {
            ({ Failure: not null }, _, _) => CircuitVerdict.Failed,
            ({ Evaluated: { } measured }, _, _) when TaskLearning.IsUnlearned(spec.Pruning, measured) => CircuitVerdict.NotLearned,
            ({ Search: not { Completed: true } }, _, _) => CircuitVerdict.Open,
            (_, null, _) => CircuitVerdict.Failed,
            (_, { Reached: false }, _) => CircuitVerdict.MissesTarget,
            (_, { Edges: 0 }, _) or (_, _, { Edges: 0 }) => CircuitVerdict.Empty,
            (_, _, { } v) when !(v.Sufficiency <= target) => CircuitVerdict.MissesOnTest,
            (_, _, { } v) => v.Necessity >= Necessary ? CircuitVerdict.Holds : CircuitVerdict.SufficientOnly,
            _ when !unvalidated => CircuitVerdict.Open,
            (_, { TestLoss: var loss }, _) => loss <= target ? CircuitVerdict.NotValidated : CircuitVerdict.MissesOnTest,
        };
    }

    /// <summary>A verdict in a cell of a table.</summary>
    public static string Words(CircuitVerdict verdict) => verdict switch
    {
        CircuitVerdict.Holds => "holds",
        CircuitVerdict.SufficientOnly => "sufficient only",
        CircuitVerdict.NotValidated => "at the target on test pairs",
        CircuitVerdict.MissesOnTest => "misses on test pairs",
        CircuitVerdict.MissesTarget => "misses the target",
        CircuitVerdict.Empty => "empty",
        CircuitVerdict.NotLearned => "not learned",
        CircuitVerdict.Failed => "failed",
        CircuitVerdict.Open => "not yet",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "expected a verdict"),
    };

    /// <summary>What a verdict means, one line.</summary>
    public static string Meaning(CircuitVerdict verdict, PruningOptions options)
    {
        var target = Format.Short(options.TargetLoss);
        return verdict switch
        {
            CircuitVerdict.Holds =>
                $"on test pairs the circuit alone has a loss of at most {target}, and the model without it one of at least "
                    + $"{NecessaryText}, three quarters of guessing's",
            CircuitVerdict.SufficientOnly =>
                $"on test pairs the circuit alone has a loss of at most {target}, but the model without it still knows much of the answer",
            CircuitVerdict.NotValidated => $"on test pairs the circuit alone has a loss of at most {target}; nothing else was checked",
            CircuitVerdict.MissesOnTest => $"it was chosen by validation pairs, and on test pairs its loss is above {target}",
            CircuitVerdict.MissesTarget =>
                $"no circuit of the search has a loss of at most {Format.Short(options.SelectionLoss)} on validation pairs",
            CircuitVerdict.Empty => "the target is reached without a circuit: embedding and bigram table answer the task",
            CircuitVerdict.NotLearned => "the whole model is nearer to guessing than to the target, so that there is nothing to find",
            CircuitVerdict.Failed => "the task could not be measured, or every pruning failed",
            CircuitVerdict.Open => "the search or the validation has not ended",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "expected a verdict"),
        };
    }

    /// <summary>How many circuits of a report hold, and what became of the others, one sentence; null without tasks.</summary>
    public static string? Headline(ReportDocument report)
    {
        var verdicts = report.Models.SelectMany(m => m.Tasks).CountBy(t => t.Verdict).ToDictionary();
        var all = verdicts.Values.Sum();
        if (all == 0) return null;
        var first = report.Spec.Validate ? CircuitVerdict.Holds : CircuitVerdict.NotValidated;
        var count = verdicts.GetValueOrDefault(first);
        var claim = (report.Spec.Validate, count == 1 || all == 1) switch
        {
            (true, true) => "holds on test pairs",
            (true, false) => "hold on test pairs",
            (false, true) => "is at the target on test pairs, not validated",
            (false, false) => "are at the target on test pairs, not validated",
        };
        var others = from verdict in Enum.GetValues<CircuitVerdict>()
                     where verdict != first && verdicts.ContainsKey(verdict)
                     select Counted(verdict, verdicts[verdict]);
        return $"{string.Join("; ", others.Prepend($"{Number(count)} of {Number(all)} {(all == 1 ? "circuit" : "circuits")} {claim}"))}.";
    }

    private static string Counted(CircuitVerdict verdict, int count)
    {
        var words = Words(verdict);
        return $"{Number(count)} {(count == 1 ? words : words.Replace("misses", "miss", StringComparison.Ordinal))}";
    }

    private static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
