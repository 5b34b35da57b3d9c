using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Lays a report out: tables first, then how to read them, then plots and circuits.</summary>
internal static class ReportPageBuilder
{
    /// <summary>The page of <paramref name="report"/>.</summary>
    public static ReportPage Build(ReportDocument report, ReportInputs inputs)
    {
        var sections = new List<ReportSection> { Summary(report) };
        if (report.Failures.Count > 0)
            sections.Add(new("Failures", ["What failed by its own fault and was left out."], [ReportTables.Failures(report)], []));
        sections.Add(new("How to read the numbers", HowToRead(report), [], []));
        sections.Add(new("Training", [], [], [.. Training(report, inputs)]));
        if (report.Models.Any(m => m.Tasks.Count > 0))
        {
            sections.Add(TasksSection.Of(report));
            sections.Add(FrontierSection.Of(report));
            if (MatchedLossSection.Of(report) is { } matched) sections.Add(matched);
            sections.Add(new("Loss against size", ["Each line is the best circuit's bisection: every number of nodes that was probed, after calibration. The smallest number at or below the lowest dashed line is the circuit. A probe of no nodes at all has no place on the log axis."], [], [.. LossVsSize(report)]));
            if (report.Models.Any(m => m.Tasks.Any(t => t.Validation is not null))) sections.Add(ValidationSection.Of(report));
            if (report.Models.Any(m => m.Tasks.Any(t => t.Attribution is not null))) sections.Add(Attribution(report));
            if (report.Models.Any(m => m.Tasks.Any(t => t.Edges is not null))) sections.Add(EdgeSection.Of(report));
            sections.Add(SearchSection.Of(report, inputs.Detailed));
            sections.Add(new("Circuits", [$"A dot is a node, named by its channel; columns are node locations in the order a token meets them. Blue edges are positive weights, orange ones negative, wider is larger. Dotted lines follow a channel of the residual stream from a write to a read; they are not counted as edges. At most {CircuitDrawing.MaxEdges} edges are drawn."], [], [.. Circuits(report, inputs)]));
        }
        return new ReportPage($"Sweep {report.Name}", sections);
    }

    private static ReportSection Summary(ReportDocument report)
    {
        var status = report.Status switch
        {
            SweepStatus.Completed => "Complete.",
            SweepStatus.Cancelled => "Cancelled; what was found until then:",
            _ => "Not complete yet; what is known so far:",
        };
        var trained = report.Models.Count(m => m.Trained is not null);
        var circuits = report.Models.SelectMany(m => m.Tasks).ToList();
        var paragraphs = new List<string>
        {
            $"{status} {trained} of {report.Models.Count} models trained, {circuits.Count(t => t.Best is { Reached: true })} of {circuits.Count} circuits at the target, {report.Failures.Count} failures. Seed {report.Spec.Seed}.",
        };
        if (report.Corpus is { } c)
            paragraphs.Add($"Corpus: {Format.Count(c.Documents)} documents, {Format.Count(c.Bytes)} bytes, {Format.Count(c.TrainTokens)} training and {Format.Count(c.ValidationTokens)} validation tokens, vocabulary {Format.Count(c.VocabSize)}.");
        List<ReportTable> tables = [ReportTables.Models(report)];
        if (circuits.Count > 0) tables.Add(ReportTables.Circuits(report));
        return new ReportSection("Summary", paragraphs, tables, []);
    }

    private static IReadOnlyList<string> HowToRead(ReportDocument report) =>
    [
        "L0 is the fraction of weights that are not zero: the target, and what training ended with. Nonzeros counts them; parameters counts every entry, the dense bigram table included.",
        "Train and validation loss are nats per token. Validation documents are never trained on. A validation loss below the bigram column means that the model knows more than which token follows which.",
        "Dead is the fraction of nodes that were nonzero on no token of the last evaluation. Kurtosis is that of the final residual: 3 for a normal distribution, larger when few channels carry much.",
        "Unpruned is the whole model's loss on the task: cross-entropy over the two candidate completions, where guessing gives ln 2 = 0.693.",
        $"A circuit keeps some nodes and holds every other at its mean over the corpus. Nodes and edges are its size; an edge is a nonzero weight that joins two kept nodes. It is the smallest found whose loss on validation pairs, after a scale and a shift of the logits are fitted (calibration), is at most {Format.Short(report.Spec.Pruning.SelectionLoss)}.{(report.Spec.Pruning.Margin > 0 ? $" That is {Format.Short(report.Spec.Pruning.Margin)} less than the target, so that it keeps to the target on other words too." : "")}",
        "Test loss and accuracy are the same circuit's on pairs that no choice was made on.",
        "Edges, geometric mean is a model's headline: over the tasks whose circuit reaches the target, so it compares between models only where all do. Smaller is easier to understand. A circuit without edges counts as one edge.",
    ];

    private static ReportSection Attribution(ReportDocument report) => new("Learned masks against attribution",
    [
        "Attribution ranks nodes by |activation − mean| · |gradient of the task loss|, without any training, and is bisected and calibrated as learned masks are. The last column is how many times as many edges its circuit has, where both reach the target.",
    ],
    [ReportTables.Attribution(report)], []);

    private static IEnumerable<ReportFigure> Training(ReportDocument report, ReportInputs inputs)
    {
        var curves = report.Models.Where(m => inputs.Curves.ContainsKey(m.Id)).Select(m => (m.Id, inputs.Curves[m.Id].Points)).ToList();
        if (curves.Count == 0) yield break;
        (string, double)[] bigram = report.Corpus is { } corpus ? [("bigram baseline", corpus.BigramLoss)] : [];
        yield return new("validation-loss", new LinePlot
        {
            Title = "Validation loss",
            XLabel = "step",
            YLabel = "nats per token",
            References = bigram,
            Series = [.. curves.Select(c => new Series(c.Id, [.. c.Points.Where(p => p.Evaluation is not null).Select(p => ((double)p.Step, p.Evaluation!.Loss))], Markers: true))],
        }.Draw(), "Validation loss during training, against the bigram baseline.");
        yield return new("training-loss", new LinePlot
        {
            Title = "Training loss",
            XLabel = "step",
            YLabel = "nats per token",
            Series = [.. curves.Select(c => new Series(c.Id, [.. c.Points.Select(p => ((double)p.Step, p.Loss))]))],
        }.Draw(), "Training loss.");
        yield return new("l0", new LinePlot
        {
            Title = "L0 during training",
            XLabel = "step",
            YLabel = "fraction of nonzeros",
            YLog = true,
            Series = [.. curves.Select(c => new Series(c.Id, [.. c.Points.Select(p => ((double)p.Step, p.L0))]))],
        }.Draw(), "The fraction of weights that are not zero falls to its target, then stays.");
    }

    private static IEnumerable<ReportFigure> LossVsSize(ReportDocument report) =>
        from task in report.Spec.Tasks
        let series = WithTask(report, task).Where(p => p.Task.Best is not null)
            .Select(p => new Series(p.Model.Id, [.. p.Task.Best!.Curve.Select(probe => ((double)probe.K, probe.Loss))], Markers: true)).ToList()
        where series.Count > 0
        select new ReportFigure($"loss-vs-size-{task}", new LinePlot
        {
            Title = $"{task}: loss against size",
            XLabel = "nodes kept",
            YLabel = "validation loss, nats",
            XLog = true,
            Series = series,
            References = [("target", report.Spec.Pruning.TargetLoss), .. report.Spec.Pruning.Margin > 0 ? [("target less margin", report.Spec.Pruning.SelectionLoss)] : Array.Empty<(string, double)>()],
        }.Draw(), $"{task}: calibrated loss of the circuits that the bisection probed.");

    private static IEnumerable<ReportFigure> Circuits(ReportDocument report, ReportInputs inputs) =>
        from model in report.Models
        from task in model.Tasks
        where task.Best is not null && inputs.Circuits.ContainsKey((model.Id, task.Task))
        let best = task.Best
        select new ReportFigure($"circuit-{model.Id}-{task.Task}", CircuitDrawing.Draw(inputs.Circuits[(model.Id, task.Task)], $"{task.Task} in {model.Id}"),
            $"{task.Task} in {model.Id}: {Format.Count(best.Nodes)} nodes, {Format.Count(best.Edges)} edges, loss {Format.Loss(best.Loss)}, test loss {Format.Loss(best.TestLoss)}; {(task.Validation?.Circuit ?? best.File).Path}");

    internal static IEnumerable<(ReportModel Model, ReportTask Task)> WithTask(ReportDocument report, string task) =>
        from model in report.Models from t in model.Tasks where t.Task == task select (model, t);
}
