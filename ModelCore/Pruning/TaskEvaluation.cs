using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>What a model, whole or ablated, says on fixed rows of a task.</summary>
internal static class TaskEvaluation
{
    /// <summary>One forward pass over the batches.</summary>
    /// <param name="model">the model</param>
    /// <param name="batches">the rows</param>
    /// <param name="kept">for each node whether it is kept; null for the whole model</param>
    /// <param name="wholeVocabulary">whether the loss is over the whole vocabulary, so that all logits are wanted</param>
    /// <param name="context">is told after each batch, and may cancel before it</param>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    internal static TaskLogits Run(FrozenModel model, IReadOnlyList<TaskRows> batches, bool[]? kept, bool wholeVocabulary, IJobContext context)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var gates = kept is null ? null : torch.tensor(Array.ConvertAll(kept, k => k ? 1f : 0f), device: model.Device);
        var rows = batches.Sum(b => b.Count);
        var logits = wholeVocabulary ? new float[(long)rows * model.Config.VocabSize] : [];
        var difference = wholeVocabulary ? [] : new float[rows];
        var done = 0;
        foreach (var batch in batches)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            using var batchScope = torch.NewDisposeScope();
            var z = model.Logits(batch.Tokens, batch.Positions, gates); // (R, V)
            if (wholeVocabulary)
            {
                z.copy_to(logits.AsSpan(done * model.Config.VocabSize, batch.Count * model.Config.VocabSize));
            }
            else
            {
                var pair = z.gather(1, batch.Candidates).data<float>(); // right, wrong
                for (var i = 0; i < batch.Count; i++)
                    difference[done + i] = batch.AnswerIsA[i] ? pair[2 * i] - pair[(2 * i) + 1] : pair[(2 * i) + 1] - pair[2 * i];
            }
            done += batch.Count;
            context.Report(new JobProgress(done, rows, null));
        }
        bool[] answerIsA = [.. batches.SelectMany(b => b.AnswerIsA)];
        return wholeVocabulary
            ? new TaskLogits(logits, [.. batches.SelectMany(b => b.TokenA)], [.. batches.SelectMany(b => b.TokenB)], answerIsA)
            : new TaskLogits(difference, answerIsA);
    }
}
