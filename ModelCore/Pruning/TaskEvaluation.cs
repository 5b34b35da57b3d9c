using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>What a model, whole or ablated, says on fixed rows of a task.</summary>
internal static class TaskEvaluation
{
    /// <summary>One forward pass over the batches.</summary>
    /// <param name="model">the model</param>
    /// <param name="batches">the rows</param>
    /// <param name="kept">for each node whether it is kept; null for the whole model</param>
    /// <param name="wholeVocabulary">whether the loss is over the whole vocabulary, so that all logits are wanted</param>
    /// <param name="kernels">sparse or dense products</param>
    /// <param name="context">is told after each batch, and may cancel before it</param>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    internal static TaskLogits Run(
        FrozenModel model, IReadOnlyList<TaskRows> batches, bool[]? kept, bool wholeVocabulary, KernelChoice kernels, IJobContext context)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        if (model.Engine(kernels) is { } engine)
        {
            var host = kept is null ? null : Array.ConvertAll(kept, k => k ? 1f : 0f);
            return Run(model, batches, wholeVocabulary, context, (batch, into) => engine.Logits(batch, host, wholeVocabulary, into));
        }
        var gates = kept is null ? null : model.Gates(kept);
        return Run(
            model, batches, wholeVocabulary, context,
            (batch, into) => Copy(model.Logits(batch.Tokens, batch.Positions, gates), batch, wholeVocabulary, into));
    }

    /// <summary>One forward pass over the batches, in which a hook of each batch replaces nodes.</summary>
    /// <inheritdoc cref="Run(FrozenModel, IReadOnlyList{TaskRows}, bool[], bool, KernelChoice, IJobContext)"/>
    internal static TaskLogits Run(
        FrozenModel model, IReadOnlyList<TaskRows> batches, Func<TaskRows, NodeHook> nodes, bool wholeVocabulary, IJobContext context) =>
        Run(model, batches, batch => model.Model.Forward(batch.Tokens, batch.Positions, nodes(batch)), wholeVocabulary, context);

    /// <summary>One forward pass over the batches, as given: logits (R, V) of each.</summary>
    /// <inheritdoc cref="Run(FrozenModel, IReadOnlyList{TaskRows}, bool[], bool, KernelChoice, IJobContext)"/>
    internal static TaskLogits Run(
        FrozenModel model, IReadOnlyList<TaskRows> batches, Func<TaskRows, Tensor> logits, bool wholeVocabulary, IJobContext context)
    {
        using var noGradient = torch.no_grad();
        return Run(model, batches, wholeVocabulary, context, (batch, into) => Copy(logits(batch), batch, wholeVocabulary, into));
    }

    private delegate void Forward(TaskRows batch, Span<float> into);

    private static TaskLogits Run(
        FrozenModel model, IReadOnlyList<TaskRows> batches, bool wholeVocabulary, IJobContext context, Forward forward)
    {
        var rows = batches.Sum(b => b.Count);
        var width = wholeVocabulary ? model.Config.VocabSize : 2;
        var logits = new float[(long)rows * width];
        var done = 0;
        foreach (var batch in batches)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            forward(batch, logits.AsSpan(done * width, batch.Count * width));
            done += batch.Count;
            context.Report(new JobProgress(done, rows, null));
        }
        return Collect(batches, wholeVocabulary, logits);
    }

    /// <summary>Logits of all rows of some batches, as <see cref="Copy"/> gives them.</summary>
    internal static TaskLogits Collect(IReadOnlyList<TaskRows> batches, bool wholeVocabulary, float[] logits)
    {
        bool[] answerIsA = [.. batches.SelectMany(b => b.AnswerIsA)];
        return wholeVocabulary
            ? new TaskLogits(logits, [.. batches.SelectMany(b => b.TokenA)], [.. batches.SelectMany(b => b.TokenB)], answerIsA)
            : new TaskLogits(
                [.. answerIsA.Select((isA, i) => isA ? logits[2 * i] - logits[(2 * i) + 1] : logits[(2 * i) + 1] - logits[2 * i])],
                answerIsA);
    }

    /// <summary>Of the logits of a batch, (R, V), all, or the right candidate's and the wrong one's.</summary>
    internal static void Copy(Tensor z, TaskRows batch, bool wholeVocabulary, Span<float> into) =>
        (wholeVocabulary ? z : z.gather(1, batch.Candidates)).CopyTo(into);
}
