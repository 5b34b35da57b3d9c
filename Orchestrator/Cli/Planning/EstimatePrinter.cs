using System.Globalization;
using Spectre.Console;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>Shows a <see cref="SweepEstimate"/> as tables.</summary>
internal static class EstimatePrinter
{
    private const int MostModels = 40;

    public static void Print(SweepEstimate estimate, Terminal terminal)
    {
        var models = new Table().Border(TableBorder.Simple).AddColumn("model");
        foreach (var heading in new[] { "parameters", "nonzero", "nodes", "tokens", "training", "memory", "disk" })
            models.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var model in estimate.Models.Take(MostModels))
        {
            models.AddRow(
                Markup.Escape(model.Id.Value), Human.Count(model.Parameters), Human.Count(model.Nonzeros), Human.Count(
                    model.Nodes), Human.Count(model.TrainingTokens),
                Human.Flops(model.TrainingFlops), Human.Bytes(model.MemoryBytes), Human.Bytes(model.DiskBytes));
        }
        if (estimate.Models.Count > MostModels) models.AddRow($"and {estimate.Models.Count - MostModels} more");
        terminal.Ansi.Write(models);

        var trials = estimate.Trials;
        terminal.Line(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Sweep {estimate.Name}: {Format.Counted(trials.Trainings, "training")}, "
                    + $"{Format.Counted(trials.Evaluations, "evaluation")}, "
                    + $"{Format.Counted(trials.Prunings, "pruning")} in {Format.Counted(trials.Searches, "search", "searches")}, at most "
                    + $"{Format.Counted(trials.Probes, "probe")}."));
        if (trials.Autoencoders > 0)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Sparse autoencoders: {Format.Counted(trials.Autoencoders, "training")}, "
                    + $"{Format.Counted(trials.Dictionaries, "comparison")} with baselines, "
                    + $"{Format.Counted(trials.Features, "dictionary", "dictionaries")} whose features are described."));
        }
        if (trials.BasisPrunings > 0)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Circuits of channels and of features: {Format.Counted(trials.BasisPrunings, "pruning")}."));
        }
        if (trials.Bridged > 0)
        {
            terminal.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"Bridges: {trials.Bridged} of the trainings, each with a measurement of its bridges."));
        }
        terminal.Line(
            $"Work: training {Human.Flops(estimate.TrainingFlops)}, pruning at most {Human.Flops(estimate.PruningFlops)} (dense "
                + $"arithmetic).");
        terminal.Line(
            $"Memory: up to about {Human.Bytes(estimate.MemoryBytesPerTrial)} per trial. Disk: about {Human.Bytes(estimate.DiskBytes)}, "
                + $"corpus and circuits not counted.");
    }

    /// <summary>Writes how long it will take, where that goes, and what would make it shorter.</summary>
    public static void Print(SweepForecast forecast, Terminal terminal)
    {
        var all = forecast.Stages.Sum(stage => stage.Seconds);
        terminal.Line("");
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"On this machine: about {Duration(forecast.Hours)} with {forecast.Devices} "
                + $"{(forecast.Devices == 1 ? "device" : "devices")}, from "
                + $"{Format.Counted(forecast.MeasuredGroups, "model")} measured for some steps."));
        var stages = new Table().Border(TableBorder.Simple).AddColumn("where it goes");
        foreach (var heading in new[] { "trials", "each", "all, on one device", "share" })
            stages.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var stage in forecast.Stages)
        {
            stages.AddRow(
                stage.Stage == SweepStage.Search ? "prunings" : SweepStages.Of(stage.Stage).Word, Human.Count(stage.Units),
                Human.Seconds(TimeSpan.FromSeconds(stage.Seconds / stage.Units)), Human.Duration(TimeSpan.FromSeconds(stage.Seconds)),
                string.Create(CultureInfo.InvariantCulture, $"{100 * stage.Seconds / all:0}%"));
        }
        terminal.Ansi.Write(stages);
        if (forecast.Halved.Count == 0) return;
        var halved = new Table().Border(TableBorder.Simple).AddColumn("halved");
        foreach (var heading in new[] { "from", "to", "sweep", "saves" }) halved.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var half in forecast.Halved)
        {
            halved.AddRow(
                half.Option, half.From.ToString(CultureInfo.InvariantCulture), half.To.ToString(
                    CultureInfo.InvariantCulture), Duration(half.Hours),
                string.Create(CultureInfo.InvariantCulture, $"{100 * (1 - (half.Hours / forecast.Hours)):0}%"));
        }
        terminal.Ansi.Write(halved);
        terminal.Line(
            "Lists are halved by number of values. Tasks that a model does not learn are searched in this forecast, and left out in the "
                + "sweep.");
    }

    private static string Duration(double hours) => Human.Duration(TimeSpan.FromHours(Math.Min(hours, 1e6)));
}
