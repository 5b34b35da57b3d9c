using System.Globalization;

namespace Sweeps.Orchestrator.Reports;

/// <summary>What the report's section about training says of trainings that were stopped early.</summary>
internal static class EarlyStoppingTables
{
    /// <summary>By which rule they were; nothing where none may be.</summary>
    public static IEnumerable<string> Words(ReportDocument report)
    {
        var options = report.Spec.EarlyStopping;
        var rule = options.Trainings switch
        {
            TrainingStopping.Asha => string.Create(
                CultureInfo.InvariantCulture, $"not among the best 1 / {options.Reduction} of its group (asha); one always goes on"),
            TrainingStopping.Median => "above the median (median)",
            _ => null,
        };
        if (rule is null) yield break;
        yield return $"A training whose validation loss at a rung is {rule} is stopped there. It is compared with the trainings before it "
            + "in the sweep's order that have come to this rung, so that nothing depends on which was faster, and a training that had "
            + "ended before this was known counts as stopped too. What was stopped is not chosen as the best of its group, and is no "
            + "failure.";
    }

    /// <summary>One row for each that was stopped; nothing where none was.</summary>
    public static IEnumerable<ReportTable> Stopped(ReportDocument report)
    {
        var stopped = report.Models.Where(m => m.Stopped is not null).ToList();
        if (stopped.Count == 0) yield break;
        yield return new ReportTable(
            "Trainings that were stopped early",
            [
                "model", "at step", "validation loss", "place",
                report.Spec.EarlyStopping.Trainings == TrainingStopping.Median ? "the median before it" : "the last that goes on",
            ],
            [
                .. stopped.Select(m => (IReadOnlyList<string>)[
                    m.Id, Format.Count(m.Stopped!.Step), Format.Loss(m.Stopped.Loss),
                    $"{Format.Count(m.Stopped.Place)} of {Format.Count(m.Stopped.Of)}", Format.Loss(m.Stopped.Bound)]),
            ]);
    }
}
