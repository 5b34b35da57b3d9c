using System.Collections.Frozen;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>
/// Measures what a sweep's work takes on this machine: runs its smallest and its largest models for a few steps, in a folder of its own, by
/// the same actors and device processes as the sweep.
/// </summary>
/// <param name="spec">the sweep</param>
/// <param name="options">the node</param>
/// <param name="time">of the measurement</param>
internal sealed class Measurement(SweepSpec spec, NodeOptions options, TimeProvider time) : IObserver<SweepProgress>
{
    /// <summary>How long it may take, when models are large: then it stops with what it has.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(120);

    private const int LeastSteps = 16;
    private const int MostSteps = 400;

    // So that a training of the largest models takes about two seconds, where a core is as the guess has it.
    private const double FlopsOfTraining = 1e11;

    private readonly int _steps = StepsFor(spec);
    private readonly Dictionary<TrialId, long> _begun = [];
    private readonly Dictionary<TrialId, (int Step, long Time)> _firstSteps = [];
    private readonly Dictionary<(string Model, string What), List<double>> _seconds = [];
    private readonly HashSet<string> _devices = new(StringComparer.Ordinal);

    /// <summary>Seconds of the preparation of the corpus, as far as all of it was read; null when it was not measured.</summary>
    public double? Preparation { get; private set; }

    public int Devices => Math.Max(_devices.Count, 1);

    /// <summary>Runs it.</summary>
    /// <returns>the times of those groups of the sweep that were measured, by name</returns>
    /// <exception cref="CliException">nothing could be measured; the message says why</exception>
    public async Task<IReadOnlyDictionary<string, GroupTimes>> RunAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("sweeps-measure-").FullName;
        try
        {
            var small = Small();
            await using var host = await SweepHost.StartAsync(
                small, folder, options, ProcessDeviceLauncher.OfThisProgram(folder, options), time, this, cancellation);
            var limit = Task.Delay(Limit, time, cancellation);
            await Task.WhenAny(host.Completion, limit);
            var outcome = host.Completion.IsCompleted ? await host.Completion : await host.StopAsync();
            cancellation.ThrowIfCancellationRequested();
            var times = Times(small);
            return times.Count > 0 ? times : throw new CliException(ExitCode.Environment, $"nothing could be measured: {Why(outcome)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
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
    public void OnNext(SweepProgress value)
    {
        var now = time.GetTimestamp();
        switch (value)
        {
            case DeviceChanged { Status: DeviceStatus.Ready } device:
                _devices.Add(device.Device);
                break;
            case TrialChanged { Phase: TrialPhase.Running } trial:
                _begun[trial.Trial] = now;
                break;
            case TrialProgressed trial when spec.Imported.ContainsKey(ModelOf(trial.Trial)) && IsTraining(trial.Trial):
                // By how far it is, since a large model is not imported before the limit.
                if (trial.Progress.Step > 0 && _begun.TryGetValue(trial.Trial, out var since))
                    Set(trial.Trial, "import", time.GetElapsedTime(since, now).TotalSeconds * trial.Progress.Steps / trial.Progress.Step);
                break;
            case TrialProgressed trial when IsTraining(trial.Trial):
                // The first steps meet cold caches and code that is compiled; what follows a training counts steps of its own.
                if (trial.Progress.Steps == _steps && trial.Progress.Step >= _steps / 4) Step(trial.Trial, trial.Progress.Step, now);
                break;
            case TrialProgressed trial:
                Step(trial.Trial, trial.Progress.Step, now);
                break;
            case TrialChanged { Phase: TrialPhase.Succeeded } trial when _begun.TryGetValue(trial.Trial, out var begun):
                var seconds = time.GetElapsedTime(begun, now).TotalSeconds;
                if (trial.Kind == "prepare") Preparation = seconds;
                else if (trial.Kind is "probe" or "circuit" or "evaluate") Add(trial.Trial, trial.Kind, seconds);
                else if (trial.Kind == "prune" && _firstSteps.TryGetValue(trial.Trial, out var first))
                    EndPruning(trial.Trial, begun, first.Time, now);
                break;
        }
    }

    /// <summary>The same kinds of models, the least and the most of each list of the grid, for a few steps each.</summary>
    private SweepSpec Small()
    {
        var l0 = Ends(SweepSpec.Or(spec.Grid.L0, spec.Training.L0));
        // Dense ones tell what the dense part of the training takes.
        if (spec.Grid.L0ReferenceWidth == 0 && !l0.Contains(1) && !spec.Grid.DenseDModel.Intersect(
            SweepSpec.Or(spec.Grid.DModel, spec.Model.DModel)).Any()) l0 = [1, .. l0];
        var small = spec with
        {
            Corpus = spec.Corpus with
            {
                Idioms = spec.Corpus.Idioms is { } idioms
                    ? idioms with { Documents = Math.Min(idioms.Documents, Math.Max(4000, 4 * spec.Tokenizer.VocabSize)) }
                    : null,
                Files = spec.Corpus.Files is { } files ? files with { MaxBytes = Math.Min(files.MaxBytes, 16L << 20) } : null,
            },
            Training = spec.Training with
            {
                Steps = _steps,
                LogEvery = Math.Max(1, _steps / 16),
                EvalEvery = _steps,
                EvalBatches = 1,
                // At the target from the first step on.
                L0AnnealInitial = spec.Training.L0,
                MeanCacheTokens = Math.Min(spec.Training.MeanCacheTokens, 8192),
            },
            Grid = spec.Grid with
            {
                L0 = l0,
                DModel = Ends(SweepSpec.Or(spec.Grid.DModel, spec.Model.DModel)),
                DenseDModel = Ends(spec.Grid.DenseDModel),
                NLayer = Ends(SweepSpec.Or(spec.Grid.NLayer, spec.Model.NLayer)),
                PeakLr = [],
                Replicas = [0],
            },
            TrainingSearch = new TrainingSearchOptions(),
            EarlyStopping = new EarlyStoppingOptions(),
            Imported = Imported(),
            Tasks = [.. spec.Tasks.Take(1)],
            SkipUnlearned = false,
            Pruning = spec.Pruning with { Steps = Math.Min(spec.Pruning.Steps, LeastSteps) },
            Search = spec.Search with { Rounds = 1, BatchSize = 2, WarmStart = [] },
            // A circuit in a model that has learned nothing is most of the model, and what is made of it takes longer than it will.
            Autoencoders = new AutoencoderGridOptions(),
            Bridges = new BridgeGridOptions(),
            Attribution = false,
            Validate = false,
            EdgePruning = false,
            TargetLosses = [],
        };
        // Bridged models are measured where both of their models are; elsewhere their times are computed from those of others.
        var bridged = small with { Bridges = spec.Bridges with { Interventions = false } };
        return SweepPlan.BridgeProblems(bridged).Any() ? small : bridged;
    }

    /// <summary>The smallest and the largest, without circuits of theirs.</summary>
    private Dictionary<string, ImportedModel> Imported()
    {
        var bySize = spec.Imported.OrderBy(
            model => (long)model.Value.Content!.Model.NLayer * model.Value.Content.Model.DModel * model.Value.Content.Model.DModel)
            .ThenBy(model => model.Key, StringComparer.Ordinal).ToList();
        return new[] { bySize.Take(1), bySize.TakeLast(1) }.SelectMany(ends => ends).DistinctBy(model => model.Key)
            .ToDictionary(model => model.Key, model => model.Value with { Circuits = FrozenDictionary<string, GivenCircuit>.Empty });
    }

    private static int StepsFor(SweepSpec spec) => (int)Math.Clamp(
        FlopsOfTraining / SweepEstimate.Of(spec).Models.Where(model => model.TrainingTokens > 0)
            .Select(model => model.TrainingFlops / spec.Training.Steps).DefaultIfEmpty(FlopsOfTraining).Max(),
        LeastSteps, MostSteps);

    private static IReadOnlyList<T> Ends<T>(IReadOnlyList<T> values) => values.Count < 3 ? values : [values.Min()!, values.Max()!];

    private static bool IsTraining(TrialId trial) => trial.Value.Split('/') is ["models", _];

    private static string ModelOf(TrialId trial) => trial.Value.Split('/') is [_, var model, ..] ? model : "";

    private static string Why(SweepOutcome outcome) => outcome.Error
        ?? (outcome.Failures is [var first, ..] ? first.Reason : "it took too long");

    private void Step(TrialId trial, int step, long now)
    {
        if (!_firstSteps.TryGetValue(trial, out var first)) _firstSteps[trial] = (step, now);
        else if (IsTraining(trial) && step > first.Step)
            Set(trial, "step", time.GetElapsedTime(first.Time, now).TotalSeconds / (step - first.Step));
    }

    private void EndPruning(TrialId trial, long begun, long first, long now)
    {
        Add(trial, "prune start", time.GetElapsedTime(begun, first).TotalSeconds);
        Add(trial, "prune step", time.GetElapsedTime(first, now).TotalSeconds / Math.Min(spec.Pruning.Steps, LeastSteps));
    }

    private void Add(TrialId trial, string what, double seconds)
    {
        if (!_seconds.TryGetValue((ModelOf(trial), what), out var all)) _seconds[(ModelOf(trial), what)] = all = [];
        all.Add(seconds);
    }

    private void Set(TrialId trial, string what, double seconds) => _seconds[(ModelOf(trial), what)] = [seconds];

    private Dictionary<string, GroupTimes> Times(SweepSpec small)
    {
        var models = SweepPlan.Of(small).Models;
        var times = new Dictionary<string, GroupTimes>(StringComparer.Ordinal);
        foreach (var model in models)
        {
            // An imported model has no steps; of any other that is not known without them.
            if (model.Source is null && Median(model, "step") is null) continue;
            if (model.Source is not null && Median(model, "import") is null) continue;
            var sparse = Median(model, "step") ?? 0;
            var dense = models.Where(
                other => other.Training.L0 >= 1 && other.Config.DModel == model.Config.DModel && other.Config.NLayer == model.Config.NLayer)
                .Select(other => Median(other, "step")).FirstOrDefault(step => step is not null);
            times[model.Group] = new GroupTimes(
                sparse, Math.Max(dense ?? sparse, sparse), Median(model, "prune start") ?? 0, Median(model, "prune step") ?? 0,
                Median(model, "probe") ?? 0, Median(model, "circuit") ?? 0, Median(model, "evaluate") ?? 0, Median(model, "import"));
        }
        return times;
    }

    private double? Median(PlannedModel model, string what)
    {
        if (!_seconds.TryGetValue((model.Id.Value, what), out var all)) return null;
        all.Sort();
        return all[all.Count / 2];
    }
}
