using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>
/// Orders the edges of a circuit by what they should matter without training anything: |weight| · standard deviation of the node that is
/// read · mean |derivative of the task loss by the node that is written|. Where a node is 0, as AbsTopK or its code holds it there, no edge
/// moves it, and its derivative does not count.
/// </summary>
internal static class EffectiveEdges
{
    // Pairs of the train split that derivatives are taken on.
    private const int Pairs = 128;

    /// <summary>The edges, the most important first.</summary>
    /// <param name="model">with standard deviations</param>
    /// <param name="task">the task</param>
    /// <param name="nodes">for each node whether it is kept</param>
    /// <param name="edges">those between kept nodes</param>
    /// <param name="options">the loss</param>
    /// <param name="context">may cancel before each batch</param>
    internal static int[] Order(
        FrozenModel model, TaskData task, bool[] nodes, IReadOnlyList<Edge> edges, PruningOptions options, IJobContext context)
    {
        var deviations = model.Deviations ?? throw new InvalidOperationException("the model was made without standard deviations");
        var slopes = Slopes(model, task, nodes, options, context);
        return NodeRanking.Order([.. edges.Select(edge => (float)(Math.Abs(edge.Weight) * deviations[edge.From] * slopes[edge.To]))]);
    }

    /// <summary>Of each node the |derivative| of a prompt's loss in the circuit, summed over positions, the mean of prompts.</summary>
    internal static double[] Slopes(FrozenModel model, TaskData task, bool[] nodes, PruningOptions options, IJobContext context)
    {
        var slopes = new double[model.Layout.Count];
        var batches = task.Batches(task.Train.Take(Pairs));
        try
        {
            using var scope = torch.NewDisposeScope();
            var ablate = model.Gated(model.Gates(nodes));
            foreach (var rows in batches)
            {
                context.Cancelled.ThrowIfCancellationRequested();
                Add(model, rows, ablate, options, slopes);
            }
        }
        finally
        {
            foreach (var rows in batches) rows.Dispose();
        }
        var prompts = batches.Sum(rows => rows.Count);
        for (var node = 0; node < slopes.Length; node++) slopes[node] /= prompts;
        return slopes;
    }

    private static void Add(FrozenModel model, TaskRows rows, NodeHook ablate, PruningOptions options, double[] slopes)
    {
        using var scope = torch.NewDisposeScope();
        List<(NodeLocation Location, Tensor IsOn, Tensor Added)> seen = [];
        var logits = model.Model.Forward(rows.Tokens, rows.Positions, model.OfNodes((location, value) =>
        {
            var added = torch.zeros_like(value).requires_grad_();
            seen.Add((location, value.detach().ne(0).DetachFromDisposeScope(), added.DetachFromDisposeScope()));
            return ablate(location, value + added);
        }));
        // Of the sum, so that a prompt counts the same in batches of any size.
        var loss = rows.Loss(logits, options.WholeVocabularyLoss) * rows.Count;
        KernelBackward.Run(() => loss.backward());
        foreach (var (location, isOn, added) in seen)
        {
            using (isOn)
            using (added)
            {
                var offset = model.Layout.Offset(location);
                var sums = (added.grad!.abs() * isOn).sum([0, 1], type: ScalarType.Float64);
                foreach (var (channel, sum) in sums.Values<double>().Index()) slopes[offset + channel] += sum;
            }
        }
    }
}
