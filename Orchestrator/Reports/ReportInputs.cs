using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The files that a report draws: training curves by model, and wirings by model and task.</summary>
internal sealed record ReportInputs(
    IReadOnlyDictionary<string, TrainingCurve> Curves, IReadOnlyDictionary<(string Model, string Task), CircuitGraph> Circuits)
{
    /// <summary>Reads what <paramref name="report"/> names from the sweep's folder, checking every digest.</summary>
    /// <exception cref="JobFailedException">a file is missing or is not the one that the sweep wrote</exception>
    public static ReportInputs Load(ReportDocument report, ArtifactStore store)
    {
        var curves = new Dictionary<string, TrainingCurve>(StringComparer.Ordinal);
        var circuits = new Dictionary<(string, string), CircuitGraph>();
        foreach (var model in report.Models)
        {
            if (model.Trained is { } trained) curves.Add(model.Id, TrainingCurve.Load(store.Verify(trained.Curve)));
            foreach (var task in model.Tasks)
                if (task.Best is { } best) circuits.Add((model.Id, task.Task), CircuitGraph.Of(CircuitFile.Parse(store.ReadVerified(best.File))));
        }
        return new ReportInputs(curves, circuits);
    }
}
