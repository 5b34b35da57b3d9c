using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>The circuits of a sweep.</summary>
internal sealed class CircuitEndpoints : IEndpoints
{
    private const string Tag = "circuits";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read(
            $"{Api.Sweep}/circuits", "listCircuits", Tag, "Lists the circuits of a sweep, but for those of single prunings.", ListAsync)
            .Produces<Page<CircuitView>>();
        routes.Read(
            $"{Api.Sweep}/circuits/{{model}}/{{task}}/{{kind}}", "getCircuit", Tag, "Gives a circuit: the file circuit.json.", GetAsync)
            .WithDescription("`kind` is one of those that the list has, or the number of a pruning of the search.")
            .Produces<CircuitFile>();
    }

    private static async Task<IResult> ListAsync(
        string sweep, SweepLookup lookup, CancellationToken cancellation, string? model = null, string? task = null, int? offset = null,
        int? limit = null)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        CircuitView[] circuits =
        [
            .. from m in reading.Sweep.Models
               where model is null || m.Plan.Id.Value == model
               from t in m.Tasks
               where task is null || t.Task == task
               from circuit in CircuitView.Of(m, t)
               select circuit.View,
        ];
        return TypedResults.Ok(Page.Of(circuits, offset, limit, circuit => circuit));
    }

    private static async Task<IResult> GetAsync(
        string sweep, string model, string task, string kind, SweepLookup lookup, CancellationToken cancellation)
    {
        var (served, reading) = await lookup.ReadAsync(sweep, cancellation);
        var (found, of) = SweepLookup.Task(reading, model, task);
        var circuits = CircuitView.Of(found, of).ToList();
        var file = int.TryParse(kind, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? of.Search?.Prunings.ElementAtOrDefault(index)?.Outcome?.Circuit?.Circuit
            : circuits.FirstOrDefault(circuit => circuit.View.Kind == kind).File;
        return file is null
            ? throw SweepLookup.Unknown("circuit", kind, circuits.Select(circuit => circuit.View.Kind))
            : StoredFile.Of(served, file);
    }
}

/// <summary>How large a circuit is, and what it answers.</summary>
/// <param name="Nodes">kept nodes</param>
/// <param name="Edges">its edges</param>
/// <param name="ValidationLoss">on the validation pairs, nats; null where it was not measured</param>
/// <param name="TestLoss">on the test pairs, nats</param>
/// <param name="TestAccuracy">fraction of test prompts decided rightly; null where it was not measured</param>
internal sealed record CircuitSize(int Nodes, int Edges, double? ValidationLoss, double TestLoss, double? TestAccuracy)
{
    public static CircuitSize Of(CircuitResult circuit) =>
        new(circuit.Nodes, circuit.Edges, circuit.ValidationLoss, circuit.TestLoss, circuit.TestAccuracy);
}

/// <summary>A circuit.</summary>
/// <param name="Model">the model that it is of</param>
/// <param name="Task">the task</param>
/// <param name="Kind">
/// best (of the search), validated (the same, with all that was checked), edges (with its edges pruned), attribution (the baseline) or
/// given (as it was published)
/// </param>
/// <param name="Size">how large it is, and what it answers</param>
/// <param name="Sha256">of its file</param>
internal sealed record CircuitView(string Model, string Task, string Kind, CircuitSize Size, string Sha256)
{
    /// <summary>The circuits of a task that there are by now, with their files.</summary>
    public static IEnumerable<(CircuitView View, ArtifactRef File)> Of(ModelSnapshot model, TaskSnapshot task)
    {
        if (task.Search?.Best?.Outcome?.Circuit is { } best) yield return View("best", CircuitSize.Of(best), best.Circuit);
        if (task.Validation is { } v)
            yield return View("validated", new CircuitSize(v.Nodes, v.Edges, null, v.Sufficiency, null), v.Circuit);
        if (task.Edges is { } edges) yield return View("edges", CircuitSize.Of(edges), edges.Circuit);
        if (task.Attribution is { } attribution) yield return View("attribution", CircuitSize.Of(attribution), attribution.Circuit);
        if (task.Given?.Circuit is { } given) yield return View("given", CircuitSize.Of(given), given.Circuit);

        (CircuitView View, ArtifactRef File) View(string kind, CircuitSize size, ArtifactRef file) =>
            (new CircuitView(model.Plan.Id.Value, task.Task, kind, size, file.Sha256), file);
    }
}
