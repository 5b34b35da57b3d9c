using System.Globalization;
using Spectre.Console;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>Shows a <see cref="SweepEstimate"/> as tables.</summary>
internal static class EstimatePrinter
{
    private const int MostModels = 40;

    /// <summary>Writes the estimate.</summary>
    public static void Print(SweepEstimate estimate, Terminal terminal)
    {
        var models = new Table().Border(TableBorder.Simple).AddColumn("model");
        foreach (var heading in new[] { "parameters", "nonzero", "nodes", "tokens", "training", "memory", "disk" }) models.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var model in estimate.Models.Take(MostModels))
        {
            models.AddRow(
                Markup.Escape(model.Id.Value), Human.Count(model.Parameters), Human.Count(model.Nonzeros), Human.Count(model.Nodes), Human.Count(model.TrainingTokens),
                Human.Flops(model.TrainingFlops), Human.Bytes(model.MemoryBytes), Human.Bytes(model.DiskBytes));
        }
        if (estimate.Models.Count > MostModels) models.AddRow($"and {estimate.Models.Count - MostModels} more");
        terminal.Ansi.Write(models);

        var trials = estimate.Trials;
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"Sweep {estimate.Name}: {trials.Trainings} trainings, {trials.Evaluations} evaluations, {trials.Prunings} prunings in {trials.Searches} searches, at most {trials.Probes} probes."));
        terminal.Line($"Work: training {Human.Flops(estimate.TrainingFlops)}, pruning at most {Human.Flops(estimate.PruningFlops)} (dense arithmetic).");
        terminal.Line($"Memory: up to about {Human.Bytes(estimate.MemoryBytesPerTrial)} per trial. Disk: about {Human.Bytes(estimate.DiskBytes)}, corpus and circuits not counted.");
    }
}
