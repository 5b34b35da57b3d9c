using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>A table of what circuits that hold still do when more and more of the other nodes are resampled.</summary>
internal static class ResamplingTable
{
    /// <summary>
    /// Medians over the circuits of each model of <paramref name="report"/>, from <paramref name="inputs"/>; null where no circuit that
    /// holds was resampled.
    /// </summary>
    public static ReportTable? Of(ReportDocument report, ReportInputs inputs)
    {
        var models = (from model in report.Models
                      let ladders = model.Tasks.Where(task => task.Verdict == CircuitVerdict.Holds)
                          .Select(task => inputs.Ladders.GetValueOrDefault((model.Id, task.Task)))
                          .OfType<IReadOnlyList<ResampleRung>>().ToList()
                      where ladders.Count > 0
                      select (model.Id, Ladders: ladders)).ToList();
        if (models.Count == 0) return null;
        double[] fractions =
            [.. models.SelectMany(m => m.Ladders).SelectMany(ladder => ladder).Select(rung => rung.Fraction).Distinct().Order()];
        return new ReportTable(
            "Other nodes resampled: medians over the circuits that hold, test pairs",
            [
                "model", "circuits", .. fractions.Select(f => $"loss, {Part(f)} resampled"),
                .. fractions.Select(f => $"decided rightly, {Part(f)} resampled"),
            ],
            [
                .. models.Select(m => (IReadOnlyList<string>)[
                    m.Id, Format.Count(m.Ladders.Count), .. fractions.Select(f => Format.Loss(Median(m.Ladders, f, rung => rung.Loss))),
                    .. fractions.Select(f => Format.Percent(Median(m.Ladders, f, rung => rung.Accuracy)))]),
            ]);
    }

    private static double? Median(
        IEnumerable<IReadOnlyList<ResampleRung>> ladders, double fraction, Func<ResampleRung, double> value)
    {
        double[] sorted = [.. ladders.SelectMany(ladder => ladder).Where(rung => rung.Fraction == fraction).Select(value).Order()];
        return sorted.Length == 0 ? null : Quantile.Of(sorted, 0.5);
    }

    private static string Part(double fraction) => fraction switch
    {
        0 => "none",
        0.25 => "a quarter",
        0.5 => "half",
        1 => "all",
        _ => Format.Percent(fraction),
    };
}
