using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Draws how far a run is.</summary>
internal static class StatusDrawing
{
    private const int MostSearches = 12;
    private const int BarWidth = 40;

    /// <summary>A bar, running trials, searches, and what went wrong of late.</summary>
    public static Rows Draw(RunStatus status, string title)
    {
        List<IRenderable> parts = [new Rule(Markup.Escape(title)).LeftJustified(), Overall(status), Trials(status)];
        if (status.Searches.Count > 0) parts.Add(Searches(status));
        parts.AddRange(status.Notices.Select(notice => new Text(notice, new Style(Color.Yellow)).Overflow(Overflow.Ellipsis)));
        return new Rows(parts);
    }

    private static Markup Overall(RunStatus status)
    {
        var full = (int)(status.Fraction * BarWidth);
        var stages = Markup.Escape(string.Join(", ", status.Stages.Select(RunText.Count)));
        var left = status.TimeLeft is { } time ? $", about {Human.Duration(time)} left" : "";
        return new Markup(string.Create(
            CultureInfo.InvariantCulture,
            $"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/] "
                + $"{status.Fraction * 100:0}%  {Human.Duration(status.Elapsed)}{left}  [grey]{stages}[/]"));
    }

    private static Table Trials(RunStatus status)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("device", "trial");
        foreach (var heading in new[] { "step", "loss", "steps/s", "left" }) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var trial in status.Running)
        {
            var progress = trial.Progress;
            table.AddRow(
                Markup.Escape(trial.Device),
                Markup.Escape(progress?.Note is { } note ? $"{trial.Id} ({note})" : trial.Id.Value),
                progress is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{progress.Step}/{progress.Steps}"),
                progress?.Loss is { } loss ? loss.ToString("0.000", CultureInfo.InvariantCulture) : "",
                trial.StepsPerSecond is { } rate ? Human.Number(rate, 3) : "",
                trial.TimeLeft is { } left ? Human.Duration(left) : "");
        }
        return table;
    }

    private static Table Searches(RunStatus status)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("search");
        foreach (var heading in new[] { "round", "prunings" }) table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("best so far");
        foreach (var search in status.Searches.Take(MostSearches))
        {
            table.AddRow(
                Markup.Escape($"{search.Search.Model} {search.Search.Task}"),
                string.Create(CultureInfo.InvariantCulture, $"{search.RoundsClosed}/{search.Rounds}"),
                search.Observed.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(RunText.Best(search)));
        }
        if (status.Searches.Count > MostSearches) table.AddRow($"and {status.Searches.Count - MostSearches} more");
        return table;
    }
}
