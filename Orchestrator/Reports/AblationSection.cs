using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about how few features of a location carry a task.</summary>
internal static class AblationSection
{
    private const string Words =
        "On pairs of prompts of equal length, features of one prompt take their values on the other, those first that should matter most "
            + "(their change times the derivative of the difference of the two answers), and what no feature explains stays. The "
            + "divergence is how far the predictions then are from those on the other prompt, in nats. The area is the mean height of "
            + "that curve, over the logarithm of one more than the number of features patched, as a fraction of where it begins. Small "
            + "is good: few features then carry the answer.";

    /// <summary>The section of <paramref name="report"/>; null where nothing was measured.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var measured = AutoencodersSection.All(report).Where(at => at.Of.Ablations.Any(one => one.Found.Pairs > 0)).ToList();
        return measured.Count == 0
            ? null
            : new ReportSection(
                "How few features carry a task", [Words], [.. measured.Select(at => Areas(at.Model, at.Of))],
                [.. measured.SelectMany(at => Figures(at.Model, at.Of))]);
    }

    private static ReportTable Areas(string model, ReportDictionaries at)
    {
        var measured = at.Ablations.Where(one => one.Found.Pairs > 0).ToList();
        var names = measured.SelectMany(one => one.Found.Curves).Select(curve => curve.Dictionary).Distinct();
        return new ReportTable(
            $"Areas at {at.Location} in {model}",
            ["dictionary", .. measured.Select(one => one.Task)],
            [
                .. names.Select(name => (IReadOnlyList<string>)
                [
                    Short(at, name),
                    .. measured.Select(one => Format.Short(one.Found.Curves.FirstOrDefault(curve => curve.Dictionary == name)?.Area)),
                ]),
            ]);
    }

    private static IEnumerable<ReportFigure> Figures(string model, ReportDictionaries at) =>
        from one in at.Ablations
        where one.Found.Pairs > 0
        let title = $"{one.Task} at {at.Location} in {model}"
        select new ReportFigure(
            $"ablation-{model}-{at.Location}-{one.Task}",
            new LinePlot
            {
                Title = $"{title}: features patched",
                XLabel = "features patched",
                YLabel = "divergence, nats",
                XLog = true,
                Series = [.. one.Found.Curves.Select(curve => new Series(Short(at, curve.Dictionary), Points(curve), Markers: true))],
            }.Draw(),
            $"{title}: how far the answer is from that on the other prompt, the more features take their values there; "
                + $"{Format.Count(one.Found.Pairs)} pairs. The value without any has no place on the log axis.");

    private static List<(double, double)> Points(FeatureAblationCurve curve) =>
        [.. curve.Points.Select(point => ((double)point.Patched, point.Divergence))];

    // Names begin with the location, which the table and the plot name already.
    private static string Short(ReportDictionaries at, string name) => name[(at.Location.Length + 1)..];
}
