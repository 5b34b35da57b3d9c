using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.ModelCore.Training;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>The models of a sweep, and their training curves.</summary>
internal sealed class ModelEndpoints : IEndpoints
{
    private const string Tag = "models";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read($"{Api.Sweep}/models", "listModels", Tag, "Lists the models of a sweep, in the order of its plan.", ListAsync)
            .Produces<Page<ModelView>>();
        routes.Read($"{Api.Sweep}/models/{{model}}", "getModel", Tag, "Says what there is of a model, and of its tasks.", GetAsync)
            .Produces<ModelDetail>();
        routes.Read($"{Api.Sweep}/models/{{model}}/curve", "getCurve", Tag, "Gives the training curve of a trained model.", CurveAsync)
            .Produces<TrainingCurve>();
    }

    private static async Task<IResult> ListAsync(
        string sweep, SweepLookup lookup, CancellationToken cancellation, string? group = null, int? offset = null, int? limit = null)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        ModelSnapshot[] models = [.. reading.Sweep.Models.Where(model => group is null || model.Plan.Group == group)];
        return TypedResults.Ok(Page.Of(models, offset, limit, ModelView.Of));
    }

    private static async Task<IResult> GetAsync(string sweep, string model, SweepLookup lookup, CancellationToken cancellation)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        var found = SweepLookup.Model(reading, model);
        return TypedResults.Ok(new ModelDetail(
            ModelView.Of(found), [.. found.Tasks.Select(task => ModelTaskView.Of(found, task, reading.Sweep))]));
    }

    private static async Task<IResult> CurveAsync(string sweep, string model, SweepLookup lookup, CancellationToken cancellation)
    {
        var (served, reading) = await lookup.ReadAsync(sweep, cancellation);
        var found = SweepLookup.Model(reading, model);
        return found.Trained is { } trained
            ? StoredFile.Of(served, trained.Curve)
            : throw RequestException.NotFound(
                $"{model} has no curve: {found.Failure ?? found.Stopped?.ToString() ?? "it is not trained yet"}");
    }
}

/// <summary>Where a model is.</summary>
internal enum ModelState
{
    /// <summary>Not trained yet.</summary>
    Planned,

    /// <summary>Trained, or imported.</summary>
    Trained,

    /// <summary>Its training was stopped early, as it had fallen behind others.</summary>
    Stopped,

    /// <summary>Its training failed.</summary>
    Failed,
}

/// <summary>A model of a sweep.</summary>
/// <param name="Id">its name within the sweep</param>
/// <param name="Group">what models have in common that differ only in their learning rate, or in what a search suggested</param>
/// <param name="State">where it is</param>
/// <param name="DModel">width of its residual stream</param>
/// <param name="NLayer">number of its layers</param>
/// <param name="L0Target">the fraction of nonzeros asked for; of an imported model that which it has</param>
/// <param name="PeakLr">its peak learning rate; null for an imported model, and where a search has not suggested it yet</param>
/// <param name="Replica">its number among models that differ in their seeds</param>
/// <param name="Selected">whether it goes on to its tasks: the lowest validation loss of its group</param>
/// <param name="Trained">how its training ended; null until then, and when that failed</param>
/// <param name="Suggested">what the search over its group's training suggested; null where there is none</param>
/// <param name="Stopped">where and why its training was stopped early; null when it was not</param>
/// <param name="Failure">why its training failed, or null</param>
internal sealed record ModelView(
    string Id, string Group, ModelState State, int DModel, int NLayer, double L0Target, double? PeakLr, int Replica, bool Selected,
    TrainedView? Trained, SuggestedTraining? Suggested, EarlyStop? Stopped, string? Failure)
{
    public static ModelView Of(ModelSnapshot model)
    {
        var plan = model.Plan;
        var isKnown = plan.Source is null && (plan.Suggestion is null || model.Suggested is not null);
        var state = model.Trained is not null ? ModelState.Trained
            : model.Stopped is not null ? ModelState.Stopped
            : model.Failure is not null ? ModelState.Failed
            : ModelState.Planned;
        return new ModelView(
            plan.Id.Value, plan.Group, state, plan.Config.DModel, plan.Config.NLayer, plan.Training.L0,
            isKnown ? plan.Training.PeakLr : null, plan.Replica, model.Selected,
            model.Trained is { } trained ? TrainedView.Of(trained) : null, model.Suggested, model.Stopped, model.Failure);
    }
}

/// <summary>How a training ended.</summary>
/// <param name="Sha256">of the model's file: its identity</param>
/// <param name="Steps">steps trained</param>
/// <param name="Parameters">entries of all parameters</param>
/// <param name="Nonzeros">nonzero entries counted in L0</param>
/// <param name="L0">their fraction</param>
/// <param name="TrainLoss">mean of the last logged window, nats per token</param>
/// <param name="ValidationLoss">nats per token</param>
/// <param name="DeadFraction">nodes that were nonzero on no token of the last evaluation, as a fraction</param>
/// <param name="ResidualKurtosis">of the final residual</param>
internal sealed record TrainedView(
    string Sha256, int Steps, long Parameters, long Nonzeros, double L0, double TrainLoss, double ValidationLoss, double DeadFraction,
    double ResidualKurtosis)
{
    public static TrainedView Of(TrainResult t) => new(
        t.Model.Sha256, t.Steps, t.Parameters, t.Nonzeros, t.L0, t.TrainLoss, t.ValidationLoss, t.DeadFraction, t.ResidualKurtosis);
}

/// <summary>A model in detail.</summary>
/// <param name="Model">the model</param>
/// <param name="Tasks">its tasks, in the sweep's order; none when it is not selected</param>
internal sealed record ModelDetail(ModelView Model, IReadOnlyList<ModelTaskView> Tasks);

/// <summary>A task in a model.</summary>
/// <param name="Task">its name</param>
/// <param name="Verdict">what became of it</param>
/// <param name="Unpruned">the whole model on the task; null until measured</param>
/// <param name="Skipped">whether it is left out, as the model has not learned it</param>
/// <param name="Failure">why it could not be measured, or null</param>
/// <param name="Search">the search for its circuit; null until begun</param>
/// <param name="Circuits">the circuits that there are by now</param>
internal sealed record ModelTaskView(
    string Task, CircuitVerdict Verdict, EvaluateResult? Unpruned, bool Skipped, string? Failure, SearchView? Search,
    IReadOnlyList<CircuitView> Circuits)
{
    public static ModelTaskView Of(ModelSnapshot model, TaskSnapshot task, SweepReadModel sweep) => new(
        task.Task, ReportBuilder.Verdict(model.Plan, task, sweep), task.Evaluated, task.Skipped, task.Failure,
        task.Search is { } search ? SearchView.Of(search, sweep.Spec) : null,
        [.. CircuitView.Of(model, task).Select(circuit => circuit.View)]);
}
