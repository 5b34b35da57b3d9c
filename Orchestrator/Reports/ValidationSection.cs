using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about what circuits claim, checked.</summary>
internal static class ValidationSection
{
    /// <summary>
    /// The section of <paramref name="report"/>, with what files of <paramref name="inputs"/> have beyond it; null where no circuit was
    /// validated.
    /// </summary>
    public static ReportSection? Of(ReportDocument report, ReportInputs inputs)
    {
        if (!report.AnyTask(t => t.Validation is not null)) return null;
        var misleading = Misleading(report);
        return new ReportSection("Validation",
        [
            "Task losses of the best circuit of each search on the test pairs, in nats. Only the circuit: all other nodes at their means; "
                + $"a circuit is sufficient where this is at most {Format.Short(report.Spec.Pruning.TargetLoss)}. Without the circuit: "
                + "the whole model with the circuit's nodes at their means; it is necessary where this is at least "
                + $"{CircuitVerdicts.NecessaryText}, three quarters of guessing's 0.693. A circuit that is both holds.",
            "Rest resampled: as only the circuit, but the other nodes take the values that they have on a window of the corpus, "
                + "position by position, with scale and shift fitted to validation pairs in the same state; a harder test than their "
                + "means. The mean of eight windows for each prompt, and the fraction decided rightly. A table of its own has the steps "
                + "on the way there for the circuits that hold, in which a quarter and a half of the other nodes are resampled; the "
                + "circuit's file has those of each.",
            "Two values per node: as only the circuit, with each of its nodes replaced by a step function of itself, so that a low "
                + "loss says that the nodes are switches; and how many of them can be that at once with the loss on validation pairs at "
                + "the target.",
            "Values exchanged: as only the circuit, with its nodes at one location taking the values that they have on another "
                + "prompt of the same answer and the same form, which should change nothing; the mean of the locations, and the worst. "
                + "The circuit's file has each location, and what it costs to take the values of the prompt with the other answer, which "
                + "shows where the answer is.",
            "Sign: the fraction of test prompts whose side is told by whether a node is above or below its mean, and the area under"
                + " the ROC curve of its value, where guessing gives 0.5 of both; the median of the circuit's nodes. Whether a node is "
                + "read at the last position, at its largest deviation from the mean or on average over the prompt, and which side is "
                + "which, was chosen on train prompts. A node that only says where to look, or which word it is, tells nothing.",
            .. report.Spec.Pruning.CleanUp
                ? ["Nodes and edges are those after the clean-up, which removes nodes one by one as long as the validation loss stays at "
                    + "the target."]
                : Array.Empty<string>(),
            .. misleading.Rows.Count > 0
                ? ["Misleading prompts are made from test words to go wrong in a circuit that averages over the prompt. Distractors: so "
                    + "many brackets that open nothing, in a string before the list. Dilution: a list of so many elements. What the "
                    + "circuit alone says is a prediction of what the whole model then does; alike is the fraction of prompts that both "
                    + "decide alike. Levels without numbers do not fit into the model's context."]
                : Array.Empty<string>(),
        ],
        [
            Circuits(report), .. ResamplingTable.Of(report, inputs) is { } resampled ? [resampled] : Array.Empty<ReportTable>(),
            .. misleading.Rows.Count > 0 ? [misleading] : Array.Empty<ReportTable>(),
        ],
        [Necessity(report)]);
    }

    /// <summary>What is lost without each circuit [G fig. 32].</summary>
    private static ReportFigure Necessity(ReportDocument report) => new("necessity", new LinePlot
    {
        Title = "The model without the circuit",
        XLabel = "edges of the circuit",
        YLabel = "loss on test pairs, nats",
        XLog = true,
        Series =
        [
            .. from m in report.Models
               let validated = m.Tasks.Where(t => t.Validation is not null).Select(
                   t => ((double)t.Validation!.Edges, t.Validation.Necessity)).ToList()
               where validated.Count > 0
               select new Series(m.Id, validated, Markers: true, Line: false),
        ],
        References = [("guessing", Math.Log(2)), ("necessary from here", CircuitVerdicts.Necessary)],
    }.Draw(), "One dot for each circuit: the task's loss when only its nodes are held at their means.");

    // One row per circuit.
    private static ReportTable Circuits(ReportDocument report)
    {
        var rows = from m in report.Models
                   from t in m.Tasks
                   where t.Validation is not null
                   let v = t.Validation
                   select (IReadOnlyList<string>)[
                       m.Id, t.Task, Format.Count(v.Nodes), Format.Count(v.Edges), Format.Loss(t.Unpruned?.TestLoss), Format.Loss(
                           v.Sufficiency), Format.Loss(v.Necessity), Format.Loss(v.Resample),
                       Format.Percent(v.ResampleAccuracy), Format.Loss(v.Binarized), v.TwoValued is { } two
                           ? $"{two} of {v.Nodes}"
                           : Format.None, Format.Loss(v.InterchangeMean), Format.Loss(v.InterchangeWorst), Format.Percent(
                               v.SignAccuracy), Format.Loss(v.SignAuc)];
        return new ReportTable(
            "Validation of the circuits, test pairs",
            ["model", "task", "nodes", "edges", "unpruned", "only the circuit", "without the circuit", "rest resampled", "decided rightly",
                "two values per node", "two-valued nodes", "values exchanged", "worst exchange", "sign", "area under ROC"],
            [.. rows], TextColumns: 2);
    }

    // One row per circuit, kind and level.
    private static ReportTable Misleading(ReportDocument report)
    {
        var rows = from m in report.Models
                   from t in m.Tasks
                   from a in t.Validation?.Adversarial ?? []
                   let p = a.Predicted
                   let u = a.Measured
                   select (IReadOnlyList<string>)[
                       m.Id, t.Task, a.Kind, Format.Count(a.Level), Format.Loss(p?.Loss), Format.Loss(u?.Loss), Format.Percent(
                           p?.Accuracy), Format.Percent(u?.Accuracy),
                       Format.Loss(p?.Margin), Format.Loss(u?.Margin), Format.Percent(a.Agreement)];
        return new ReportTable(
            "Misleading prompts: predicted from the circuit, measured on the unpruned model",
            ["model", "task", "kind", "level", "predicted loss", "measured loss", "predicted accuracy", "measured accuracy",
                "predicted margin", "measured margin", "alike"], [.. rows], TextColumns: 3);
    }
}
