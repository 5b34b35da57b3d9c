using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures <see cref="AdversarialResult"/>: whether a circuit foretells where the model that it is from goes wrong.</summary>
internal static class AdversarialCheck
{
    // Of each level.
    private const int Pairs = 32;

    /// <summary>Every variant of the task, in order.</summary>
    internal static IReadOnlyList<AdversarialResult> Of(
        FrozenModel model, TaskData task, bool[] kept, (double Scale, double Shift) calibration, PruningOptions options,
        IJobContext context) =>
    [
        .. task.Variants.Select(v =>
        {
            context.Cancelled.ThrowIfCancellationRequested();
            IReadOnlyList<TokenizedPair> pairs;
            try
            {
                pairs = v.Pairs(Pairs);
            }
            catch (TaskException e)
            {
                return new AdversarialResult(v.Variant.Kind, v.Variant.Level, 0, null, null, null, e.Message);
            }
            var rows = task.Batches(pairs);
            try
            {
                TaskLogits Logits(bool[]? nodes) =>
                    TaskEvaluation.Run(model, rows, nodes, options.WholeVocabularyLoss, options.Kernels, context);
                var (circuit, whole) = (Logits(kept), Logits(null));
                var alike = circuit.Difference.Zip(
                    whole.Difference, (c, w) => Math.Sign((calibration.Scale * c) + calibration.Shift) == Math.Sign(w)).Count(same => same);
                return new AdversarialResult(v.Variant.Kind, v.Variant.Level, circuit.AnswerIsA.Length,
                    Decided(circuit, calibration.Scale, calibration.Shift), Decided(whole, 1, 0), (double)alike / circuit.AnswerIsA.Length,
                        null);
            }
            finally
            {
                foreach (var batch in rows) batch.Dispose();
            }
        }),
    ];

    private static Decisions Decided(TaskLogits logits, double scale, double shift) => new(
        logits.Loss(scale, shift).Loss, logits.Accuracy(scale, shift), logits.Difference.Zip(
            logits.AnswerIsA, (d, isA) => (isA ? 1 : -1) * ((scale * d) + shift)).Average());
}
