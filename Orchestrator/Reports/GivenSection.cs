namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that sets the circuits that models were published with beside those that the sweep has found.</summary>
internal static class GivenSection
{
    private const string Words =
        "Theirs is the circuit that was published with the model, ours the best that this sweep has found. Both are measured on the same "
            + "pairs, "
            + "with scale and shift of the logits fitted to the validation pairs, and with dropped nodes at their means over this "
            + "sweep's corpus, which "
            + "are not the means that theirs was found with. Without it: the whole model with theirs at its means, on test pairs. Its "
            + "nodes "
            + "may be at the input of the last norm too, where ours are only with pruning.final_resid.";

    private const string OfSamples =
        "Their own samples are the prompts in the circuit's file, where it is known what follows them. Stored is what the file says of "
            + "each prompt; "
            + "calibrated means scale and shift fitted to these prompts. Accuracies are without scale and shift.";

    /// <summary>
    /// The section of <paramref name="report"/>, with the wirings of <paramref name="inputs"/>; null where no circuit was published.
    /// </summary>
    public static ReportSection? Of(ReportDocument report, ReportInputs inputs)
    {
        var published = (from model in report.Models
                         from task in model.Tasks
                         where task.Given is not null
                         select (Model: model.Id,
            Task: task, Given: task.Given!)).ToList();
        if (published.Count == 0) return null;
        var hasSamples = published.Exists(p => p.Given.Samples is not null);
        return new ReportSection(
            "Published circuits", hasSamples ? [Words, OfSamples] : [Words], hasSamples
                ? [Pairs(published), Samples(published)] : [Pairs(published)],
            [
                .. from p in published
                   where inputs.Given.ContainsKey((p.Model, p.Task.Task))
                   let circuit = inputs.Given[(p.Model, p.Task.Task)]
                   let title = $"{p.Task.Task} in {p.Model}, as published"
                   select new ReportFigure(
                       $"published-{p.Model}-{p.Task.Task}", circuit.Draw(title),
                       $"{title}: {circuit.Counts}; {p.Given.Circuit.Circuit.Path}"),
            ]);
    }

    private static ReportTable Pairs(IEnumerable<(string Model, ReportTask Task, GivenResult Given)> published) => new(
        "Theirs and ours, on our pairs",
        [
            "model", "task", "nodes, theirs", "ours", "edges, theirs", "ours", "validation loss, theirs", "ours", "test loss, theirs",
            "ours",
            "test accuracy, theirs", "ours", "without theirs",
        ],
        [
            .. published.Select(p => (IReadOnlyList<string>)[
                p.Model, p.Task.Task, Format.Count(p.Given.Circuit.Nodes), Format.Count(p.Task.Best?.Nodes), Format.Count(
                    p.Given.Circuit.Edges),
                Format.Count(p.Task.Best?.Edges), Format.Loss(p.Given.Circuit.ValidationLoss), Format.Loss(p.Task.Best?.Loss),
                Format.Loss(p.Given.Circuit.TestLoss), Format.Loss(p.Task.Best?.TestLoss), Format.Percent(p.Given.Circuit.TestAccuracy),
                Format.Percent(p.Task.Best?.TestAccuracy), Format.Loss(p.Given.Necessity)]),
        ], TextColumns: 2);

    private static ReportTable Samples(IEnumerable<(string Model, ReportTask Task, GivenResult Given)> published) => new(
        "Theirs, on their own samples",
        [
            "model", "task", "prompts", "model's loss, stored", "here", "model's accuracy", "circuit's loss, stored", "here", "calibrated",
            "circuit's accuracy",
        ],
        [
            .. from p in published
               where p.Given.Samples is not null
               let s = p.Given.Samples
               select (IReadOnlyList<string>)[
                   p.Model, p.Task.Task, Format.Count(s.Prompts), Format.Loss(p.Given.StoredModelLoss), Format.Loss(s.ModelLoss),
                   Format.Percent(s.ModelAccuracy), Format.Loss(p.Given.StoredLoss), Format.Loss(s.LossBefore), Format.Loss(
                       s.Loss), Format.Percent(s.Accuracy)],
        ], TextColumns: 2);
}
