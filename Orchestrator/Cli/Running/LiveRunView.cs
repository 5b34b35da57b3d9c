using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Tables that are drawn anew four times a second: running trials, searches, and what went wrong of late.</summary>
internal sealed class LiveRunView : IRunView
{
    private const int MostSearches = 12;
    private const int MostNotices = 4;
    private const int BarWidth = 40;

    private readonly RunProgress _progress;
    private readonly string _title;
    private readonly Lock _lock = new();
    private readonly Queue<string> _notices = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _drawing;

    /// <summary>Begins to draw.</summary>
    public LiveRunView(RunProgress progress, string title, Terminal terminal, TimeProvider time)
    {
        (_progress, _title) = (progress, title);
        _drawing = terminal.Ansi.Live(Draw()).AutoClear(true).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(0.25), time);
            try
            {
                while (await timer.WaitForNextTickAsync(_end.Token)) live.UpdateTarget(Draw());
            }
            catch (OperationCanceledException)
            {
                // The show is over.
            }
        });
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        lock (_lock)
        {
            _progress.Apply(value);
            if ((value is TrialChanged { Reason: not null } trial ? RunText.Change(trial) : RunText.Notice(value)) is not { } notice) return;
            _notices.Enqueue(notice);
            if (_notices.Count > MostNotices) _notices.Dequeue();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _drawing;
        _end.Dispose();
    }

    private Rows Draw()
    {
        lock (_lock)
        {
            List<IRenderable> parts = [new Rule(Markup.Escape(_title)).LeftJustified(), Overall(), Trials()];
            if (_progress.Searches.Count > 0) parts.Add(Searches());
            parts.AddRange(_notices.Select(notice => new Text(notice, new Style(Color.Yellow)).Overflow(Overflow.Ellipsis)));
            return new Rows(parts);
        }
    }

    private Markup Overall()
    {
        var fraction = _progress.Fraction;
        var full = (int)(fraction * BarWidth);
        var stages = string.Join(", ", _progress.Stages.Select(RunText.Count));
        var left = _progress.TimeLeft is { } time ? $", about {Human.Duration(time)} left" : "";
        return new Markup(string.Create(CultureInfo.InvariantCulture,
            $"[green]{new string('━', full)}[/][grey]{new string('━', BarWidth - full)}[/] {fraction * 100:0}%  {Human.Duration(_progress.Elapsed)}{left}  [grey]{stages}[/]"));
    }

    private Table Trials()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("device", "trial");
        foreach (var heading in new[] { "step", "loss", "steps/s", "left" }) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var trial in _progress.Running)
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

    private Table Searches()
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("search");
        foreach (var heading in new[] { "round", "prunings" }) table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("best so far");
        foreach (var search in _progress.Searches.Take(MostSearches))
        {
            table.AddRow(
                Markup.Escape($"{search.Search.Model} {search.Search.Task}"),
                string.Create(CultureInfo.InvariantCulture, $"{search.RoundsClosed}/{search.Rounds}"),
                search.Observed.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(RunText.Best(search)));
        }
        if (_progress.Searches.Count > MostSearches) table.AddRow($"and {_progress.Searches.Count - MostSearches} more");
        return table;
    }
}
