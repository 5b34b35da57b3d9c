using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Questions to models, as <c>sweeps ask</c> and <c>sweeps intervene</c> ask them.</summary>
internal sealed class AskEndpoints : IEndpoints
{
    private const int UsualNext = 8;

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services) => services.AddSingleton<QuestionQueue>();

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Command(
            $"{Api.Sweep}/models/{{model}}/ask", "askModel", "models",
            "Asks a trained model what follows a prompt, and its circuits what they answer.", AskAsync)
            .WithDescription(
                "The model runs on the processor of the server's machine, one question at a time. `heads` has attention patterns where "
                    + "`patterns` is true: row t has the weights that token t gives to the tokens up to itself.")
            .Produces<PromptAnswer>();
        routes.Command(
            $"{Api.Sweep}/circuits/{{model}}/{{task}}/intervene", "intervene", "circuits",
            "Says what a model and its circuit answer on the task's test pairs when nodes are changed.", InterveneAsync)
            .WithDescription(
                "`kind` of a change is set (to `value`), mean (the node's over the corpus) or swap (what it is on the other prompt of the "
                    + "pair; pairs of different lengths are left out). The circuit is the validated one, or the best of the search.")
            .Produces<InterventionResult>();
    }

    private static async Task<IResult> AskAsync(
        string sweep, string model, AskBody body, HttpContext context, SweepLookup lookup, QuestionQueue queue)
    {
        if (body.Top is < 1 or > TextQuestion.MostNext)
            throw RequestException.Invalid($"top is {body.Top}: expected 1 to {TextQuestion.MostNext}");
        CommandRecord.Of(context).Asked = body.Prompt;
        var (served, reading) = await lookup.ReadAsync(sweep, context.RequestAborted);
        SweepLookup.Model(reading, model);
        return await AnswerAsync(context, queue, cancellation => TextQuestion.Of(
            reading.Sweep, served.Folder, model, body.Task, body.Prompt, body.Top ?? UsualNext, body.Patterns).AskAsync(cancellation));
    }

    private static async Task<IResult> InterveneAsync(
        string sweep, string model, string task, InterveneBody body, HttpContext context, SweepLookup lookup, QuestionQueue queue)
    {
        if (body.Changes.Count == 0) throw RequestException.Invalid("nothing is changed: expected at least one change");
        // What a list may have, the reader of JSON does not check.
        if (body.Changes.Any(change => change is null)) throw RequestException.Invalid("changes has null: expected changes of nodes");
        if (body.Changes.FirstOrDefault(change => !float.IsFinite(change.Value)) is { } wrong)
            throw RequestException.Invalid($"value of {wrong.Node} is {wrong.Value}: expected a number");
        CommandRecord.Of(context).Asked = string.Join(' ', body.Changes.Select(change => $"{change.Kind} {change.Node}"));
        var (served, reading) = await lookup.ReadAsync(sweep, context.RequestAborted);
        SweepLookup.Task(reading, model, task);
        return await AnswerAsync(context, queue, cancellation => NodeQuestion.Of(
            reading.Sweep, served.Folder, model, task, body.Changes).AskAsync(cancellation));
    }

    private static async Task<IResult> AnswerAsync<T>(HttpContext context, QuestionQueue queue, Func<CancellationToken, Task<T>> ask)
    {
        try
        {
            var answer = await queue.AskAsync(ask, context.RequestAborted);
            CommandRecord.Of(context).Answer = "answered";
            return TypedResults.Ok(answer);
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Invalid)
        {
            throw RequestException.Invalid(e.Message);
        }
    }
}

/// <summary>A question to a model.</summary>
/// <param name="Prompt">text of at least one token, and at most as many as the model's context</param>
/// <param name="Task">asks only the circuit of this task; null for all circuits of the model</param>
/// <param name="Top">how many next tokens to give, 1 to 1,000; 8 when nothing is said</param>
/// <param name="Patterns">whether to give attention patterns of the heads that the circuits have nodes of</param>
internal sealed record AskBody(string Prompt, string? Task = null, int? Top = null, bool Patterns = false);

/// <summary>A question what changing nodes does.</summary>
/// <param name="Changes">at least one, and of a node at most one</param>
internal sealed record InterveneBody(IReadOnlyList<NodeChange> Changes);
