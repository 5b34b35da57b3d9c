using System.Collections.Frozen;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sweeps.Contracts;

/// <summary>
/// Every kind of job, once. JSON, priorities, the words of the log and what runs a job go by this list: a new kind is its records, a line
/// here, and
/// what runs it in the list of those that run jobs.
/// </summary>
public static class JobCatalog
{
    /// <summary>All kinds. Of kinds with the same type of result, the result has the name of the first.</summary>
    public static IReadOnlyList<JobKind> All { get; } =
    [
        JobKind.Of<PrepareJob, PrepareResult>("prepare", 0),
        JobKind.Of<TrainJob, TrainResult>("train", 1),
        JobKind.Of<ImportJob, TrainResult>("import", 1),
        JobKind.Of<TrainBridgeJob, TrainBridgeResult>("bridge", 1),
        JobKind.Of<EvaluateJob, EvaluateResult>("evaluate", 2),
        JobKind.Of<PruneJob, PruneResult>("prune", 5),
        JobKind.Of<ProbeJob, ProbeResult>("probe", 4),
        JobKind.Of<CircuitJob, CircuitResult>("circuit", 3),
        // Nothing waits for these.
        JobKind.Of<ValidateJob, ValidationResult>("validate", 6),
        JobKind.Of<CurveJob, CurveResult>("curve", 6),
        JobKind.Of<PruneEdgesJob, CircuitResult>("edges", 6),
        JobKind.Of<GivenJob, GivenResult>("given", 6),
        JobKind.Of<BridgeEvaluateJob, BridgeEvaluateResult>("bridgeevaluation", 6),
        JobKind.Of<BridgeInterveneJob, BridgeInterveneResult>("bridgeintervention", 6),
        JobKind.Of<TrainAutoencoderJob, TrainAutoencoderResult>("autoencoder", 6),
        JobKind.Of<EvaluateDictionariesJob, EvaluateDictionariesResult>("dictionaries", 6),
        JobKind.Of<AblateFeaturesJob, AblateFeaturesResult>("ablation", 6),
        JobKind.Of<ScoreFeaturesJob, ScoreFeaturesResult>("features", 6),
        JobKind.Of<BasisCircuitJob, BasisCircuitResult>("basiscircuit", 6),
    ];

    private static readonly FrozenDictionary<Type, JobKind> _byJob = All.ToFrozenDictionary(kind => kind.Job);

    /// <summary>The kind of <paramref name="job"/>.</summary>
    /// <exception cref="ArgumentException">the list has none of that type</exception>
    public static JobKind Of(Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return _byJob.GetValueOrDefault(job.GetType())
            ?? throw new ArgumentException($"{job.GetType().Name} is not in the catalogue of jobs", nameof(job));
    }

    /// <summary>
    /// Teaches JSON the names of jobs and results: a modifier for <see cref="DefaultJsonTypeInfoResolver"/>. Without it neither is written
    /// or read:
    /// <see cref="JsonPolymorphicAttribute"/> wants names.
    /// </summary>
    public static void AddNames(JsonTypeInfo type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (type.Type == typeof(Job)) Add(All.Select(kind => new JsonDerivedType(kind.Job, kind.Name)));
        if (type.Type == typeof(JobResult))
            Add(All.DistinctBy(kind => kind.Result).Select(kind => new JsonDerivedType(kind.Result, kind.Name)));

        void Add(IEnumerable<JsonDerivedType> named)
        {
            foreach (var one in named) type.PolymorphismOptions!.DerivedTypes.Add(one);
        }
    }
}
