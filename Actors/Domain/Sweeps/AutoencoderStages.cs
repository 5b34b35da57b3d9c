namespace Sweeps.Domain.Sweeps;

/// <summary>
/// The stages of sparse autoencoders: they are trained, then compared at each location with each other and with the baselines, and features
/// of all dictionaries are described.
/// </summary>
internal static class AutoencoderStages
{
    /// <summary>One training for each autoencoder.</summary>
    public static ModelParts Train { get; } = new()
    {
        Names = spec => [.. spec.Autoencoders.All().Select(one => one.Name)],
        Job = (inputs, index) => new TrainAutoencoderJob
        {
            Output = inputs.Output,
            // All of a sweep see the same data in the same order.
            Seed = inputs.Seed("autoencoders"),
            Model = inputs.Trained.Model,
            Corpus = inputs.Prepared.Corpus,
            Options = inputs.Spec.Autoencoders.All()[index].Options,
        },
    };

    /// <summary>One comparison for each location.</summary>
    public static ModelParts Compare { get; } = new()
    {
        Names = spec => spec.Autoencoders.Locations,
        Needs = (spec, location) => At(spec, location),
        Job = (inputs, location) =>
        {
            var grid = inputs.Spec.Autoencoders;
            var trained = (
                from part in At(inputs.Spec, location)
                let result = Finished(inputs.Result(part))
                where result is not null
                select (grid.All()[part.Index].Name, Result: result)).ToArray();
            return new EvaluateDictionariesJob
            {
                Output = inputs.Output,
                Seed = inputs.Seed(inputs.Output),
                Model = inputs.Trained.Model,
                Corpus = inputs.Prepared.Corpus,
                Location = grid.Locations[location],
                Baselines = grid.Baselines,
                ActiveFeatures = grid.ActiveFeatures(trained.Select(one => one.Result)),
                RandomRatio = SweepSpec.Or(grid.Ratio, grid.Training.Ratio).Max(),
                EvalTokens = grid.Training.EvalTokens,
                SkipTokens = grid.Training.SkipTokens,
                Autoencoders = [.. trained.Select(one => new NamedDictionary(one.Name, one.Result.Autoencoder))],
            };
        },
    };

    /// <summary>One for each autoencoder, then for each location one for each baseline.</summary>
    public static ModelParts Score { get; } = new()
    {
        Names = spec =>
        [
            .. spec.Autoencoders.All().Select(one => one.Name),
            .. from location in spec.Autoencoders.Locations
               from baseline in spec.Autoencoders.Baselines
               select BaselineName(location, baseline),
        ],
        Needs = (spec, index) => [Scored(spec, index).Needed],
        Job = (inputs, index) =>
        {
            var (needed, baseline) = Scored(inputs.Spec, index);
            var grid = inputs.Spec.Autoencoders;
            return (inputs.Result(needed), baseline) switch
            {
                (TrainAutoencoderResult { Stopped: null } trained, null) =>
                    Job(grid.All()[index].Options.Location, trained.Autoencoder, null),
                (EvaluateDictionariesResult compared, { } kind) when Measured(grid, compared, kind) is { } measured =>
                    Job(grid.Locations[needed.Index], measured.Dictionary, measured.ActiveFeatures),
                _ => null,
            };

            ScoreFeaturesJob Job(string location, ArtifactRef dictionary, int? active) => new()
            {
                Output = inputs.Output,
                // The same fragments for every dictionary, so that they compare.
                Seed = inputs.Seed("features"),
                Model = inputs.Trained.Model,
                Corpus = inputs.Prepared.Corpus,
                Location = location,
                Dictionary = dictionary,
                ActiveFeatures = active,
                SkipTokens = grid.Training.SkipTokens,
                Options = grid.Interpretability,
            };
        },
    };

    /// <summary>For each location one for each task that the model has learned.</summary>
    public static ModelParts Ablate { get; } = new()
    {
        Names = spec => [.. from location in spec.Autoencoders.Locations from task in spec.Tasks select AblationName(location, task)],
        Needs = (spec, index) =>
        [
            new ModelPart(SweepStage.Evaluate, index % spec.Tasks.Count),
            new ModelPart(SweepStage.Dictionaries, index / spec.Tasks.Count),
        ],
        Job = (inputs, index) =>
        {
            var (spec, grid) = (inputs.Spec, inputs.Spec.Autoencoders);
            var (location, task) = (index / spec.Tasks.Count, index % spec.Tasks.Count);
            if (inputs.Result(new ModelPart(SweepStage.Evaluate, task)) is not EvaluateResult measured
                || TaskLearning.IsSkipped(spec, measured)
                || inputs.Result(new ModelPart(SweepStage.Dictionaries, location)) is not EvaluateDictionariesResult compared) return null;
            // One seed tells how it is.
            var seed = SweepSpec.Or(grid.Seeds, grid.Training.Seed)[0];
            return new AblateFeaturesJob(
                inputs.Evaluate(spec.Tasks[task]), grid.Locations[location],
                [
                    .. from part in At(spec, location)
                       let planned = grid.All()[part.Index]
                       where planned.Options.Seed == seed
                       let trained = Finished(inputs.Result(part))
                       where trained is not null
                       select new NamedDictionary(planned.Name, trained.Autoencoder),
                    .. from kind in grid.Baselines
                       let baseline = Measured(grid, compared, kind)
                       where baseline is not null
                       select new NamedDictionary(BaselineName(grid.Locations[location], kind), baseline.Dictionary),
                ])
            {
                Output = inputs.Output,
                Seed = inputs.Seed(inputs.Output),
                ActiveFeatures = grid.Training.K,
                Pairs = grid.AblationPairs,
            };
        },
    };

    /// <summary>An autoencoder whose training came to its end; null for one that was stopped early or has failed.</summary>
    public static TrainAutoencoderResult? Finished(JobResult? result) =>
        result is TrainAutoencoderResult { Stopped: null } trained ? trained : null;

    /// <summary>The name of the trial that measures how few features of a location carry a task.</summary>
    public static string AblationName(string location, string task) => $"{location}-{task}";

    /// <summary>The name of a baseline's trial among those that score features.</summary>
    public static string BaselineName(string location, BaselineKind baseline) => $"{location}-{AutoencoderGridOptions.Word(baseline)}";

    // Of the numbers of active features that it was measured with, the one nearest to what the training asks for.
    private static MeasuredBaseline? Measured(AutoencoderGridOptions grid, EvaluateDictionariesResult compared, BaselineKind kind) =>
        compared.Baselines.Where(one => one.Kind == kind)
            .OrderBy(one => Math.Abs(one.ActiveFeatures - grid.Training.K)).ThenBy(one => one.ActiveFeatures).FirstOrDefault();

    private static (ModelPart Needed, BaselineKind? Baseline) Scored(SweepSpec spec, int index)
    {
        var (autoencoders, baselines) = (spec.Autoencoders.All().Count, spec.Autoencoders.Baselines);
        return index < autoencoders
            ? (new ModelPart(SweepStage.Autoencoders, index), null)
            : (new ModelPart(SweepStage.Dictionaries, (index - autoencoders) / baselines.Count),
                baselines[(index - autoencoders) % baselines.Count]);
    }

    private static IEnumerable<ModelPart> At(SweepSpec spec, int location) =>
        from autoencoder in spec.Autoencoders.All().Index()
        where autoencoder.Item.Options.Location == spec.Autoencoders.Locations[location]
        select new ModelPart(SweepStage.Autoencoders, autoencoder.Index);
}
