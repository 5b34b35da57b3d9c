using System.Collections.Immutable;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>Models that differ only in their learning rate, or in what a search suggests: alike in what their work takes.</summary>
/// <param name="Name">see <see cref="PlannedModel.Group"/></param>
/// <param name="Trainings">how many of them are trained; one goes on to the tasks</param>
/// <param name="Guess">
/// seconds of one device for one unit of each stage, for a machine that nobody has measured; only their ratios matter
/// </param>
internal sealed record GroupWork(string Name, int Trainings, ImmutableDictionary<SweepStage, double> Guess)
{
    /// <summary>How much of its steps a training is expected to run, above 0 and at most 1: less than 1 where some are stopped.</summary>
    public double TrainedPart { get; init; } = 1;

    /// <summary>How much of a unit of a stage is expected to be run.</summary>
    public double PartOf(SweepStage stage) => stage == SweepStage.Train ? TrainedPart : 1;

    /// <summary>How many trials each stage behind the training has of one model; one for each task where it is not named.</summary>
    public ImmutableDictionary<SweepStage, int> Trials { get; init; } = ImmutableDictionary<SweepStage, int>.Empty;
}

/// <summary>
/// All work of a sweep in units. A unit is one trial of a stage, and of the searches one pruning with its bisection.
/// </summary>
/// <param name="Groups">in the plan's order</param>
/// <param name="Stages">those that the sweep has, in order</param>
/// <param name="Tasks">of the sweep</param>
/// <param name="Rounds">of each search</param>
/// <param name="BatchSize">prunings of each round</param>
internal sealed record SweepWork(
    ImmutableArray<GroupWork> Groups, ImmutableArray<SweepStage> Stages, int Tasks, int Rounds, int BatchSize)
{
    private const string Searches = "searches";

    // Of one core of 2023 at float32. The first trials that end correct it, so that only the ratios below matter.
    private const double FlopsPerSecond = 5e10;

    // Prompts fill a part of the context, a pruned model runs on what is left of it, and a bisection rarely needs all of its probes: as on
    // the models of make frontier, stdlib and search-comparison, within a factor of 1.5 for widths 32 to 512.
    private const double PartOfPruning = 0.03;

    // What of it is run where prunings that cannot win are stopped, as on make frontier.
    private const double PartThatMayWin = 0.55;

    // A job's files, tokens and process messages, whatever the model.
    private const double Overhead = 0.15;

    public required ImmutableDictionary<ModelId, string> GroupOfModel { get; init; }

    /// <summary>Trainings of a group that may run side by side, where they are searched in rounds; 0 (default) for all.</summary>
    public int TrainingBatch { get; init; }

    /// <summary>Prunings of each search, unless a rule ends it early.</summary>
    public int Prunings => Rounds * BatchSize;

    /// <summary>The work of <paramref name="spec"/>.</summary>
    public static SweepWork Of(SweepSpec spec)
    {
        var plan = SweepPlan.Of(spec);
        var estimate = SweepEstimate.Of(spec);
        var models = plan.Models.Zip(estimate.Models).ToList();
        return new SweepWork(
            [.. models.GroupBy(model => model.First.Group).Select(
                group => Group(spec, group.Key, group.Count(), group.First().First, group.First().Second))],
            [.. SweepStages.All.Where(stage => stage.IsIn(spec)).Select(stage => stage.Stage)],
            spec.Tasks.Count,
            spec.Search.Rounds,
            spec.Search.BatchSize)
        {
            GroupOfModel = plan.Models.ToImmutableDictionary(model => model.Id, model => model.Group),
            TrainingBatch = spec.TrainingSearch.Rounds > 0 ? spec.TrainingSearch.BatchSize : 0,
        };
    }

    /// <summary>The name of the trial, of a pruning's probe or circuit that of the pruning.</summary>
    public static string UnitOf(TrialId trial)
    {
        // A pruning has a number; its probes and its circuit have names below it.
        var parts = trial.Value.Split('/');
        return string.Join('/', parts.Take(parts[0] == Searches ? 4 : 3));
    }

    /// <summary>Where a trial belongs: its stage, its group (empty for the corpus), and the unit that it is, or is a part of.</summary>
    /// <returns>null for a trial that is not of this sweep</returns>
    public (SweepStage Stage, string Group, string Unit)? Place(TrialId trial)
    {
        var parts = trial.Value.Split('/');
        if (parts.Length == 1) return trial == SweepPlan.Preparation ? (SweepStage.Prepare, "", trial.Value) : null;
        if (!GroupOfModel.TryGetValue(new ModelId(parts[1]), out var group)) return null;
        var stage = parts[0] switch
        {
            "models" => parts.Length == 2 ? SweepStage.Train : SweepStage.Evaluate,
            Searches => SweepStage.Search,
            var folder => SweepStages.All.First(known => known.Folder == $"{folder}/").Stage,
        };
        var length = stage switch { SweepStage.Train => 2, SweepStage.Search => 4, _ => 3 };
        return parts.Length < length ? null : (stage, group, UnitOf(trial));
    }

    /// <summary>How many units of a stage one group has when none of its tasks is left out.</summary>
    public int Units(SweepStage stage, GroupWork group) => stage switch
    {
        SweepStage.Prepare => 0,
        SweepStage.Train => group.Trainings,
        SweepStage.Search => Tasks * Prunings,
        _ => group.Trials.GetValueOrDefault(stage, Tasks),
    };

    /// <summary>How many whole units of a stage are expected of one group when none of its tasks is left out.</summary>
    public double WholeUnits(SweepStage stage, GroupWork group) => Units(stage, group) * group.PartOf(stage);

    private static GroupWork Group(SweepSpec spec, string name, int trainings, PlannedModel model, ModelEstimate estimate)
    {
        var config = model.Source is null ? model.Config with { VocabSize = spec.Tokenizer.VocabSize } : model.Config;
        var pass = model.Source is { Content: { } content }
            ? PassWork.OfImported(config, content.Nonzeros)
            : PassWork.OfTrained(config, model.Training);
        var pruning = Seconds(PartOfPruning * pass * SweepEstimate.FlopsPerPruning(spec, config, estimate.Nodes));
        var training = model.Source is null ? PassWork.OfTraining(config, model.Training) : 1;
        // The others in prunings, as on the same models.
        var guess = ImmutableDictionary<SweepStage, double>.Empty
            .Add(SweepStage.Train, Seconds(training * estimate.TrainingFlops))
            .Add(SweepStage.Evaluate, 0.5 * pruning)
            .Add(SweepStage.Search, pruning * (spec.EarlyStopping.Prunings ? PartThatMayWin : 1))
            .Add(SweepStage.Attribution, 4 * pruning)
            .Add(SweepStage.Validate, 8 * pruning)
            .Add(SweepStage.Curve, 0.2 * pruning * spec.TargetLosses.Count)
            .Add(SweepStage.Edges, 3 * pruning)
            .Add(SweepStage.Given, pruning)
            .Add(SweepStage.Autoencoders, Seconds(AutoencoderEstimate.TrainingFlops(spec, config)))
            .Add(SweepStage.Dictionaries, Seconds(AutoencoderEstimate.ComparisonFlops(spec, config)))
            .Add(SweepStage.Features, Seconds(AutoencoderEstimate.ScoringFlops(spec, config)))
            .Add(SweepStage.Ablations, Seconds(AutoencoderEstimate.AblationFlops(spec, config)))
            // With features products are wider, and masks of edges are trained too.
            .Add(SweepStage.BasisPrunings, 3 * pruning)
            .Add(SweepStage.BasisCircuits, 6 * pruning)
            .Add(SweepStage.Bridges, Seconds(BridgeEstimate.MeasurementFlops(spec, config)))
            .Add(SweepStage.Interventions, Seconds(BridgeEstimate.InterventionFlops(spec, config)))
            .Add(SweepStage.Ridges, Seconds(BridgeEstimate.InterventionFlops(spec, config)));
        return new GroupWork(name, trainings, guess)
        {
            TrainedPart = model.Source is null ? spec.EarlyStopping.ExpectedPart(model.Training, trainings) : 1,
            Trials = SweepStages.All.ToImmutableDictionary(stage => stage.Stage, stage => stage.TrialsOf(spec, model)),
        };
    }

    private static double Seconds(double flops) => Overhead + (flops / FlopsPerSecond);
}
