using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.Orchestrator.Cli;

/// <summary>What <c>sweeps ask</c> and the HTTP API ask a device process.</summary>
/// <param name="Root">the sweep's folder</param>
/// <param name="Inputs">the model, a <see cref="ModelTaskJob"/></param>
/// <param name="Circuits">the files of its circuits</param>
/// <param name="Prompt">text</param>
/// <param name="Top">how many next tokens to give</param>
/// <param name="Patterns">whether to give attention patterns of the heads that the circuits have nodes of</param>
internal sealed record TextQuestion(
    string Root, Job Inputs, IReadOnlyList<ArtifactRef> Circuits, string Prompt, int Top, bool Patterns = false)
{
    /// <summary>Most next tokens that may be asked for.</summary>
    public const int MostNext = 1000;

    /// <summary>The question to a model and its circuits.</summary>
    /// <param name="sweep">whose model it is</param>
    /// <param name="folder">its folder</param>
    /// <param name="modelId">a trained model, as reports name it</param>
    /// <param name="taskName">only the circuit of this task; null for all circuits of the model</param>
    /// <param name="prompt">text</param>
    /// <param name="top">how many next tokens to give, 1 to <see cref="MostNext"/></param>
    /// <param name="patterns">whether to give attention patterns</param>
    /// <exception cref="CliException">there is no such model, task or circuit</exception>
    public static TextQuestion Of(
        SweepReadModel sweep, string folder, string modelId, string? taskName, string prompt, int top, bool patterns)
    {
        var model = FoundIn.Model(sweep, folder, modelId);
        IReadOnlyList<ArtifactRef> circuits = taskName is null
            ? [.. model.Tasks.Select(FoundIn.Circuit).OfType<ArtifactRef>()]
            : [FoundIn.Circuit(model, FoundIn.Task(sweep, model, taskName))];
        // A model without tasks is asked all the same: no pair of the task is looked at.
        var inputs = SweepPlan.Of(sweep.Spec).Evaluate(
            model.Plan, sweep.Spec.Tasks.Append(TaskCatalog.All[0].Name).First(), sweep.Prepared!, model.Trained!);
        return new TextQuestion(Path.GetFullPath(folder), inputs, circuits, prompt, top, patterns);
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="cancellation">ends the process that is asked</param>
    /// <exception cref="CliException">there is no answer; has its exit code and its words</exception>
    /// <exception cref="OperationCanceledException">it was cancelled</exception>
    public Task<PromptAnswer> AskAsync(CancellationToken cancellation) =>
        DeviceQuestion.AskAsync<TextQuestion, PromptAnswer>("--ask", this, cancellation);
}
