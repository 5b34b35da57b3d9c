using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>What one model of a sweep will take.</summary>
/// <param name="Id">the model</param>
/// <param name="Parameters">entries of all parameters</param>
/// <param name="Nonzeros">those that may be other than zero when training ends</param>
/// <param name="Nodes">nodes of the model</param>
/// <param name="TrainingTokens">tokens trained on</param>
/// <param name="TrainingFlops">floating-point operations of its training and evaluations, with dense arithmetic</param>
/// <param name="MemoryBytes">memory of the training, weights, gradients, moments and activations; right within a factor of two</param>
/// <param name="DiskBytes">the model, its checkpoint and its mean cache</param>
internal sealed record ModelEstimate(
    ModelId Id, long Parameters, long Nonzeros, long Nodes, long TrainingTokens, double TrainingFlops, long MemoryBytes, long DiskBytes);

/// <summary>How many trials a sweep has.</summary>
/// <param name="Trainings">models to train or to import</param>
/// <param name="Evaluations">unpruned models measured on a task</param>
/// <param name="Searches">one for each selected model and task</param>
/// <param name="Prunings">over all searches; each ends with a circuit</param>
/// <param name="Probes">at most, over all prunings</param>
internal sealed record TrialCounts(long Trainings, long Evaluations, long Searches, long Prunings, long Probes)
{
    /// <summary>Sparse autoencoders to train, of all selected models.</summary>
    public long Autoencoders { get; init; }

    /// <summary>Comparisons of autoencoders and baselines, one for each location of a selected model.</summary>
    public long Dictionaries { get; init; }

    /// <summary>Dictionaries whose features are described.</summary>
    public long Features { get; init; }

    /// <summary>Prunings of circuits in different bases.</summary>
    public long BasisPrunings { get; init; }

    /// <summary>Models that are trained together with bridges.</summary>
    public long Bridged { get; init; }
}

/// <summary>What a sweep will take, computed from its description alone.</summary>
/// <param name="Name">the sweep</param>
/// <param name="Trials">how many there are</param>
/// <param name="Models">one for each point of the grid</param>
/// <param name="TrainingFlops">of all models</param>
/// <param name="PruningFlops">of all prunings and probes, at most: prompts are taken to fill the context</param>
/// <param name="MemoryBytesPerTrial">of the largest training</param>
/// <param name="DiskBytes">of models, checkpoints, mean caches and masks</param>
internal sealed record SweepEstimate(
    string Name, TrialCounts Trials, IReadOnlyList<ModelEstimate> Models, double TrainingFlops, double PruningFlops,
    long MemoryBytesPerTrial, long DiskBytes)
{
    private const int FloatBytes = 4;

    /// <summary>Estimates <paramref name="spec"/>.</summary>
    public static SweepEstimate Of(SweepSpec spec)
    {
        var plan = SweepPlan.Of(spec);
        var models = plan.Models.Select(model => (model.Group, Planned: model, Estimate: Of(model), Config: Config(model))).ToList();
        // Of a group only the best goes on; its members have the same shape.
        var selected = models.DistinctBy(model => model.Group).ToList();
        var (tasks, search) = (spec.Tasks.Count, spec.Search);
        var prunings = (long)tasks * search.Rounds * search.BatchSize;
        var trials = new TrialCounts(
            models.Count,
            (long)selected.Count * tasks,
            (long)selected.Count * tasks,
            selected.Count * prunings,
            selected.Sum(model => prunings * BisectionPlan.MaxProbes(model.Estimate.Nodes)))
        {
            Autoencoders = Parts(SweepStage.Autoencoders),
            Dictionaries = Parts(SweepStage.Dictionaries),
            Features = Parts(SweepStage.Features),
            BasisPrunings = Parts(SweepStage.BasisPrunings),
            Bridged = plan.Models.Count(model => model.Bridged is not null),
        };
        return new SweepEstimate(
            spec.Name,
            trials,
            [.. models.Select(model => model.Estimate)],
            models.Sum(model => model.Estimate.TrainingFlops),
            selected.Sum(model => prunings * FlopsPerPruning(spec, model.Config, model.Estimate.Nodes)),
            models.Max(model => model.Estimate.MemoryBytes),
            models.Sum(model => model.Estimate.DiskBytes) + selected.Sum(model => prunings * model.Estimate.Nodes * FloatBytes));

        long Parts(SweepStage stage) => selected.Sum(model => (long)SweepStages.Of(stage).TrialsOf(spec, model.Planned));

        ModelEstimate Of(PlannedModel model) => model.Source is { Content: { } content }
            ? OfImported(model.Id, content)
            : BridgeEstimate.Of(spec, plan, model, SweepEstimate.Of(model.Id, Config(model), model.Training));

        ModelConfig Config(PlannedModel model) =>
            model.Source is null ? model.Config with { VocabSize = spec.Tokenizer.VocabSize } : model.Config;
    }

    // It is run over some tokens, and never back.
    private static ModelEstimate OfImported(ModelId id, ImportedContent content)
    {
        var config = content.Model;
        var parameters = ParameterSpec.Of(config).Sum(spec => spec.NumberOfElements);
        var nodes = NodeLocation.All(config.NLayer).Sum(location => (long)config.Width(location.Site));
        // The means, and two losses.
        var flops = FlopsPerToken(config) * 3 * ImportJob.Tokens;
        return new ModelEstimate(
            id, parameters, content.Nonzeros, nodes, 0, flops, FloatBytes * (parameters + (ImportJob.BatchTokens * ActivationsPerToken(
                config))),
            FloatBytes * (parameters + nodes));
    }

    private static ModelEstimate Of(ModelId id, ModelConfig config, TrainingOptions training)
    {
        var specs = ParameterSpec.Of(config);
        var parameters = specs.Sum(spec => spec.NumberOfElements);
        var schedule = new TrainingSchedule(training);
        var nonzeros = specs.Where(spec => spec.IsCounted).Sum(
            spec => (long)(spec.NumberOfElements * schedule.L0(training.Steps, spec.Kind)));
        var nodes = NodeLocation.All(config.NLayer).Sum(location => (long)config.Width(location.Site));
        var batchTokens = (long)training.BatchSize * config.NCtx;
        var tokens = training.Steps * batchTokens;
        var evaluations = (training.Steps + training.EvalEvery - 1) / training.EvalEvery;
        var passes = (3.0 * tokens) + ((double)evaluations * training.EvalBatches * batchTokens) + training.MeanCacheTokens;
        var flops = FlopsPerToken(config) * passes;
        // Weights, gradients and two moments.
        var memory = FloatBytes * ((4 * parameters) + (batchTokens * ActivationsPerToken(config)));
        // The model, and a checkpoint with weights and moments.
        var disk = FloatBytes * ((4 * parameters) + nodes);
        return new ModelEstimate(id, parameters, nonzeros, nodes, tokens, flops, memory, disk);
    }

    /// <summary>
    /// Operations of a forward pass per token: two per weight of a matrix product, and the two products of attention over the context.
    /// </summary>
    internal static double FlopsPerToken(ModelConfig config)
    {
        var weights = Products(config).Sum(spec => spec.NumberOfElements);
        return (2.0 * weights) + (4.0 * config.NLayer * config.DModel * config.NCtx);
    }

    /// <summary>The matrices that a forward pass multiplies by.</summary>
    internal static IEnumerable<ParameterSpec> Products(ModelConfig config) => ParameterSpec.Of(config)
        .Where(spec => spec.Kind is ParameterKind.Matrix or ParameterKind.OutputProjection || spec.Name == "lm_head.weight");

    /// <summary>Numbers that a training step keeps per token for the backward pass.</summary>
    internal static long ActivationsPerToken(ModelConfig config)
    {
        long read = config.DModel + config.DPosEmb;
        var layer = (6 * read) + (12L * config.DModel) + (4L * config.MlpWidth) + (2L * config.NHead * config.NCtx);
        return (config.NLayer * layer) + (3L * config.VocabSize);
    }

    /// <summary>
    /// Mask training goes forwards and back to the masks (no weight gradients); probes and the circuit go forwards once.
    /// </summary>
    internal static double FlopsPerPruning(SweepSpec spec, ModelConfig config, long nodes)
    {
        var pruning = spec.Pruning;
        var pairs = (2.0 * pruning.Steps * pruning.BatchPairs) + ((double)BisectionPlan.MaxProbes(nodes) * pruning.ValidationPairs)
            + pruning.TestPairs;
        return 2 * pairs * config.NCtx * FlopsPerToken(config);
    }
}
