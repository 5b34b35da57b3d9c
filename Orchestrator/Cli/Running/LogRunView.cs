using System.Globalization;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Writes a line for what matters, for logs and pipes: no line is ever taken back.</summary>
internal sealed class LogRunView(RunProgress progress, Terminal terminal, TimeProvider time) : IRunView
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(10);
    private readonly Dictionary<TrialId, long> _lastProgress = [];
    private readonly Dictionary<string, int> _rounds = [];
    private readonly HashSet<(SweepStage Stage, int Failed)> _completed = [];
    private readonly HashSet<string> _notes = [];

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        progress.Apply(value);
        if (Describe(value) is { } text) terminal.Line($"{Human.Time(time.GetLocalNow())} [{Overall()}] {text}");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Overall()
    {
        var overall = string.Create(CultureInfo.InvariantCulture, $"{progress.Elapsed:hh\\:mm\\:ss} {progress.Fraction * 100,3:0}%");
        return progress.TimeLeft is { } left ? $"{overall}, {Human.Duration(left)} left" : overall;
    }

    private string? Describe(SweepProgress value) => value switch
    {
        TrialProgressed trial => Pace(trial) is { } running ? RunText.Trial(running) : Note(trial),
        TrialChanged trial => RunText.Change(trial),
        // Every observation is a message, but only the end of a round is news in a log.
        SearchProgressed search when _rounds.GetValueOrDefault(search.Search.ToString()) < search.RoundsClosed => Round(search),
        StageProgressed stage when stage.Done + stage.Skipped > 0 && progress.IsComplete(stage)
            && _completed.Add((stage.Stage, stage.Failed)) => RunText.Ended(stage),
        _ => RunText.Notice(value),
    };

    private RunningTrial? Pace(TrialProgressed trial)
    {
        var running = progress.Running.FirstOrDefault(known => known.Id == trial.Trial);
        if (running is null or { Kind: "prune" } || (Since(running) is { } since && time.GetElapsedTime(since) < _pace)) return null;
        _lastProgress[trial.Trial] = time.GetTimestamp();
        return running;
    }

    // Of what a sweep has many, only what takes long is worth a line.
    private long? Since(RunningTrial running) =>
        _lastProgress.TryGetValue(running.Id, out var last) ? last : RunText.IsLarge(running.Kind) ? null : running.Began;

    // What a pruning says of itself, such as the kernels it runs on, is as a rule the same for all of its search: once is enough.
    private string? Note(TrialProgressed trial)
    {
        var running = progress.Running.FirstOrDefault(known => known.Id == trial.Trial);
        if (running is not { Kind: "prune", Progress.Note: { } note }) return null;
        var line = $"{trial.Trial.Value[..trial.Trial.Value.LastIndexOf('/')]}: {note}";
        return _notes.Add(line) ? line : null;
    }

    private string Round(SearchProgressed search)
    {
        _rounds[search.Search.ToString()] = search.RoundsClosed;
        return RunText.Search(search);
    }
}
