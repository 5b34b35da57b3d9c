using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section about nodes of circuits that are changed in the dense model.</summary>
internal static class InterventionsSection
{
    private const string Reading =
        "Prompts are presented to the dense model, and what the circuit's nodes read otherwise on the other prompt of each pair is added "
            + "to what the dense model reads, through the decoder of the bridge and with growing strength. Shown is the probability of "
            + "the other prompt's completion. Nodes were chosen on train pairs, by what each does alone in the sparse model, and are "
            + "measured on test pairs; their intervals are the bootstrap's 95 % over pairs.";

    private const string Controls =
        "Controls have the length of the first node's change: random directions, the columns of other channels, and the node's own column "
            + "with its changes in another order of the positions; their bands reach from the 5 % to the 95 % quantile of their draws. The "
            + "upper bound is all that the dense model itself reads otherwise at the same place. Regression is the first node of the same "
            + "sparse model trained alone, through a decoder that was fitted to the two afterwards.";

    /// <summary>The section of <paramref name="report"/>; null without interventions.</summary>
    public static ReportSection? Of(ReportDocument report)
    {
        var found = (
            from model in BridgesSection.All(report)
            from task in model.Of.Interventions
            from direction in task.Found.Directions
            where direction.Lines.Count > 0
            let ridge = task.Ridge?.Directions.FirstOrDefault(other => other.Presented == direction.Presented)
            select (model.Model, task.Task, task.Found.Pairs, Of: direction, Ridge: Ridge(ridge))).ToList();
        return found.Count == 0 ? null : new ReportSection(
            "Interventions through bridges", [Reading, Controls],
            [
                .. found.GroupBy(one => one.Model).Select(model => new ReportTable(
                    $"Interventions by circuits of {model.Key}, at full strength",
                    [
                        "task", "presented", "pairs", "first node", "before", "node", "best of several", "random", "upper bound",
                        "regression", "other prompt",
                    ],
                    [.. model.Select(one => Row(one.Task, one.Pairs, one.Of, one.Ridge))])),
            ],
            [.. found.Select(one => Figure(one.Model, one.Task, one.Of, one.Ridge))]);
    }

    public static string Name(BridgeLine line) => line.Kind switch
    {
        BridgeLineKind.Nodes when line.Nodes.Count == 1 => line.Nodes[0],
        BridgeLineKind.Nodes => $"first {Format.Count(line.Nodes.Count)} nodes",
        BridgeLineKind.Random => "random directions",
        BridgeLineKind.Channels => "other channels",
        BridgeLineKind.Shuffled => "other positions",
        BridgeLineKind.UpperBound => "upper bound",
        var other => throw new InvalidOperationException($"a line is of kind {other}"),
    };

    // The first node of the model that is trained alone.
    private static BridgeLine? Ridge(BridgeIntervention? of) => of?.Lines.FirstOrDefault(line => line.Kind == BridgeLineKind.Nodes);

    private static IReadOnlyList<string> Row(string task, int pairs, BridgeIntervention of, BridgeLine? ridge)
    {
        var nodes = of.Lines.Where(line => line.Kind == BridgeLineKind.Nodes).ToList();
        return
        [
            task, of.Presented, Format.Count(pairs), nodes[0].Nodes[0], Format.Short(nodes[0].Points[0].Whole.Mean), End(nodes[0]),
            nodes.Count > 1 ? End(nodes.Skip(1).MaxBy(line => line.Points[^1].Whole.Mean)) : Format.None,
            End(of.Lines.FirstOrDefault(line => line.Kind == BridgeLineKind.Random)),
            End(of.Lines.FirstOrDefault(line => line.Kind == BridgeLineKind.UpperBound)), End(ridge), Format.Short(of.Dense.Mean),
        ];
    }

    private static string End(BridgeLine? line) => line?.Points[^1].Whole is { } whole
        ? $"{Format.Short(whole.Mean)} ({Format.Interval((whole.Low, whole.High))})"
        : Format.None;

    private static ReportFigure Figure(string model, string task, BridgeIntervention of, BridgeLine? ridge) => new(
        $"bridges-intervention-{model}-{task}-{of.Presented.ToLowerInvariant()}",
        new LinePlot
        {
            Title = $"{task}, prompts {of.Presented}: changed through bridges of {model}",
            XLabel = "strength",
            YLabel = $"probability of {of.Target}",
            Series =
            [
                .. of.Lines.Index().SelectMany(line => Series(Name(line.Item), line.Item, line.Index)),
                .. ridge is null ? [] : Series("regression", ridge, of.Lines.Count),
            ],
            References = [("other prompt", of.Dense.Mean)],
        }.Draw(),
        $"{task}, prompts {of.Presented} presented: the dense model's probability of the other prompt's completion, by the strength of the "
            + $"change. Thin lines are intervals and bands.");

    private static IEnumerable<Series> Series(string name, BridgeLine line, int look)
    {
        yield return Of(point => point.Mean) with { Color = look };
        yield return Of(point => point.Low) with { Color = look, IsFaint = true };
        yield return Of(point => point.High) with { Color = look, IsFaint = true };

        Series Of(Func<TargetProbability, double> y) => new(name, [.. line.Points.Select(point => (point.Strength, y(point.Whole)))]);
    }
}
