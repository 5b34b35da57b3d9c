using Sweeps.ModelCore.Pruning;

namespace Sweeps.Orchestrator.Cli;

/// <summary>What <c>sweeps intervene</c> and the HTTP API ask a device process.</summary>
/// <param name="Root">the sweep's folder</param>
/// <param name="Inputs">the model and the task, a <see cref="ModelTaskJob"/></param>
/// <param name="Circuit">the circuit's file</param>
/// <param name="Changes">of nodes</param>
internal sealed record NodeQuestion(string Root, Job Inputs, ArtifactRef Circuit, IReadOnlyList<NodeChange> Changes)
{
    /// <summary>The question what changing nodes does to the answers of a model, and of its circuit.</summary>
    /// <param name="sweep">whose model it is</param>
    /// <param name="folder">its folder</param>
    /// <param name="modelId">a trained model, as reports name it</param>
    /// <param name="taskName">a task whose search has ended</param>
    /// <param name="changes">at least one</param>
    /// <exception cref="CliException">there is no such model, task or circuit, or nothing is changed</exception>
    public static NodeQuestion Of(
        SweepReadModel sweep, string folder, string modelId, string taskName, IReadOnlyList<NodeChange> changes)
    {
        var model = FoundIn.Model(sweep, folder, modelId);
        var circuit = FoundIn.Circuit(model, FoundIn.Task(sweep, model, taskName));
        var inputs = SweepPlan.Of(sweep.Spec).Evaluate(model.Plan, taskName, sweep.Prepared!, model.Trained!);
        return new NodeQuestion(Path.GetFullPath(folder), inputs, circuit, changes);
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="cancellation">ends the process that is asked</param>
    /// <exception cref="CliException">there is no answer; has its exit code and its words</exception>
    /// <exception cref="OperationCanceledException">it was cancelled</exception>
    public Task<InterventionResult> AskAsync(CancellationToken cancellation) =>
        DeviceQuestion.AskAsync<NodeQuestion, InterventionResult>("--intervene", this, cancellation);
}
