using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// The report's section about bridges: how well each model's residual follows from the other's, and what it costs to go over.
/// </summary>
internal static class BridgesSection
{
    private const string Measures =
        "A bridged model was trained together with two maps at each residual: the encoder makes the sparse model's of the dense model's, "
            + "and the decoder the reverse. Errors are squared, relative to the variance of what is predicted: 1 is no better than the "
            + "mean. An encoder gives a fraction of the channels, so that it cannot go below the floor, the error of the sparse model's "
            + "own residual with as many. Losses are of hybrids: dense to sparse is the dense model up to the site and the sparse one "
            + "behind it, sparse to dense the reverse, and beside each stands its divergence from the dense model. All in nats per token.";

    private const string Hybrids =
        "The maps show the dense model with the sparse one's layers between two sites in the place of its own: how much more it loses than "
            + "the dense model, by where the sparse model is entered (rows) and left (columns).";

    /// <summary>The section of <paramref name="report"/>; null without bridges that are measured.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var measured = All(report).Where(model => model.Of.Measured is not null).ToList();
        return measured.Count == 0 ? null : new ReportSection(
            "Bridges", [Measures, Hybrids], [.. measured.Select(model => Sites(model.Model, model.Of.Dense, model.Of.Measured!))],
            [.. measured.Select(model => Map(model.Model, model.Of.Measured!))]);
    }

    public static IEnumerable<(string Model, BridgesSnapshot Of)> All(ReportDocument report) =>
        from model in report.Models where model.Bridges is not null select (model.Id, model.Bridges);

    private static ReportTable Sites(string model, string dense, BridgeEvaluateResult of) => new(
        $"Bridges between {dense} and {model}: loss {Format.Loss(of.DenseLoss)} and {Format.Loss(of.SparseLoss)}, divergence "
            + $"{Format.Loss(of.SparseDivergence)}",
        [
            "site", "encoder error", "floor", "decoder error", "dense to sparse", "divergence", "sparse to dense", "divergence",
        ],
        [
            .. of.Sites.Select(site => (IReadOnlyList<string>)
            [
                site.Site, Format.Short(site.EncoderNmse), Format.Short(site.TopKFloor), Format.Short(site.DecoderNmse),
                Format.Loss(site.DenseToSparseLoss), Format.Loss(site.DenseToSparseDivergence), Format.Loss(site.SparseToDenseLoss),
                Format.Loss(site.SparseToDenseDivergence),
            ]),
        ]);

    private static ReportFigure Map(string model, BridgeEvaluateResult of)
    {
        var sites = of.Sites.Select(site => site.Site).ToList();
        return new ReportFigure(
            $"bridges-hybrids-{model}",
            new HeatMap
            {
                Title = $"{model}: loss of hybrids above the dense model's",
                XLabel = "site where the sparse model is left",
                Columns = sites,
                Rows = [.. sites.Select(enter => (enter, (IReadOnlyList<double?>)[.. sites.Select(leave => Loss(enter, leave))]))],
            }.Draw(),
            $"{model}: how much more the dense model loses, in nats per token, with the sparse one between two sites.");

        double? Loss(string enter, string leave) =>
            of.Hybrids.FirstOrDefault(hybrid => hybrid.Enter == enter && hybrid.Leave == leave)?.Loss - of.DenseLoss;
    }
}
