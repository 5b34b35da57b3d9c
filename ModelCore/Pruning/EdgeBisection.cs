using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Finds the smallest number of a circuit's edges, in some order of importance, that reach the target.</summary>
/// <param name="options">target, loss and calibration</param>
/// <param name="context">is told after each batch, and may cancel before it</param>
/// <param name="model">the model</param>
/// <param name="task">the task</param>
/// <param name="nodes">for each node whether it is kept</param>
/// <param name="edges">those between kept nodes, at least one</param>
/// <param name="gates">theirs</param>
internal sealed class EdgeBisection(
    PruningOptions options, IJobContext context, FrozenModel model, TaskData task, bool[] nodes, IReadOnlyList<Edge> edges, EdgeGates gates)
{
    /// <summary>The circuit of the first <paramref name="k"/> edges.</summary>
    /// <param name="order">all edges, the most important first</param>
    /// <param name="k">how many are wanted</param>
    internal EdgeCircuit Of(int[] order, int k) => EdgeCircuit.Of(model.Layout, nodes, edges, NodeRanking.Top(order, k), model.Latents);

    /// <summary>
    /// The probes of a bisection, on the validation split; their k counts edges before those that lead nowhere are dropped.
    /// </summary>
    /// <param name="order">all edges, the most important first</param>
    /// <param name="start">the first k</param>
    internal IReadOnlyList<ProbeResult> Run(int[] order, int start)
    {
        var probes = new List<ProbeResult>();
        while (BisectionPlan.Next(options.SelectionLoss, edges.Count, start, probes) is { } k)
        {
            var probed = Of(order, k);
            probes.Add(CircuitProbe.Of(k, probed.EdgeCount, Evaluate(probed, TaskSplit.Validation), options));
        }
        return probes;
    }

    /// <summary>What a circuit says on a split.</summary>
    internal TaskLogits Evaluate(EdgeCircuit probed, TaskSplit split)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var weights = gates.Weights(torch.tensor(probed.Gates(edges), device: model.Device));
        var kept = model.Gates(probed.Nodes);
        return TaskEvaluation.Run(
            model, task.Rows(split), batch =>
                model.Logits(batch.Tokens, batch.Positions, kept, weights: weights), options.WholeVocabularyLoss, context);
    }
}
