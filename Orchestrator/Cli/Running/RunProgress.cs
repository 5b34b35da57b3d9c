using Sweeps.Orchestrator.Cli.Planning;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>A trial that a device works on.</summary>
/// <param name="Id">which</param>
/// <param name="Kind">prepare, train, evaluate, prune, probe or circuit</param>
/// <param name="Device">where it runs</param>
/// <param name="Progress">how far it is; null until it has said so</param>
/// <param name="StepsPerSecond">over this attempt; null until there are two reports</param>
internal sealed record RunningTrial(TrialId Id, string Kind, string Device, JobProgress? Progress = null, double? StepsPerSecond = null)
{
    /// <summary>At the present rate; null when that is not known.</summary>
    public TimeSpan? TimeLeft => Progress is { } progress && StepsPerSecond is > 0 and var rate
        ? TimeSpan.FromSeconds(Math.Min((progress.Steps - progress.Step) / rate, TimeSpan.FromDays(999).TotalSeconds))
        : null;

    /// <summary>Where this attempt's first report was, and when: a resumed attempt does not begin at 0.</summary>
    public (int Step, long Timestamp)? First { get; init; }

    /// <summary>How much of it is done, 0 to 1; it does not fall when other steps are counted, as after a training.</summary>
    public double Part { get; init; }
}

/// <summary>What is known of a run while it lasts, gathered from its messages. Not thread-safe.</summary>
/// <param name="estimate">the sweep's work, which weighs training against pruning</param>
/// <param name="time">for rates and times left</param>
internal sealed class RunProgress(SweepEstimate estimate, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<TrialId, RunningTrial> _running = [];
    private readonly Dictionary<SearchId, SearchProgressed> _searches = [];
    private readonly Dictionary<SweepStage, StageProgressed> _stages = [];
    private double? _firstFraction;
    private int _trainedBefore; // by earlier runs
    private int _trainedNow; // the stage hears of a training's end a moment later

    /// <summary>Trials under way, by device.</summary>
    public IReadOnlyList<RunningTrial> Running => [.. _running.Values.OrderBy(trial => trial.Device, StringComparer.Ordinal)];

    /// <summary>Searches that have begun: those still going on first, then by name.</summary>
    public IReadOnlyList<SearchProgressed> Searches =>
        [.. _searches.Values.OrderBy(search => search.Ended).ThenBy(search => search.Search.ToString(), StringComparer.Ordinal)];

    /// <summary>The stages that have begun, in order.</summary>
    public IReadOnlyList<StageProgressed> Stages => [.. _stages.Values.OrderBy(stage => stage.Stage)];

    /// <summary>Time since this run began.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>How much of the sweep's work is done, 0 to 1; what earlier runs did counts.</summary>
    public double Fraction
    {
        get
        {
            var trained = Math.Max(_stages.GetValueOrDefault(SweepStage.Train)?.Done ?? 0, _trainedBefore + _trainedNow)
                + _running.Values.Where(trial => trial.Kind == "train").Sum(trial => trial.Part);
            // A search that ended early has no prunings left, and one of a task that is not learned has none at all.
            var prunings = estimate.Trials.Searches > 0 ? (double)estimate.Trials.Prunings / estimate.Trials.Searches : 0;
            var skipped = _stages.GetValueOrDefault(SweepStage.Search)?.Skipped ?? 0;
            var pruned = (skipped * prunings) + _searches.Values.Sum(search => search.Ended ? prunings : search.Observed);
            var work = estimate.TrainingFlops + estimate.PruningFlops;
            var done = (estimate.TrainingFlops * Ratio(trained, estimate.Trials.Trainings)) + (estimate.PruningFlops * Ratio(pruned, estimate.Trials.Prunings));
            return Ratio(done, work);
        }
    }

    /// <summary>At the rate of this run so far; null until there is one.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var done = Fraction - (_firstFraction ?? 0);
            return _firstFraction is null || done < 0.01 ? null : Elapsed * Math.Min((1 - Fraction) / done, 1e4);
        }
    }

    /// <summary>Whether all that the sweep plans of a stage has ended; the stage itself knows only what has begun.</summary>
    public bool IsComplete(StageProgressed stage) => stage.Done + stage.Skipped >= stage.Stage switch
    {
        SweepStage.Prepare => 1,
        SweepStage.Train => estimate.Trials.Trainings,
        SweepStage.Evaluate => estimate.Trials.Evaluations,
        // All others come once for each search, if at all.
        _ => estimate.Trials.Searches,
    };

    /// <summary>Takes a message in.</summary>
    public void Apply(SweepProgress message)
    {
        switch (message)
        {
            case StageProgressed stage:
                if (stage.Stage == SweepStage.Train && !_stages.ContainsKey(stage.Stage)) _trainedBefore = Math.Max(stage.Done - _trainedNow, 0);
                _stages[stage.Stage] = stage;
                break;
            case SearchProgressed search:
                _searches[search.Search] = search;
                break;
            case TrialChanged { Phase: TrialPhase.Running, Device: { } device } trial:
                _running[trial.Trial] = new RunningTrial(trial.Trial, trial.Kind, device);
                break;
            case TrialChanged trial:
                _running.Remove(trial.Trial);
                if (trial is { Kind: "train", Phase: TrialPhase.Succeeded or TrialPhase.Failed }) _trainedNow++;
                break;
            case TrialProgressed trial when _running.TryGetValue(trial.Trial, out var running):
                _running[trial.Trial] = Advance(running, trial.Progress);
                _firstFraction ??= Fraction;
                break;
        }
    }

    private RunningTrial Advance(RunningTrial trial, JobProgress progress)
    {
        trial = trial with { Part = Math.Max(trial.Part, Ratio(progress.Step, progress.Steps)) };
        var now = time.GetTimestamp();
        // Other work with its own count of steps begins anew, e.g. the mean cache after training.
        if (trial.First is not { } first || progress.Step < trial.Progress?.Step) return trial with { Progress = progress, First = (progress.Step, now), StepsPerSecond = null };
        var seconds = time.GetElapsedTime(first.Timestamp, now).TotalSeconds;
        return trial with { Progress = progress, StepsPerSecond = seconds > 0 && progress.Step > first.Step ? (progress.Step - first.Step) / seconds : null };
    }

    private static double Ratio(double part, double whole) => whole > 0 ? Math.Clamp(part / whole, 0, 1) : 0;
}
