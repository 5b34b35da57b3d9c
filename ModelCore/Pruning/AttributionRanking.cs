using Sweeps.ModelCore.Kernels.Autograd;
using System.Globalization;
using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// The baseline that learned masks must beat [G fig. 31]: nodes ranked by |activation − mean| · |gradient of the task loss by the activation|, summed over the positions of a
/// prompt and averaged over the prompts of the train split, on the unpruned model.
/// </summary>
internal sealed class AttributionRanking(PruneJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task)
{
    // Activations, what is added to them and its gradient are held for all positions at once: at most so many of each.
    private const long ActivationsPerBatch = 1 << 23;

    /// <summary>One pass over the train split.</summary>
    /// <exception cref="JobFailedException">an attribution is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; the pass starts anew next time</exception>
    internal PruneResult Run()
    {
        model.Model.Kernels = job.Options.Kernels;
        var pairs = task.Train.OrderBy(TaskRows.LengthOf).ToList();
        var totals = new double[model.Layout.Count];
        var loss = 0.0;
        for (var done = 0; done < pairs.Count;)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            var batch = Take(pairs, done);
            loss += Add(batch, totals);
            done += batch.Count;
            context.Report(new JobProgress(done, pairs.Count, loss / (2 * done), "attribution"));
        }
        var scores = Array.ConvertAll(totals, total => (float)(total / (2 * pairs.Count)));
        if (job.Options.TieQueryKey) QueryKeyTies.Share(scores, QueryKeyTies.Owners(model.Layout));
        var broken = Array.FindIndex(scores, score => !float.IsFinite(score));
        if (broken >= 0)
        {
            var (location, channel) = model.Layout.At(broken);
            throw new JobFailedException(FailureKind.Work, string.Create(CultureInfo.InvariantCulture,
                $"attribution of {job.Task}: that of node {CircuitEdge.Node(location.Name, channel)} is {scores[broken]}"));
        }
        var masks = MaskFile.Save(store, $"{job.Output}/masks.safetensors", model.Layout, scores, job.Model.Sha256);
        return new PruneResult(masks, scores.Length, Half(scores), loss / (2 * pairs.Count));
    }

    private List<TokenizedPair> Take(List<TokenizedPair> pairs, int first)
    {
        // The longest prompt of a batch is its last: growing it by a pair may lengthen all.
        var count = 1;
        while (first + count < pairs.Count && 2L * (count + 1) * TaskRows.LengthOf(pairs[first + count]) * model.Layout.Count <= ActivationsPerBatch) count++;
        return pairs.GetRange(first, count);
    }

    /// <summary>Adds a batch's attributions to <paramref name="totals"/>; returns the sum of its losses.</summary>
    private double Add(IReadOnlyList<TokenizedPair> pairs, double[] totals)
    {
        using var scope = torch.NewDisposeScope();
        using var rows = new TaskRows(pairs, model.Device);
        List<(NodeLocation Location, Tensor Value, Tensor Added)> nodes = [];
        var logits = model.Model.Forward(rows.Tokens, rows.Positions, (location, value) =>
        {
            // The derivative by what is added is that by the activation; and the graph below goes on.
            var added = torch.zeros_like(value).requires_grad_();
            nodes.Add((location, value.detach().DetachFromDisposeScope(), added.DetachFromDisposeScope()));
            return value + added;
        });
        // Of the sum, so that a prompt counts the same in batches of any size.
        var loss = rows.Loss(logits, job.Options.WholeVocabularyLoss) * rows.Count;
        KernelBackward.Run(() => loss.backward());
        foreach (var (location, value, added) in nodes)
        {
            using (value)
            using (added)
            {
                var attribution = (value - model.Mean(location)).mul_(added.grad!).abs().sum([0, 1], type: ScalarType.Float64).Values<double>();
                var offset = model.Layout.Offset(location);
                for (var channel = 0; channel < attribution.Length; channel++) totals[offset + channel] += attribution[channel];
            }
        }
        return loss.ToDouble();
    }

    /// <summary>The number of most important nodes that make up half of the total.</summary>
    private static int Half(float[] scores)
    {
        var (left, count) = (scores.Sum(s => (double)s) / 2, 0);
        foreach (var score in scores.OrderDescending())
        {
            if (left <= 0) break;
            left -= score;
            count++;
        }
        return count;
    }
}
