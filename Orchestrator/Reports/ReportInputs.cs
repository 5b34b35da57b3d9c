using System.Text;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Reports;

/// <summary>The files that a report draws.</summary>
/// <param name="Curves">training curves by model</param>
/// <param name="Circuits">
/// circuits by model and task, with all that was checked where that is, of the models that are shown in detail
/// </param>
/// <param name="Detailed">whether a model's circuits are drawn, and its searches shown one by one</param>
internal sealed record ReportInputs(
    IReadOnlyDictionary<string, TrainingCurve> Curves, IReadOnlyDictionary<(string Model, string Task), DrawnCircuit> Circuits,
    Predicate<ReportModel> Detailed)
{
    /// <summary>The most of circuits' files that a report holds; those that would go beyond it are drawn only.</summary>
    public const int MostViewedBytes = 8 << 20;

    /// <summary>
    /// circuit.json by model and task, with all that was checked where that is, of the circuits that a reader can follow node by node.
    /// </summary>
    public IReadOnlyDictionary<(string Model, string Task), string> Viewed { get; init; } = new Dictionary<(string, string), string>();

    /// <summary>The circuits that models were published with, by model and task, of the models that are shown in detail.</summary>
    public IReadOnlyDictionary<(string Model, string Task), DrawnCircuit> Given { get; init; } =
        new Dictionary<(string, string), DrawnCircuit>();

    /// <summary>Of validated circuits, by model and task: what they do when more and more of the other nodes are resampled.</summary>
    public IReadOnlyDictionary<(string Model, string Task), IReadOnlyList<ResampleRung>> Ladders { get; init; } =
        new Dictionary<(string, string), IReadOnlyList<ResampleRung>>();

    /// <summary>Reads what <paramref name="report"/> names from the sweep's folder, checking every digest.</summary>
    /// <param name="report">what to draw</param>
    /// <param name="store">the sweep's folder</param>
    /// <param name="detailed">the models whose circuits are drawn, and whose searches are shown one by one; null for all</param>
    /// <exception cref="JobFailedException">a file is missing or is not the one that the sweep wrote</exception>
    public static ReportInputs Load(ReportDocument report, ArtifactStore store, IReadOnlyCollection<string>? detailed)
    {
        var curves = new Dictionary<string, TrainingCurve>(StringComparer.Ordinal);
        var (circuits, given) = (new Dictionary<(string, string), DrawnCircuit>(), new Dictionary<(string, string), DrawnCircuit>());
        var ladders = new Dictionary<(string, string), IReadOnlyList<ResampleRung>>();
        var (viewed, bytes) = (new Dictionary<(string, string), string>(), 0L);
        foreach (var model in report.Models)
        {
            if (model.Trained is { } trained) curves.Add(model.Id, TrainingCurve.Load(store.Verify(trained.Curve)));
            var isDetailed = detailed?.Contains(model.Id) != false;
            foreach (var task in model.Tasks)
            {
                var key = (model.Id, task.Task);
                if (isDetailed && task.Given is { } published)
                    given.Add(key, DrawnCircuit.Of(CircuitFile.Parse(store.ReadVerified(published.Circuit.Circuit))));
                // Of a model that is in tables only, what was checked is read.
                if ((task.Validation?.Circuit ?? (isDetailed ? task.Best?.File : null)) is not { } file) continue;
                var content = store.ReadVerified(file);
                var circuit = CircuitFile.Parse(content);
                if (circuit.Checks?.Ladder is { Count: > 0 } ladder) ladders.Add(key, ladder);
                if (!isDetailed) continue;
                circuits.Add(key, DrawnCircuit.Of(circuit));
                if (bytes + file.Bytes > MostViewedBytes) continue;
                viewed.Add(key, Encoding.UTF8.GetString(content));
                bytes += file.Bytes;
            }
        }
        return new ReportInputs(curves, circuits, model => detailed?.Contains(model.Id) != false)
        {
            Given = given,
            Viewed = viewed,
            Ladders = ladders,
        };
    }
}
