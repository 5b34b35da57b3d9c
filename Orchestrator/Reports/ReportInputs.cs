using System.Text;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The files that a report draws.</summary>
/// <param name="Curves">training curves by model</param>
/// <param name="Circuits">wirings by model and task, of the models that are shown in detail</param>
/// <param name="Detailed">whether a model's circuits are drawn, and its searches shown one by one</param>
internal sealed record ReportInputs(
    IReadOnlyDictionary<string, TrainingCurve> Curves, IReadOnlyDictionary<(string Model, string Task), CircuitGraph> Circuits,
    Predicate<ReportModel> Detailed)
{
    /// <summary>The most of circuits' files that a report holds; those that would go beyond it are drawn only.</summary>
    public const int MostViewedBytes = 8 << 20;

    /// <summary>
    /// circuit.json by model and task, with all that was checked where that is, of the circuits that a reader can follow node by node.
    /// </summary>
    public IReadOnlyDictionary<(string Model, string Task), string> Viewed { get; init; } = new Dictionary<(string, string), string>();

    /// <summary>
    /// Wirings of the circuits that models were published with, by model and task, of the models that are shown in detail.
    /// </summary>
    public IReadOnlyDictionary<(string Model, string Task), CircuitGraph> Given { get; init; } =
        new Dictionary<(string, string), CircuitGraph>();

    /// <summary>Reads what <paramref name="report"/> names from the sweep's folder, checking every digest.</summary>
    /// <param name="report">what to draw</param>
    /// <param name="store">the sweep's folder</param>
    /// <param name="detailed">the models whose circuits are drawn, and whose searches are shown one by one; null for all</param>
    /// <exception cref="JobFailedException">a file is missing or is not the one that the sweep wrote</exception>
    public static ReportInputs Load(ReportDocument report, ArtifactStore store, IReadOnlyCollection<string>? detailed)
    {
        var curves = new Dictionary<string, TrainingCurve>(StringComparer.Ordinal);
        var (circuits, given) = (new Dictionary<(string, string), CircuitGraph>(), new Dictionary<(string, string), CircuitGraph>());
        var (viewed, bytes) = (new Dictionary<(string, string), string>(), 0L);
        foreach (var model in report.Models)
        {
            if (model.Trained is { } trained) curves.Add(model.Id, TrainingCurve.Load(store.Verify(trained.Curve)));
            if (detailed?.Contains(model.Id) == false) continue;
            foreach (var task in model.Tasks)
            {
                if (task.Best is { } best)
                {
                    circuits.Add((model.Id, task.Task), Read(best.File));
                    var file = task.Validation?.Circuit ?? best.File;
                    if (bytes + file.Bytes <= MostViewedBytes)
                    {
                        viewed.Add((model.Id, task.Task), Encoding.UTF8.GetString(store.ReadVerified(file)));
                        bytes += file.Bytes;
                    }
                }
                if (task.Given is { } published) given.Add((model.Id, task.Task), Read(published.Circuit.Circuit));
            }
        }
        return new ReportInputs(curves, circuits, model => detailed?.Contains(model.Id) != false) { Given = given, Viewed = viewed };

        CircuitGraph Read(ArtifactRef file) => CircuitGraph.Of(CircuitFile.Parse(store.ReadVerified(file)));
    }
}
