using System.Collections.Immutable;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Metrics;

/// <summary>How far a sweep is, in time.</summary>
/// <param name="Fraction">0 to 1; null while that cannot be told</param>
/// <param name="Left">null while that cannot be told</param>
public readonly record struct HowFar(double? Fraction, TimeSpan? Left);

/// <summary>
/// What is told of a sweep, as gauges. It is told by any thread, and read by whoever asks.
/// </summary>
public sealed class SweepObserver : IObserver<SweepProgress>, IDisposable
{
    // Models and searches that are kept; a sweep may have far more than anybody looks at.
    private const int MostKept = 4_000;

    private static readonly ImmutableArray<(SweepStatus Status, string Word)> _states =
    [
        (SweepStatus.Unfinished, "running"), (SweepStatus.Paused, "paused"), (SweepStatus.Completed, "completed"),
        (SweepStatus.Cancelled, "cancelled"),
    ];

    private readonly string _sweep;
    private readonly Func<HowFar> _howFar;
    private readonly GaugeSources _sources = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<SweepStage, StageProgressed> _stages = [];
    private readonly Dictionary<TrialId, (string Kind, bool Runs)> _trials = [];
    private readonly Dictionary<(string Kind, bool Runs), int> _counts = [];
    private readonly Dictionary<string, SearchFigures> _searches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelFigures> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Model, string Task), ValidationResult> _circuits = [];
    private readonly Dictionary<TrialId, long> _tokens = [];
    private SweepStatus _status = SweepStatus.Unfinished;

    /// <param name="sweep">its name</param>
    /// <param name="folder">its folder, in which its journal is where that is a file</param>
    /// <param name="howFar">is asked for progress and time left, from any thread</param>
    /// <param name="time">when it begins</param>
    public SweepObserver(string sweep, string folder, Func<HowFar> howFar, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        (_sweep, _howFar) = (sweep, howFar);
        var start = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        _sources.Add(Instruments.SweepState.Observe(
            () => _states.Select(state => new Reading(state.Status == _status ? 1 : 0, sweep, state.Word))));
        _sources.Add(Instruments.SweepProgress.Observe(() => Known(_howFar().Fraction)));
        _sources.Add(Instruments.SweepEta.Observe(() => Known(_howFar().Left?.TotalSeconds)));
        _sources.Add(Instruments.SweepStart.Observe(() => start, sweep));
        _sources.Add(Instruments.StageDone.Observe(() => Stages(stage => stage.Done)));
        _sources.Add(Instruments.StagePlanned.Observe(() => Stages(stage => stage.Total)));
        _sources.Add(Instruments.StageFailed.Observe(() => Stages(stage => stage.Failed)));
        _sources.Add(Instruments.Trials.Observe(() => Read(
            () => _counts.Select(of => new Reading(of.Value, sweep, of.Key.Kind, of.Key.Runs ? "running" : "waiting")))));
        _sources.Add(Instruments.SearchRounds.Observe(() => Searches(search => search.Rounds)));
        _sources.Add(Instruments.SearchObservations.Observe(() => Searches(search => search.Observed)));
        _sources.Add(Instruments.SearchBestEdges.Observe(() => Searches(search => search.Edges)));
        _sources.Add(Instruments.SearchBestNodes.Observe(() => Searches(search => search.Nodes)));
        _sources.Add(Instruments.ModelLoss.Observe(() => Models(model => model.Loss)));
        _sources.Add(Instruments.ModelValidationLoss.Observe(() => Models(model => model.ValidationLoss)));
        _sources.Add(Instruments.ModelL0.Observe(() => Models(model => model.L0)));
        _sources.Add(Instruments.ModelDead.Observe(() => Models(model => model.Dead)));
        _sources.Add(Instruments.CircuitEdges.Observe(() => Circuits(circuit => [(null, circuit.Edges)])));
        _sources.Add(Instruments.CircuitLoss.Observe(() => Circuits(
            circuit => [("only", circuit.Sufficiency), ("without", circuit.Necessity), ("resampled", circuit.Resample)])));
        _sources.Add(Instruments.JournalSize.Observe(() => JournalSize(folder)));
        Instruments.TrainTokens.Add(0, sweep);
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        lock (_lock)
        {
            switch (value)
            {
                case SweepStatusChanged m: _status = m.Status; break;
                case StageProgressed m: _stages[m.Stage] = m; break;
                case TrialChanged m: Change(m); break;
                case TrialProgressed { Progress: { Training: { } figures } progress } m: Train(m.Trial, progress.Loss, figures); break;
                case SearchProgressed m: Search(m); break;
                case CircuitValidated m when Parts(m.Trial) is [_, var model, var task]: Keep(_circuits, (model, task), m.Result); break;
            }
        }
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _sources.Release();

    /// <summary>Takes in what the sweep had found before; what was told since is newer and stays.</summary>
    public void Remember(SweepReadModel past)
    {
        ArgumentNullException.ThrowIfNull(past);
        lock (_lock) Add(past);
    }

    private void Add(SweepReadModel past)
    {
        foreach (var model in past.Models)
        {
            var name = model.Plan.Id.Value;
            if (model.Trained is { } trained)
            {
                var figures = new ModelFigures(trained.TrainLoss, trained.ValidationLoss, trained.L0, trained.DeadFraction);
                Keep(_models, name, figures, isOld: true);
            }
            foreach (var task in model.Tasks)
            {
                if (task.Validation is { } validated) Keep(_circuits, (name, task.Task), validated, isOld: true);
                if (task.Search is not { } search) continue;
                var figures = new SearchFigures(
                    name, task.Task, search.RoundsClosed, search.State.Observations.Count, search.Best?.Outcome?.Circuit);
                Keep(_searches, search.Id.ToString(), figures, isOld: true);
            }
        }
    }

    private void Change(TrialChanged changed)
    {
        if (_trials.Remove(changed.Trial, out var before)) Count(before, -1);
        if (changed.Phase is not (TrialPhase.Waiting or TrialPhase.Running))
        {
            _tokens.Remove(changed.Trial);
            return;
        }
        var now = (changed.Kind, changed.Phase == TrialPhase.Running);
        _trials.Add(changed.Trial, now);
        Count(now, 1);
        // An attempt counts from its own beginning.
        _tokens[changed.Trial] = 0;
    }

    // What was counted once stays, as 0.
    private void Count((string Kind, bool Runs) of, int by)
    {
        _counts[of] = _counts.GetValueOrDefault(of) + by;
        _counts.TryAdd((of.Kind, !of.Runs), 0);
    }

    private void Train(TrialId trial, double? loss, TrainingFigures figures)
    {
        var before = _tokens.GetValueOrDefault(trial);
        if (figures.Tokens > before) Instruments.TrainTokens.Add(figures.Tokens - before, _sweep);
        _tokens[trial] = figures.Tokens;
        if (Parts(trial) is not [_, var model]) return;
        Keep(_models, model, new ModelFigures(loss, figures.ValidationLoss, figures.L0, figures.DeadFraction));
    }

    private void Search(SearchProgressed search)
    {
        var figures = new SearchFigures(
            search.Search.Model.Value, search.Search.Task, search.RoundsClosed, search.Observed, search.Circuit);
        Keep(_searches, search.Search.ToString(), figures);
        if (!search.Ended) return;
        // Of what was at work when it was given up nothing more is heard.
        var below = $"{search.Search}/";
        foreach (var trial in _trials.Keys.Where(trial => trial.Value.StartsWith(below, StringComparison.Ordinal)).ToList())
            if (_trials.Remove(trial, out var before)) Count(before, -1);
    }

    private static void Keep<TKey, TValue>(Dictionary<TKey, TValue> kept, TKey key, TValue value, bool isOld = false)
        where TKey : notnull
    {
        if (kept.ContainsKey(key) ? !isOld : kept.Count < MostKept) kept[key] = value;
    }

    // "models/MODEL", "validations/MODEL/TASK".
    private static string[] Parts(TrialId trial) => trial.Value.Split('/');

    /// <summary>A list of what there is at the moment, for whoever reads it later.</summary>
    private List<Reading> Read(Func<IEnumerable<Reading>> read)
    {
        lock (_lock) return [.. read()];
    }

    private IEnumerable<Reading> Known(double? value) => value is { } known ? [new Reading(known, _sweep)] : [];

    private List<Reading> Stages(Func<StageProgressed, int> read) => Read(
        () => _stages.Values.Select(stage => new Reading(read(stage), _sweep, SweepStages.Of(stage.Stage).Word)));

    private List<Reading> Searches(Func<SearchFigures, int?> read) => Read(
        () => from search in _searches.Values
              let value = read(search)
              where value is not null
              select new Reading(value.Value, _sweep, search.Model, search.Task));

    private List<Reading> Models(Func<ModelFigures, double?> read) => Read(
        () => from model in _models
              let value = read(model.Value)
              where value is not null
              select new Reading(value.Value, _sweep, model.Key));

    private List<Reading> Circuits(Func<ValidationResult, IEnumerable<(string? Check, double Value)>> read) => Read(
        () => from circuit in _circuits
              from value in read(circuit.Value)
              select value.Check is { } check
                  ? new Reading(value.Value, _sweep, circuit.Key.Model, circuit.Key.Task, check)
                  : new Reading(value.Value, _sweep, circuit.Key.Model, circuit.Key.Task));

    private IEnumerable<Reading> JournalSize(string folder)
    {
        var files = new[] { SweepFolder.JournalName, $"{SweepFolder.JournalName}-wal" }
            .Select(name => new FileInfo(Path.Combine(folder, name)));
        var bytes = files.Where(file => file.Exists).Sum(file => file.Length);
        return bytes > 0 ? [new Reading(bytes, _sweep)] : [];
    }

    private sealed record ModelFigures(double? Loss, double? ValidationLoss, double? L0, double? Dead);

    private sealed record SearchFigures(string Model, string Task, int Rounds, int Observed, CircuitResult? Circuit)
    {
        public int? Edges => Circuit?.Edges;

        public int? Nodes => Circuit?.Nodes;
    }
}
