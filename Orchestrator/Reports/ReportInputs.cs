using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The files that a report draws.</summary>
/// <param name="Curves">training curves by model</param>
/// <param name="Circuits">wirings by model and task, of the models that are shown in detail</param>
/// <param name="Detailed">whether a model's circuits are drawn, and its searches shown one by one</param>
internal sealed record ReportInputs(
    IReadOnlyDictionary<string, TrainingCurve> Curves, IReadOnlyDictionary<(string Model, string Task), CircuitGraph> Circuits, Predicate<ReportModel> Detailed)
{
    /// <summary>Reads what <paramref name="report"/> names from the sweep's folder, checking every digest.</summary>
    /// <param name="report">what to draw</param>
    /// <param name="store">the sweep's folder</param>
    /// <param name="detailed">the models whose circuits are drawn, and whose searches are shown one by one; null for all</param>
    /// <exception cref="JobFailedException">a file is missing or is not the one that the sweep wrote</exception>
    public static ReportInputs Load(ReportDocument report, ArtifactStore store, IReadOnlyCollection<string>? detailed)
    {
        var curves = new Dictionary<string, TrainingCurve>(StringComparer.Ordinal);
        var circuits = new Dictionary<(string, string), CircuitGraph>();
        foreach (var model in report.Models)
        {
            if (model.Trained is { } trained) curves.Add(model.Id, TrainingCurve.Load(store.Verify(trained.Curve)));
            if (detailed?.Contains(model.Id) == false) continue;
            foreach (var task in model.Tasks)
                if (task.Best is { } best) circuits.Add((model.Id, task.Task), CircuitGraph.Of(CircuitFile.Parse(store.ReadVerified(best.File))));
        }
        return new ReportInputs(curves, circuits, model => detailed?.Contains(model.Id) != false);
    }
}
