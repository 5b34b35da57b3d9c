namespace Sweeps.Domain.Sweeps;

/// <summary>The circuit of a task in a basis.</summary>
/// <param name="Basis">see <see cref="CircuitBases"/></param>
/// <param name="Circuit">what was found</param>
public sealed record BasisSnapshot(string Basis, BasisCircuitResult Circuit)
{
    /// <summary>What is known of a task in a model, in the order of the bases; without those of which nothing is known.</summary>
    internal static IReadOnlyList<BasisSnapshot> Of(SweepState sweep, PlannedModel model, string task) => sweep.Plan!.Spec.Has(
        SweepStage.BasisCircuits)
        ?
        [
            .. from basis in CircuitBases.All
               let trial = model.Of(SweepStage.BasisCircuits, BasisStages.Name(task, basis.Name))
               let circuit = sweep.Trials.GetValueOrDefault(trial)?.Result as BasisCircuitResult
               where circuit is not null
               select new BasisSnapshot(basis.Name, circuit),
        ]
        : [];
}
