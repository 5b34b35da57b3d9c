namespace Sweeps.Domain.Sweeps;

/// <summary>The bridges of a model that was trained together with them.</summary>
/// <param name="Dense">the dense model's id</param>
/// <param name="Like">the id of the model that it is trained like, without bridges</param>
/// <param name="Trained">null until it is, and when that failed</param>
/// <param name="Measured">null until they are, and when that failed</param>
/// <param name="Interventions">by task; without those of which nothing is known</param>
public sealed record BridgesSnapshot(
    string Dense, string Like, TrainBridgeResult? Trained, BridgeEvaluateResult? Measured,
    IReadOnlyList<InterventionSnapshot> Interventions)
{
    /// <summary>What is known of a model's bridges; null of a model that is trained alone.</summary>
    internal static BridgesSnapshot? Of(SweepState sweep, PlannedModel model) => model.Bridged is not { } bridged ? null : new(
        bridged.Dense, bridged.Like, sweep.Trained(model) as TrainBridgeResult,
        Result(sweep, model.Of(SweepStage.Bridges, BridgeStages.Metrics)) as BridgeEvaluateResult,
        [
            .. from task in sweep.Plan!.Spec.Tasks
               let found = Result(sweep, model.Of(SweepStage.Interventions, task)) as BridgeInterveneResult
               where found is not null
               let like = sweep.Plan.Dense(bridged.Like)
               select new InterventionSnapshot(
                   task, found, Result(sweep, like.Of(SweepStage.Ridges, task)) as BridgeInterveneResult),
        ]);

    private static JobResult? Result(SweepState sweep, TrialId trial) => sweep.Trials.GetValueOrDefault(trial)?.Result;
}

/// <summary>Nodes of a task's circuit, changed in the dense model.</summary>
/// <param name="Task">which task</param>
/// <param name="Found">both directions</param>
/// <param name="Ridge">
/// the same with the model that is trained alone and decoders that are fitted; null until it is known, and where it is not asked for
/// </param>
public sealed record InterventionSnapshot(string Task, BridgeInterveneResult Found, BridgeInterveneResult? Ridge);
