using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The report's section that draws circuits.</summary>
internal static class CircuitsSection
{
    private static readonly string Words =
        "A dot is a node, named by its channel; columns are node locations in the order a token meets them. Left of a node that reads a "
            + "channel to which nothing in the circuit has written stands the token whose embedding writes most to it, with the sign. Blue "
            + "edges are positive weights, orange ones negative, wider is larger. Dotted lines follow a channel of the residual stream "
            + "from a write to a read, and thin ones lead to the two answers by the unembedding's weights: neither are counted as edges. "
            + $"At most {CircuitDrawing.MaxEdges} edges are drawn, the largest, with the nodes that they join, and at most "
            + $"{CircuitDrawing.MaxAnswers} lines to the answers. A drawing by itself tells more of the node that one points at.";

    /// <summary>The section of <paramref name="report"/>, with the wirings of <paramref name="inputs"/>; null without tasks.</summary>
    public static ReportSection? Of(ReportDocument report, ReportInputs inputs) =>
        report.HasTasks() ? new("Circuits", [Words, .. LeftToDrawings(inputs)], [], [.. Figures(report, inputs)]) : null;

    private static IEnumerable<ReportFigure> Figures(ReportDocument report, ReportInputs inputs) =>
        from model in report.Models
        from task in model.Tasks
        let best = task.Best
        where best is not null && inputs.Circuits.ContainsKey((model.Id, task.Task))
        let circuit = inputs.Circuits[(model.Id, task.Task)]
        let title = $"{task.Task} in {model.Id}"
        select new ReportFigure(
            $"circuit-{model.Id}-{task.Task}",
            circuit.Draw(title),
            $"{title}: {Caption(circuit)}; {(task.Validation?.Circuit ?? best.File).Path}")
        {
            Circuit = inputs.Viewed.GetValueOrDefault((model.Id, task.Task)),
        };

    private static IEnumerable<string> LeftToDrawings(ReportInputs inputs)
    {
        var left = inputs.Circuits.Count - inputs.Viewed.Count;
        if (left > 0)
        {
            yield return $"{Format.Count(left)} of {Format.Count(inputs.Circuits.Count)} circuits are drawn only, as report.html holds at "
                + $"most {ReportInputs.MostViewedBytes >> 20} MiB of circuits to be followed node by node; `sweeps serve` shows all of "
                + "them.";
        }
    }

    private static string Caption(DrawnCircuit circuit) =>
        $"{circuit.Counts}, loss {Format.Loss(circuit.Losses.Validation)}, test loss {Format.Loss(circuit.Losses.Test)}";
}
