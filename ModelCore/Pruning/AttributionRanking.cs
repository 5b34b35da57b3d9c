using Sweeps.ModelCore.Kernels.Autograd;
using System.Globalization;
using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// The baseline that learned masks must beat [G fig. 31]: nodes ranked by (activation − mean) · gradient of the task loss by the
/// activation, on the unpruned model, averaged over the prompts of the train split. The positions of a prompt are summed in two ways, by
/// magnitude or with their signs first; the ranking is the one whose circuit at the target has fewer edges on the validation split, so that
/// the baseline is a strong one.
/// </summary>
internal sealed class AttributionRanking(PruneJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task)
{
    // Activations, what is added to them and its gradient are held for all positions at once: at most so many of each.
    private const long ActivationsPerBatch = 1 << 23;

    /// <summary>One pass over the train split, and a bisection of each ranking.</summary>
    /// <exception cref="JobFailedException">an attribution is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; the pass starts anew next time</exception>
    internal PruneResult Run()
    {
        var (magnitudes, sums, loss) = Attribute();
        var scores = Better(magnitudes, sums);
        var masks = MaskFile.Save(store, $"{job.Output}/masks.safetensors", model.Layout, scores, job.Model.Sha256);
        return new PruneResult(masks, scores.Length, Half(scores), loss);
    }

    /// <summary>The attribution of each node in both ways, per prompt, and the unpruned model's loss.</summary>
    internal (float[] Magnitudes, float[] Sums, double Loss) Attribute()
    {
        model.Model.Kernels = job.Options.Kernels;
        var pairs = task.Train.OrderBy(TaskRows.LengthOf).ToList();
        var (magnitudes, sums) = (new double[model.Layout.Count], new double[model.Layout.Count]);
        var loss = 0.0;
        for (var done = 0; done < pairs.Count;)
        {
            context.Cancelled.ThrowIfCancellationRequested();
            var batch = Take(pairs, done);
            loss += Add(batch, magnitudes, sums);
            done += batch.Count;
            context.Report(new JobProgress(done, pairs.Count, loss / (2 * done), "attribution"));
        }
        return (Scores(magnitudes, pairs.Count), Scores(sums, pairs.Count), loss / (2 * pairs.Count));
    }

    /// <summary>Per prompt, tied where masks are.</summary>
    private float[] Scores(double[] totals, int pairs)
    {
        var scores = Array.ConvertAll(totals, total => (float)(total / (2 * pairs)));
        if (job.Options.TieQueryKey) QueryKeyTies.Share(scores, QueryKeyTies.Owners(model.Layout));
        var broken = Array.FindIndex(scores, score => !float.IsFinite(score));
        if (broken < 0) return scores;
        var (location, channel) = model.Layout.At(broken);
        throw new JobFailedException(FailureKind.Work, string.Create(CultureInfo.InvariantCulture,
            $"attribution of {job.Task}: that of node {CircuitEdge.Node(location.Name, channel)} is {scores[broken]}"));
    }

    /// <summary>
    /// The scores whose circuit has fewer edges at the target, or where none reaches it the lower loss; of equals the first.
    /// </summary>
    private float[] Better(params float[][] all) => all.MinBy(scores =>
    {
        using var noGradient = torch.no_grad();
        var order = NodeRanking.Order(scores, job.Options.TieQueryKey ? QueryKeyTies.Owners(model.Layout) : []);
        var probes = new List<ProbeResult>();
        while (BisectionPlan.Next(job.Options.SelectionLoss, order.Length, Half(scores), probes) is { } k)
            probes.Add(CircuitProbe.Run(model, task, order, k, job.Options, context));
        return BisectionPlan.Best(job.Options.SelectionLoss, probes) is not { } best ? (double.PositiveInfinity, double.PositiveInfinity)
            : BisectionPlan.Reaches(best, job.Options.SelectionLoss) ? (best.Edges, best.Loss)
            : (double.PositiveInfinity, best.Loss);
    })!;

    private List<TokenizedPair> Take(List<TokenizedPair> pairs, int first)
    {
        // The longest prompt of a batch is its last: growing it by a pair may lengthen all.
        var count = 1;
        while (first + count < pairs.Count
            && 2L * (count + 1) * TaskRows.LengthOf(pairs[first + count]) * model.Layout.Count <= ActivationsPerBatch) count++;
        return pairs.GetRange(first, count);
    }

    /// <summary>Adds a batch's attributions, summed over positions in both ways; returns the sum of its losses.</summary>
    private double Add(IReadOnlyList<TokenizedPair> pairs, double[] magnitudes, double[] sums)
    {
        using var scope = torch.NewDisposeScope();
        using var rows = new TaskRows(pairs, model.Device);
        List<(NodeLocation Location, Tensor Value, Tensor Added)> nodes = [];
        var logits = model.Model.Forward(rows.Tokens, rows.Positions, model.OfNodes((location, value) =>
        {
            // The derivative by what is added is that by the activation; and the graph below goes on.
            var added = torch.zeros_like(value).requires_grad_();
            nodes.Add((location, value.detach().DetachFromDisposeScope(), added.DetachFromDisposeScope()));
            return value + added;
        }));
        // Of the sum, so that a prompt counts the same in batches of any size.
        var loss = rows.Loss(logits, job.Options.WholeVocabularyLoss) * rows.Count;
        KernelBackward.Run(() => loss.backward());
        foreach (var (location, value, added) in nodes)
        {
            using (value)
            using (added)
            {
                var attribution = (value - model.Mean(location)).mul_(added.grad!); // (R, T or 1, width)
                var offset = model.Layout.Offset(location);
                Sum(attribution.abs().sum([0, 1], type: ScalarType.Float64), magnitudes);
                Sum(attribution.sum([1]).abs().sum([0], type: ScalarType.Float64), sums);

                void Sum(Tensor perChannel, double[] totals)
                {
                    foreach (var (channel, total) in perChannel.Values<double>().Index()) totals[offset + channel] += total;
                }
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
