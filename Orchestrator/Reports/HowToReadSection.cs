namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that says what its numbers are.</summary>
internal static class HowToReadSection
{
    /// <summary>The section of <paramref name="report"/>.</summary>
    public static ReportSection Of(ReportDocument report) =>
        new("How to read the numbers", Words(report), report.HasTasks() ? [Verdicts(report.Spec.Pruning)] : [], []);

    private static IReadOnlyList<string> Words(ReportDocument report) =>
    [
        "L0 is the fraction of weights that are not zero: the target, and what training ended with. Nonzeros counts them; "
            + "parameters counts every entry, the dense bigram table included.",
        "Train and validation loss are nats per token. Validation documents are never trained on. A validation loss below the "
            + "bigram column means that the model knows more than which token follows which.",
        "Dead is the fraction of nodes that were nonzero on no token of the last evaluation. Kurtosis is that of the final "
            + "residual: 3 for a normal distribution, larger when few channels carry much.",
        "Unpruned is the whole model's loss on the task: cross-entropy over the two candidate completions, where guessing gives "
            + "ln 2 = 0.693.",
        "A circuit keeps some nodes and holds every other at its mean over the corpus. Nodes and edges are its size; an edge is a nonzero "
            + "weight that joins two kept nodes. It is the smallest found whose loss on validation pairs, after a scale and a shift of the "
            + $"logits are fitted (calibration), is at most "
            + $"{Format.Short(report.Spec.Pruning.SelectionLoss)}.{Margin(report.Spec.Pruning.Margin)}",
        "Test pairs are made of other words, and no choice was made on them: loss and accuracy there are the same circuit's, with the "
            + "same calibration. A circuit holds when it explains the task there, in both directions: with nothing but the circuit the "
            + $"loss is at most {Format.Short(report.Spec.Pruning.TargetLoss)}, so that it is enough (sufficient), and with everything "
            + $"but the circuit at least {CircuitVerdicts.NecessaryText}, three quarters of guessing's, so that "
            + "nothing else does the same (necessary). How many hold is the headline; all verdicts are below.",
        "Edges, geometric mean is over the tasks whose circuit reaches the target on validation pairs, and says over how many, so that it "
            + "compares between models only where these are the same. Smaller is easier to understand. Tasks that are answered without "
            + "any edge, and tasks that the model has not learned, are in no mean and no ratio; they are listed.",
        .. report.Models.Any(m => m.ImportedSha256 is not null) ? [Imported] : Array.Empty<string>(),
    ];

    private const string Imported =
        "Imported models were trained elsewhere. Their losses and the means that dropped nodes are held at are taken on this sweep's "
            + "corpus: "
        + "on the corpus that they were trained on, both would be others. Their L0 target is the L0 that they have.";

    private static ReportTable Verdicts(PruningOptions options) => new(
        "Verdicts",
        ["verdict", "meaning"],
        [
            .. Enum.GetValues<CircuitVerdict>()
                .Select(v => (IReadOnlyList<string>)[CircuitVerdicts.Words(v), CircuitVerdicts.Meaning(v, options)]),
        ],
        TextColumns: 2);

    private static string Margin(double margin) =>
        margin > 0 ? $" That is {Format.Short(margin)} less than the target, so that it keeps to the target on other words too." : "";
}
