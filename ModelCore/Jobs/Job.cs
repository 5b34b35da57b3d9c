using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// Work for a device: an immutable record with everything it needs. The same job gives the same result, bit for bit, on the same
/// kind of machine. Artifact paths are relative to the sweep's folder, so that a folder may be moved.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PrepareJob), "prepare")]
[JsonDerivedType(typeof(TrainJob), "train")]
[JsonDerivedType(typeof(EvaluateJob), "evaluate")]
[JsonDerivedType(typeof(PruneJob), "prune")]
[JsonDerivedType(typeof(ProbeJob), "probe")]
[JsonDerivedType(typeof(CircuitJob), "circuit")]
[JsonDerivedType(typeof(ValidateJob), "validate")]
[JsonDerivedType(typeof(CurveJob), "curve")]
[JsonDerivedType(typeof(PruneEdgesJob), "edges")]
public abstract record Job
{
    /// <summary>Where the job writes its artifacts and checkpoints, relative to the sweep's folder; no other trial writes there.</summary>
    public required string Output { get; init; }

    /// <summary>The seed of every draw the job makes.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What a device may keep in memory between jobs and the broker prefers a device for: the model's SHA-256, or null.</summary>
    [JsonIgnore]
    public virtual string? Affinity => null;

    /// <summary>The folder of the job's checkpoints and of nothing else, relative to the sweep's folder; null when it makes none.</summary>
    [JsonIgnore]
    public virtual string? CheckpointFolder => null;
}

/// <summary>Builds the corpus and the tokenizer of a sweep.</summary>
public sealed record PrepareJob : Job
{
    /// <summary>The documents.</summary>
    public required CorpusOptions Corpus { get; init; }

    /// <summary>The tokenizer to train or load.</summary>
    public required TokenizerOptions Tokenizer { get; init; }
}

/// <summary>Trains one model, then takes the mean activation of every node.</summary>
public sealed record TrainJob : Job
{
    /// <summary>The model's shape.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>How it is trained.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>The encoded corpus.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}

/// <summary>What every job on a trained model and a task needs. Another kind of job is made from one by a constructor that takes these inputs over.</summary>
public abstract record ModelTaskJob : Job
{
    /// <summary>The trained model (safetensors, its config in the metadata).</summary>
    public required ArtifactRef Model { get; init; }

    /// <summary>The mean activation of every node (safetensors, one tensor per node location).</summary>
    public required ArtifactRef MeanCache { get; init; }

    /// <summary>The encoded corpus, for its tokenizer.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>What the task is, when it is a user's own; null when it is in the catalogue.</summary>
    public TaskTemplate? OwnTask { get; init; }

    /// <summary>The seed of the task's pairs: the same for all prunings of one model and task.</summary>
    public required ulong TaskSeed { get; init; }

    /// <summary>Sizes, target and calibration.</summary>
    public required PruningOptions Options { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? Affinity => Model.Sha256;
}

/// <summary>Measures the unpruned model on the task's splits.</summary>
public sealed record EvaluateJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public EvaluateJob()
    {
    }

    /// <summary>A job with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public EvaluateJob(ModelTaskJob inputs)
        : base(inputs)
    {
    }
}

/// <summary>Ranks the nodes of the frozen model by importance for the task: by trained masks [G A.5], or by attribution.</summary>
public sealed record PruneJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public PruneJob()
    {
    }

    /// <summary>A job with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public PruneJob(ModelTaskJob inputs, PruningHyperparameters hyperparameters)
        : base(inputs) => Hyperparameters = hyperparameters;

    /// <summary>How nodes are ranked; default learned.</summary>
    public PruningMethod Method { get; init; }

    /// <summary>The hyperparameters of learned masks; attribution has none and does not look at them.</summary>
    public required PruningHyperparameters Hyperparameters { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}

/// <summary>Measures the circuit of the <see cref="K"/> nodes with the largest τ, before and after calibration, on the validation split.</summary>
public sealed record ProbeJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public ProbeJob()
    {
    }

    /// <summary>A job with the inputs, output and seed of another.</summary>
    [SetsRequiredMembers]
    public ProbeJob(ModelTaskJob inputs, ArtifactRef masks, int k)
        : base(inputs) => (Masks, K) = (masks, k);

    /// <summary>The trained masks: τ per node location.</summary>
    public required ArtifactRef Masks { get; init; }

    /// <summary>Number of nodes kept, 0 to all.</summary>
    public required int K { get; init; }
}

/// <summary>Writes the circuit that the bisection ended at, and measures it on the test split.</summary>
public sealed record CircuitJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public CircuitJob()
    {
    }

    /// <summary>The circuit of a pruning, with its inputs, output and seed.</summary>
    [SetsRequiredMembers]
    public CircuitJob(PruneJob pruning, ArtifactRef masks, ProbeResult probe, IReadOnlyList<ProbeResult> curve)
        : base(pruning) => (Masks, Method, Hyperparameters, Probe, Curve) = (masks, pruning.Method, pruning.Hyperparameters, probe, curve);

    /// <summary>The trained masks.</summary>
    public required ArtifactRef Masks { get; init; }

    /// <summary>How the pruning ranked the nodes.</summary>
    public PruningMethod Method { get; init; }

    /// <summary>The pruning's hyperparameters, written into the circuit's file.</summary>
    public required PruningHyperparameters Hyperparameters { get; init; }

    /// <summary>The probe that the circuit is.</summary>
    public required ProbeResult Probe { get; init; }

    /// <summary>Every probe made, by increasing k: the loss-vs-size curve.</summary>
    public required IReadOnlyList<ProbeResult> Curve { get; init; }
}

/// <summary>Checks what a circuit claims, on the task's test split: see <see cref="ValidationResult"/>.</summary>
public sealed record ValidateJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public ValidateJob()
    {
    }

    /// <summary>The validation of a circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public ValidateJob(ModelTaskJob inputs, ArtifactRef circuit)
        : base(inputs) => Circuit = circuit;

    /// <summary>The circuit's file.</summary>
    public required ArtifactRef Circuit { get; init; }
}

/// <summary>Finds the smallest circuits of a circuit's pruning for several target losses, each by a bisection that begins with all probes made so far [G fig. 2].</summary>
public sealed record CurveJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public CurveJob()
    {
    }

    /// <summary>The curve of a circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public CurveJob(ModelTaskJob inputs, ArtifactRef circuit, IReadOnlyList<double> targets)
        : base(inputs) => (Circuit, Targets) = (circuit, targets);

    /// <summary>The circuit's file, which names the masks and holds the probes to begin with.</summary>
    public required ArtifactRef Circuit { get; init; }

    /// <summary>The losses to reach, nats; in any order.</summary>
    public required IReadOnlyList<double> Targets { get; init; }
}

/// <summary>
/// Prunes the edges of a circuit as <see cref="PruneJob"/>, <see cref="ProbeJob"/> and <see cref="CircuitJob"/> prune nodes, with the circuit's hyperparameters: masks on the nonzero
/// weights that join two of its nodes, then bisection on their number. Gives a circuit of fewer edges.
/// </summary>
public sealed record PruneEdgesJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public PruneEdgesJob()
    {
    }

    /// <summary>The edge pruning of a circuit of the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public PruneEdgesJob(ModelTaskJob inputs, ArtifactRef circuit)
        : base(inputs) => Circuit = circuit;

    /// <summary>The circuit's file.</summary>
    public required ArtifactRef Circuit { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string CheckpointFolder => $"{Output}/checkpoints";
}
