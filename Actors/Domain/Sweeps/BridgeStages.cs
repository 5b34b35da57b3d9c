namespace Sweeps.Domain.Sweeps;

/// <summary>The stages of bridges behind the training, which is that of a model: they are measured, and used.</summary>
internal static class BridgeStages
{
    /// <summary>The name of the trial that measures a model's bridges.</summary>
    internal const string Metrics = "metrics";

    /// <summary>One measurement of each bridged model.</summary>
    public static ModelParts Measure { get; } = new()
    {
        Names = _ => [Metrics],
        IsFor = (_, model, _) => model.Bridged is not null,
        Job = (inputs, _) => inputs.Trained is not TrainBridgeResult trained ? null : new BridgeEvaluateJob
        {
            Output = inputs.Output,
            Seed = inputs.Seed(inputs.Output),
            Dense = trained.Dense,
            Sparse = trained.Model,
            Bridges = trained.Bridges,
            Corpus = inputs.Prepared.Corpus,
            EvalTokens = inputs.Spec.Bridges.EvalTokens,
        },
    };

    /// <summary>The same by a circuit of a model that was trained alone, through decoders that are fitted.</summary>
    public static BridgeInterveneJob Regress(SweepSpec spec, TrainResult dense, ModelTaskJob inputs, ArtifactRef circuit) =>
        new(inputs, dense.Model, null, circuit) { Intervention = spec.Bridges.Intervention };

    /// <summary>The interventions by a circuit of a bridged model.</summary>
    public static BridgeInterveneJob Intervene(SweepSpec spec, TrainResult trained, ModelTaskJob inputs, ArtifactRef circuit)
    {
        var bridged = (TrainBridgeResult)trained;
        return new BridgeInterveneJob(inputs, bridged.Dense, bridged.Bridges, circuit) { Intervention = spec.Bridges.Intervention };
    }
}
