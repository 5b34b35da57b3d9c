using Sweeps.Orchestrator.Cli.Planning;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>
/// What is known of a run while it lasts, gathered from its messages. How much is done, and the time left, are counted in seconds that
/// devices work, of all stages. Not thread-safe.
/// </summary>
internal sealed class RunProgress
{
    // Before a sweep is over, something is left: only its end is 100 %.
    private const double AlmostAll = 0.999;

    private readonly SweepWork _work;
    private readonly WorkTimes _times;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Dictionary<TrialId, RunningTrial> _running = [];
    private readonly Dictionary<SearchId, SearchProgressed> _searches = [];
    private readonly Dictionary<SweepStage, StageProgressed> _stages = [];
    private readonly Dictionary<(SweepStage Stage, string Group), int> _ended = [];
    private readonly Dictionary<string, double> _partsOfUnits = new(StringComparer.Ordinal);
    private readonly HashSet<string> _devices = new(StringComparer.Ordinal);
    private double _mostDone;
    private double _busy;

    /// <param name="work">the sweep's</param>
    /// <param name="time">for rates and times left</param>
    /// <param name="past">its trials in earlier runs</param>
    public RunProgress(SweepWork work, TimeProvider time, IReadOnlyList<TrialHistory> past)
    {
        (_work, _time, _start) = (work, time, time.GetTimestamp());
        _times = new WorkTimes(work);
        _times.Add(past);
        foreach (var trial in past.Where(trial => trial.Ended is not null))
            if (work.Place(trial.Id) is { } place) End(place.Stage, place.Group);
    }

    /// <summary>Trials under way, by device.</summary>
    public IReadOnlyList<RunningTrial> Running => [.. _running.Values.OrderBy(trial => trial.Device, StringComparer.Ordinal)];

    /// <summary>Searches that have begun: those still going on first, then by name.</summary>
    public IReadOnlyList<SearchProgressed> Searches =>
        [.. _searches.Values.OrderBy(search => search.Ended).ThenBy(search => search.Search.ToString(), StringComparer.Ordinal)];

    /// <summary>The stages that have begun, in order.</summary>
    public IReadOnlyList<StageProgressed> Stages => [.. _stages.Values.OrderBy(stage => stage.Stage)];

    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>How much of the sweep's work is done, 0 to 1; what earlier runs did counts. Never falls.</summary>
    public double Fraction
    {
        get
        {
            var unit = _times.Seconds(Parts());
            var (left, all) = (Left(unit).Values.Sum(), All(unit));
            var fraction = left <= 0 && IsOver ? 1 : all <= 0 ? 0 : Math.Clamp(1 - (left / all), 0, AlmostAll);
            return _mostDone = Math.Max(_mostDone, fraction);
        }
    }

    /// <summary>Until the sweep is complete, as far as that can be told; null before anything was measured.</summary>
    public TimeSpan? TimeLeft
    {
        get
        {
            var parts = Parts();
            if (_times.Worked <= 0 && parts.All(part => part.Units < RunningPart.Least)) return null;
            var devices = Math.Max(_devices.Count, 1);
            var elapsed = Elapsed.TotalSeconds;
            // Devices wait for one another: at the end of a round, for the last training.
            var busy = elapsed > 60 ? Math.Clamp((_busy + parts.Sum(part => part.Seconds)) / (elapsed * devices), 0.5, 1) : 1;
            var unit = _times.Seconds(parts);
            var left = Left(unit);
            var seconds = Math.Max(left.Values.Sum() / (devices * busy), LongestChain(unit, left));
            return TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(9999).TotalSeconds));
        }
    }

    private bool IsOver => _work.Stages.All(stage => _stages.TryGetValue(stage, out var known) && IsComplete(known));

    /// <summary>Whether all that the sweep plans of a stage has ended; the stage itself knows only what has begun.</summary>
    public bool IsComplete(StageProgressed stage) => stage.Done + stage.Skipped >= stage.Stage switch
    {
        SweepStage.Prepare => 1,
        SweepStage.Train => _work.Groups.Sum(group => group.Trainings),
        SweepStage.Search => _work.Groups.Length * _work.Tasks,
        var known => _work.Groups.Sum(group => _work.Units(known, group)),
    };

    public void Apply(SweepProgress message)
    {
        switch (message)
        {
            case StageProgressed stage:
                _stages[stage.Stage] = stage;
                break;
            case SearchProgressed search:
                _searches[search.Search] = search;
                break;
            case DeviceChanged { Status: DeviceStatus.Ready } device:
                _devices.Add(device.Device);
                break;
            case DeviceChanged { Status: DeviceStatus.Lost or DeviceStatus.Stopped } device:
                _devices.Remove(device.Device);
                break;
            case TrialChanged { Phase: TrialPhase.Running, Device: { } device } trial:
                _running[trial.Trial] = new RunningTrial(trial.Trial, trial.Kind, device) { Began = _time.GetTimestamp() };
                break;
            case TrialChanged trial:
                if (_running.Remove(trial.Trial, out var ended)) End(ended, trial.Phase);
                break;
            case TrialProgressed trial when _running.TryGetValue(trial.Trial, out var running):
                _running[trial.Trial] = Advance(running, trial.Progress);
                break;
        }
    }

    private void End(RunningTrial trial, TrialPhase phase)
    {
        if (_work.Place(trial.Id) is not { } place) return;
        var seconds = _time.GetElapsedTime(trial.Began).TotalSeconds;
        _busy += seconds;
        // A resumed attempt did not take what the whole takes: its part of it counts.
        if (place.Stage == SweepStage.Train)
        {
            var part = phase == TrialPhase.Succeeded ? 1 - trial.FirstPart : trial.Part - trial.FirstPart;
            _times.Add(place.Stage, place.Group, seconds, Math.Max(part, 0));
            // Cancelled is what was stopped early.
            if (phase is TrialPhase.Succeeded or TrialPhase.Failed or TrialPhase.Cancelled) End(place.Stage, place.Group);
            return;
        }
        // Of a pruning it is known only with its circuit what it took.
        var whole = _partsOfUnits.GetValueOrDefault(place.Unit) + seconds;
        var isLast = place.Stage is not (SweepStage.Search or SweepStage.Attribution) || trial.Kind == "circuit";
        _partsOfUnits[place.Unit] = whole;
        if (!isLast || phase is not (TrialPhase.Succeeded or TrialPhase.Failed)) return;
        _partsOfUnits.Remove(place.Unit);
        _times.Add(place.Stage, place.Group, whole, 1);
        End(place.Stage, place.Group);
    }

    private void End(SweepStage stage, string group) => _ended[(stage, group)] = _ended.GetValueOrDefault((stage, group)) + 1;

    private RunningTrial Advance(RunningTrial trial, JobProgress progress)
    {
        var part = Ratio(progress.Step, progress.Steps);
        var now = _time.GetTimestamp();
        if (trial.First is null) trial = trial with { FirstPart = part };
        trial = trial with { Part = Math.Max(trial.Part, part) };
        // Other work with its own count of steps begins anew, e.g. the mean cache after training.
        if (trial.First is not { } first || progress.Step < trial.Progress?.Step)
            return trial with { Progress = progress, First = (progress.Step, progress.Steps, now), StepsPerSecond = null };
        var seconds = _time.GetElapsedTime(first.Timestamp, now).TotalSeconds;
        return trial with
        {
            Progress = progress,
            StepsPerSecond = seconds > 0 && progress.Step > first.Step
            ? (progress.Step - first.Step) / seconds
            : null
        };
    }

    /// <summary>What is under way, and what has ended of units that have not.</summary>
    private List<RunningPart> Parts()
    {
        var parts = new List<RunningPart>();
        foreach (var trial in _running.Values)
        {
            if (_work.Place(trial.Id) is not { } place) continue;
            var seconds = _time.GetElapsedTime(trial.Began).TotalSeconds;
            parts.Add(
                new RunningPart(
                    place.Stage, place.Group, seconds, place.Stage == SweepStage.Train ? Math.Max(trial.Part - trial.FirstPart, 0) : 0));
        }
        foreach (var (unit, seconds) in _partsOfUnits)
            if (_work.Place(new TrialId(unit)) is { } place) parts.Add(new RunningPart(place.Stage, place.Group, seconds, 0));
        return parts;
    }

    /// <summary>Seconds of one device that are left of each stage but the corpus.</summary>
    /// <param name="unit">what a unit takes, of each stage and group</param>
    private Dictionary<SweepStage, double> Left(IReadOnlyDictionary<(SweepStage Stage, string Group), double> unit) => _work.Stages
        .Where(stage => stage != SweepStage.Prepare)
        .ToDictionary(stage => stage, stage => Left(stage, unit));

    private double Left(SweepStage stage, IReadOnlyDictionary<(SweepStage Stage, string Group), double> unit)
    {
        // How many units are left is known for the stage as a whole; of which groups they are, about.
        var open = _work.Groups.Select(
            group => (Seconds: group.PartOf(stage) * unit[(stage, group.Name)], Units: Open(stage, group))).ToList();
        double units = open.Sum(of => of.Units);
        if (units <= 0) return 0;
        var left = Math.Max(Planned(stage) - Gone(stage) - Done(stage), 0) / units * open.Sum(of => of.Seconds * of.Units);
        return stage == SweepStage.Train ? Math.Max(left - Trainings().Sum(Trained), 0) : left;

        // Of a training under way a part is done; one that has run for longer than is expected goes on to its end.
        double Trained(RunningTrial trial)
        {
            var name = GroupOf(trial);
            var part = _work.Groups.First(of => of.Name == name).TrainedPart;
            return unit[(stage, name)] * (trial.Part > part ? part - (1 - trial.Part) : trial.Part);
        }
    }

    /// <summary>Seconds of one device that the whole sweep takes, but for the corpus.</summary>
    private double All(IReadOnlyDictionary<(SweepStage Stage, string Group), double> unit) =>
        _work.Stages.Where(stage => stage != SweepStage.Prepare)
        .Sum(stage => Planned(stage) == 0
            ? 0
            : _work.Groups.Sum(group => _work.WholeUnits(stage, group) * unit[(stage, group.Name)]) * (Planned(stage) - Gone(stage))
                / Planned(stage));

    private double Planned(SweepStage stage) => _work.Groups.Sum(group => _work.Units(stage, group));

    private int Open(SweepStage stage, GroupWork group) =>
        Math.Max(_work.Units(stage, group) - _ended.GetValueOrDefault((stage, group.Name)), 0);

    private IEnumerable<RunningTrial> Trainings() => _running.Values.Where(trial => _work.Place(trial.Id)?.Stage == SweepStage.Train);

    private string GroupOf(RunningTrial trial) => _work.Place(trial.Id)!.Value.Group;

    /// <summary>Units of a stage that have ended.</summary>
    private double Done(SweepStage stage)
    {
        var done = _stages.GetValueOrDefault(stage)?.Done ?? 0;
        return stage switch
        {
            SweepStage.Train => Math.Max(done, _work.Groups.Sum(group => _ended.GetValueOrDefault((stage, group.Name)))),
            // Of searches that ended in earlier runs nothing else is heard.
            SweepStage.Search =>
                (Math.Max(done - EndedSearches().Count(), 0) * _work.Prunings) + _searches.Values.Sum(search => search.Observed),
            _ => done,
        };
    }

    /// <summary>
    /// Units of a stage that will never be: of tasks that are not learned, and of searches that ended early, over trainings too.
    /// </summary>
    private double Gone(SweepStage stage)
    {
        if (stage == SweepStage.Train) return _stages.GetValueOrDefault(stage)?.Skipped ?? 0;
        if (stage == SweepStage.Evaluate || SweepStages.Of(stage).IsOfModel) return 0;
        var skipped = _stages.Values.Where(of => of.Stage > SweepStage.Evaluate).Select(of => of.Skipped).DefaultIfEmpty().Max();
        return stage == SweepStage.Search
            ? (skipped * _work.Prunings) + EndedSearches().Sum(search => Math.Max(_work.Prunings - search.Observed, 0))
            : skipped;
    }

    private IEnumerable<SearchProgressed> EndedSearches() => _searches.Values.Where(search => search.Ended);

    /// <summary>
    /// Seconds of the longest chain of units that wait for one another: a training or the rounds of them, the rounds of a search, what
    /// follows it.
    /// </summary>
    private double LongestChain(
        IReadOnlyDictionary<(SweepStage Stage, string Group), double> unit, IReadOnlyDictionary<SweepStage, double> left) =>
        _work.Groups.Select(group => left.Where(stage => stage.Value > 0 && Open(stage.Key, group) > 0).Sum(stage => stage.Key switch
        {
            SweepStage.Train => unit[(stage.Key, group.Name)] * (RoundsLeft(group) - LeastPart(group)),
            SweepStage.Search => unit[(stage.Key, group.Name)] * _work.Rounds * Open(stage.Key, group) / _work.Units(stage.Key, group),
            // Nothing waits for it.
            SweepStage.Attribution => 0,
            _ => unit[(stage.Key, group.Name)],
        })).DefaultIfEmpty().Max();

    /// <summary>Of the trainings, the round under way included.</summary>
    private int RoundsLeft(GroupWork group) =>
        _work.TrainingBatch == 0 ? 1 : (Open(SweepStage.Train, group) + _work.TrainingBatch - 1) / _work.TrainingBatch;

    private double LeastPart(GroupWork group) =>
        Trainings().Where(trial => GroupOf(trial) == group.Name).Select(trial => trial.Part).DefaultIfEmpty().Min();

    private static double Ratio(double part, double whole) => whole > 0 ? Math.Clamp(part / whole, 0, 1) : 0;
}
