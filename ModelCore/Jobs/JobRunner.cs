using System.Runtime.InteropServices;
using Sweeps.Files;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// Runs jobs: the one way into ModelCore. What runs each kind is in <see cref="JobHandlers"/>; what jobs on one model share stays in memory
/// between
/// them, so that hundreds of prunings and their probes load it once: see <see cref="KeptInputs"/>. Not thread-safe.
/// </summary>
public sealed class JobRunner : IDisposable
{
    private readonly KeptInputs _kept;

    /// <summary>Weights of models kept in memory where the caller does not say: 4 GiB.</summary>
    public const long DefaultModelBudget = 4L << 30;

    /// <summary>A runner with nothing loaded.</summary>
    /// <param name="modelBudgetBytes">weights of models kept in memory, at least one model whatever its size</param>
    public JobRunner(long modelBudgetBytes = DefaultModelBudget)
    {
        JobHandlers.Check();
        _kept = new KeptInputs(modelBudgetBytes);
    }

    /// <summary>Runs a job to its end.</summary>
    /// <exception cref="JobFailedException">the job cannot give its result; says whose fault it is</exception>
    /// <exception cref="OperationCanceledException">the context asked to stop; what can be resumed was checkpointed</exception>
    public JobResult Run(Job job, IJobContext context)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(context);
        using var memory = Memory.BeginJob();
        try
        {
            context.Cancelled.ThrowIfCancellationRequested();
            return JobHandlers.For(job).Run(job, Inputs(context));
        }
        catch (OperationCanceledException) when (context.Cancelled.IsCancellationRequested)
        {
            throw;
        }
        catch (ExternalException e) when ((Memory.TakeShortage() ?? CudaShortage.Of(e)) is { } shortage)
        {
            // libtorch hands it on as an error like any other.
            throw GiveBack(shortage, e);
        }
        catch (Exception e) when (TorchErrors.IsOutOfMemory(e))
        {
            throw GiveBack(e, e);
        }
        catch (Exception e) when (e is not JobFailedException)
        {
            throw JobFailure.Of(e);
        }
    }

    /// <summary>
    /// What changing nodes of a model does to its answers, and to those of a circuit in it: a question that somebody asks, not a trial.
    /// </summary>
    /// <param name="inputs">the model and the task</param>
    /// <param name="circuit">the circuit's file</param>
    /// <param name="changes">none changes a node twice</param>
    /// <param name="context">where to find the files, and what to run on</param>
    /// <exception cref="JobFailedException">the inputs do not fit together</exception>
    /// <exception cref="FormatException">the model has no such node</exception>
    /// <exception cref="InvalidDataException">
    /// the circuit's file is damaged or of another model, or the changes contradict each other
    /// </exception>
    public InterventionResult Intervene(ModelTaskJob inputs, ArtifactRef circuit, IReadOnlyList<NodeChange> changes, IJobContext context)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(context);
        var loaded = Inputs(context);
        var (model, task, _) = loaded.Load(inputs);
        var file = CircuitFile.Load(loaded.Store.Verify(circuit)).In(inputs.Model, circuit.Path);
        return new Intervention(model, task, file, inputs.Options, context).Run(changes);
    }

    /// <summary>What a model and circuits in it say to a prompt: a question that somebody asks, not a trial.</summary>
    /// <param name="inputs">the model; its task is not looked at</param>
    /// <param name="circuits">files of circuits of the model</param>
    /// <param name="prompt">text of at least one token, and at most as many as the model's context</param>
    /// <param name="top">how many next tokens to give</param>
    /// <param name="patterns">whether to give attention patterns of the heads that the circuits have nodes of</param>
    /// <param name="context">where to find the files, and what to run on</param>
    /// <exception cref="JobFailedException">the inputs do not fit together</exception>
    /// <exception cref="InvalidDataException">a circuit's file is damaged or of another model, or the prompt does not fit</exception>
    public PromptAnswer Ask(
        ModelTaskJob inputs, IReadOnlyList<ArtifactRef> circuits, string prompt, int top, bool patterns, IJobContext context)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(circuits);
        ArgumentNullException.ThrowIfNull(context);
        var loaded = Inputs(context);
        var (model, _, tokenizer) = loaded.Load(inputs);
        var files = circuits.Select(circuit => CircuitFile.Load(loaded.Store.Verify(circuit)).In(inputs.Model, circuit.Path));
        return new PromptQuestion(model, tokenizer).Ask(prompt, [.. files], top, patterns);
    }

    /// <inheritdoc/>
    public void Dispose() => _kept.Dispose();

    // The next attempt, here or elsewhere, should not meet the same full memory: neither what is kept nor what the job left to the
    // collector.
    private JobFailedException GiveBack(Exception shortage, Exception cause)
    {
        _kept.Clear();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Memory.Empty();
        return new JobFailedException(JobFailure.KindOf(shortage), JobFailure.Describe(shortage), cause);
    }

    private JobInputs Inputs(IJobContext context) => new(context, new ArtifactStore(context.Root), _kept);
}
