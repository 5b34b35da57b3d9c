namespace Sweeps.Domain.Sweeps;

/// <summary>The dictionaries of one location of a model.</summary>
/// <param name="Location">which</param>
/// <param name="Autoencoders">in the plan's order</param>
/// <param name="Compared">baselines, and how alike the autoencoders are; null until it is known, and when that failed</param>
/// <param name="Baselines">what the baselines' features mean, in the order of the option; empty where that is not asked for</param>
public sealed record DictionariesSnapshot(
    string Location, IReadOnlyList<AutoencoderSnapshot> Autoencoders, EvaluateDictionariesResult? Compared,
    IReadOnlyList<BaselineSnapshot> Baselines)
{
    /// <summary>How few features carry a task, by task; without those of which it is not known.</summary>
    public IReadOnlyList<AblationSnapshot> Ablations { get; init; } = [];

    /// <summary>What is known of a model's dictionaries, location by location.</summary>
    internal static IReadOnlyList<DictionariesSnapshot> Of(SweepState sweep, PlannedModel model)
    {
        var grid = sweep.Plan!.Spec.Autoencoders;
        if (!grid.IsOn) return [];
        var all = grid.All();
        return
        [
            .. grid.Locations.Select(location => new DictionariesSnapshot(
                location,
                [
                    .. from one in all
                       where one.Options.Location == location
                       let trained = Verdict(SweepStage.Autoencoders, one.Name)
                       select new AutoencoderSnapshot(
                           one.Name, one.Options, trained?.Result as TrainAutoencoderResult, trained?.Failure,
                           Verdict(SweepStage.Features, one.Name)?.Result as ScoreFeaturesResult),
                ],
                Verdict(SweepStage.Dictionaries, location)?.Result as EvaluateDictionariesResult,
                [
                    .. from kind in grid.Scores ? grid.Baselines : []
                       let name = AutoencoderStages.BaselineName(location, kind)
                       select new BaselineSnapshot(name, kind, Verdict(SweepStage.Features, name)?.Result as ScoreFeaturesResult),
                ])
            {
                Ablations =
                [
                    .. from task in sweep.Plan.Spec.Tasks
                       let curves = Verdict(SweepStage.Ablations, AutoencoderStages.AblationName(location, task))?.Result
                           as AblateFeaturesResult
                       where curves is not null
                       select new AblationSnapshot(task, curves),
                ],
            }),
        ];

        TrialVerdict? Verdict(SweepStage stage, string part) => sweep.Trials.GetValueOrDefault(model.Of(stage, part));
    }
}

/// <summary>An autoencoder of a model.</summary>
/// <param name="Name">see <see cref="PlannedAutoencoder"/></param>
/// <param name="Options">how it is trained</param>
/// <param name="Trained">null until it is, and when that failed</param>
/// <param name="Failure">why it failed, or null</param>
/// <param name="Scores">what its features mean; null until it is known, when that failed, and where it is not asked for</param>
public sealed record AutoencoderSnapshot(
    string Name, AutoencoderOptions Options, TrainAutoencoderResult? Trained, string? Failure, ScoreFeaturesResult? Scores);

/// <summary>What a baseline's features mean.</summary>
/// <param name="Name">the location and the baseline's word in files</param>
/// <param name="Kind">which baseline</param>
/// <param name="Scores">null until it is known, when that failed, and where there is none</param>
public sealed record BaselineSnapshot(string Name, BaselineKind Kind, ScoreFeaturesResult? Scores);

/// <summary>How few features of a location carry a task.</summary>
/// <param name="Task">which task</param>
/// <param name="Found">the curves of its dictionaries</param>
public sealed record AblationSnapshot(string Task, AblateFeaturesResult Found);
