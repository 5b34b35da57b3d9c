using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Web.Reading;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>The searches for circuits: their rounds, and every pruning.</summary>
internal sealed class SearchEndpoints : IEndpoints
{
    private const string Tag = "searches";
    private const string One = $"{Api.Sweep}/searches/{{model}}/{{task}}";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read($"{Api.Sweep}/searches", "listSearches", Tag, "Lists the searches of a sweep that have begun.", ListAsync)
            .Produces<Page<SearchView>>();
        routes.Read(
            One, "getSearch", Tag, "Says what a search has found: its rounds, its prunings, and which hyperparameters mattered.", GetAsync)
            .Produces<SearchDetail>();
        routes.Read($"{One}/prunings/{{index}}", "getPruning", Tag, "Says what came of a pruning, with its loss by size.", PruningAsync)
            .Produces<PruningView>();
    }

    private static async Task<IResult> ListAsync(
        string sweep, SweepLookup lookup, CancellationToken cancellation, string? model = null, string? task = null, int? offset = null,
        int? limit = null)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        SearchSnapshot[] searches =
        [
            .. from m in reading.Sweep.Models
               where model is null || m.Plan.Id.Value == model
               from t in m.Tasks
               where t.Search is not null && (task is null || t.Task == task)
               select t.Search,
        ];
        return TypedResults.Ok(Page.Of(searches, offset, limit, search => SearchView.Of(search, reading.Sweep.Spec)));
    }

    private static async Task<IResult> GetAsync(string sweep, string model, string task, SweepLookup lookup, CancellationToken cancellation)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        var (found, of) = SweepLookup.Task(reading, model, task);
        var search = Begun(of);
        // How much each hyperparameter mattered takes a while to compute.
        var report = await Task.Run(() => reading.Report(found, of), cancellation);
        return TypedResults.Ok(new SearchDetail(
            SearchView.Of(search, reading.Sweep.Spec), report.Search!, report.BestSoFar, report.Prunings, report.Best));
    }

    private static async Task<IResult> PruningAsync(
        string sweep, string model, string task, int index, SweepLookup lookup, CancellationToken cancellation)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        var (_, of) = SweepLookup.Task(reading, model, task);
        var search = Begun(of);
        return index >= 0 && index < search.Prunings.Count
            ? TypedResults.Ok(PruningView.Of(search, search.Prunings[index]))
            : throw RequestException.NotFound($"the search has no pruning {index}: expected 0 to {search.Prunings.Count - 1}");
    }

    private static SearchSnapshot Begun(TaskSnapshot task) =>
        task.Search ?? throw RequestException.NotFound($"the search of {task.Task} has not begun");
}

/// <summary>A search for the smallest circuit of a task in a model.</summary>
/// <param name="Id">its name, such as <c>searches/MODEL/TASK</c></param>
/// <param name="Model">the model</param>
/// <param name="Task">the task</param>
/// <param name="RoundsClosed">rounds whose prunings have all ended</param>
/// <param name="Rounds">rounds in all, unless another rule ends it</param>
/// <param name="Suggested">prunings that were suggested</param>
/// <param name="Observed">prunings whose outcome is known</param>
/// <param name="Ended">which rule ended it; null while it goes on</param>
/// <param name="Best">the best pruning of the closed rounds; null while there is none</param>
internal sealed record SearchView(
    string Id, string Model, string Task, int RoundsClosed, int Rounds, int Suggested, int Observed, StopReason? Ended, BestPruning? Best)
{
    public static SearchView Of(SearchSnapshot search, SweepSpec spec) => new(
        search.Id.ToString(), search.Id.Model.Value, search.Id.Task, search.RoundsClosed, spec.Search.Rounds, search.Prunings.Count,
        search.Prunings.Count(pruning => pruning.Outcome is not null), search.Ended,
        search.Best is { Outcome: { } outcome } best
            ? new BestPruning(
                best.Index, outcome.Objective, outcome.Circuit?.Nodes, outcome.Circuit?.Edges, outcome.Circuit?.ValidationLoss)
            : null);
}

/// <summary>The best pruning of a search.</summary>
/// <param name="Index">which, from 0 over all rounds</param>
/// <param name="Objective">what the search makes small</param>
/// <param name="Nodes">of its circuit; null when it has none</param>
/// <param name="Edges">of its circuit</param>
/// <param name="Loss">of its circuit on the validation pairs, nats</param>
internal sealed record BestPruning(int Index, double? Objective, int? Nodes, int? Edges, double? Loss);

/// <summary>A search in detail.</summary>
/// <param name="Search">the search</param>
/// <param name="Analysis">what it found out, from its closed rounds</param>
/// <param name="BestSoFar">the lowest objective after each closed round</param>
/// <param name="Prunings">every suggestion, in order</param>
/// <param name="Best">the circuit of the best pruning; null while there is none</param>
internal sealed record SearchDetail(
    SearchView Search, ReportSearch Analysis, IReadOnlyList<double?> BestSoFar, IReadOnlyList<ReportPruning> Prunings, ReportCircuit? Best);

/// <summary>A pruning.</summary>
/// <param name="Trial">its trial</param>
/// <param name="Index">from 0 over all rounds</param>
/// <param name="Round">from 0</param>
/// <param name="Hyperparameters">what was suggested</param>
/// <param name="Objective">what the search makes small; null until it is known, and for a failure</param>
/// <param name="Curve">loss by size: every probe, by rising number of nodes</param>
/// <param name="Circuit">the circuit that it ended at; null when there is none</param>
/// <param name="Stopped">where its bisection was stopped early; null when it was not</param>
/// <param name="Failure">why there is no objective, or null</param>
/// <param name="Forgotten">why it was given up, through no fault of its own, or null</param>
internal sealed record PruningView(
    string Trial, int Index, int Round, PruningHyperparameters Hyperparameters, double? Objective, IReadOnlyList<ProbeView> Curve,
    CircuitSize? Circuit, PruningStop? Stopped, string? Failure, string? Forgotten)
{
    public static PruningView Of(SearchSnapshot search, PruningSnapshot pruning)
    {
        var outcome = pruning.Outcome;
        return new PruningView(
            search.Id.Pruning(pruning.Index).Value, pruning.Index, pruning.Round, pruning.Hyperparameters, outcome?.Objective,
            [.. (outcome?.Curve ?? []).Select(probe => new ProbeView(probe.K, probe.Edges, probe.Loss, probe.LossBefore))],
            outcome?.Circuit is { } circuit ? CircuitSize.Of(circuit) : null, outcome?.Stopped, outcome?.Failure, pruning.Forgotten);
    }
}

/// <summary>The circuit of so many nodes.</summary>
/// <param name="Nodes">how many</param>
/// <param name="Edges">its edges</param>
/// <param name="Loss">on the validation pairs, after calibration, nats</param>
/// <param name="LossBefore">before calibration, nats</param>
internal sealed record ProbeView(int Nodes, int Edges, double Loss, double LossBefore);
