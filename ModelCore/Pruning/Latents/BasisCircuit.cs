using Sweeps.Files;
using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>Finds what <see cref="BasisCircuitResult"/> holds.</summary>
internal sealed class BasisCircuit(BasisCircuitJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task)
{
    /// <param name="orders">the nodes as each pruning ranks them, the most important first</param>
    /// <exception cref="JobFailedException">the loss of edges' masks or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; what the masks have learned is in a checkpoint</exception>
    internal BasisCircuitResult Run(IReadOnlyList<int[]> orders)
    {
        var (index, probe) = Smallest(orders);
        var nodes = NodeRanking.Top(orders[index], probe.K);
        var reached = BisectionPlan.Reaches(probe, job.Options.SelectionLoss);
        var test = TaskEvaluation.Run(
            model, task.Rows(TaskSplit.Test), nodes, job.Options.WholeVocabularyLoss, job.Options.Kernels, context);
        var losses = CircuitLosses.Of(probe.LossBefore, new(probe.Loss, probe.Scale, probe.Shift), test);
        var (effective, pruned) = reached ? Edges(nodes, job.Prunings[index].Hyperparameters) : (null, null);
        var latents = model.Latents;
        return new BasisCircuitResult(
            index, reached, probe.K, latents is { KeepsErrors: true } ? latents.Sites.Count : 0, probe.Edges, effective, pruned,
            latents is null ? null : ResidualEdges.Count(model, task, nodes, context),
            losses.Validation, losses.Test, losses.TestAccuracy, Necessity(nodes));
    }

    private (int Index, ProbeResult Probe) Smallest(IReadOnlyList<int[]> orders)
    {
        (int Index, ProbeResult Probe)? smallest = null;
        foreach (var (index, order) in orders.Index())
        {
            var probes = new List<ProbeResult>();
            while (BisectionPlan.Next(job.Options.SelectionLoss, order.Length, job.Prunings[index].Kept, probes) is { } k)
                probes.Add(CircuitProbe.Run(model, task, order, k, job.Options, context));
            if (BisectionPlan.Best(job.Options.SelectionLoss, probes) is not { } best) continue;
            if (smallest is not { } before || Compare(best, before.Probe) < 0) smallest = (index, best);
        }
        return smallest ?? throw new JobFailedException(
            FailureKind.Work, $"circuits of {job.Task}: no probe of any of {orders.Count} prunings has a loss that is a number");
    }

    private int Compare(ProbeResult a, ProbeResult b)
    {
        var (reachesA, reachesB) = (
            BisectionPlan.Reaches(a, job.Options.SelectionLoss), BisectionPlan.Reaches(b, job.Options.SelectionLoss));
        if (reachesA != reachesB) return reachesA ? -1 : 1;
        return reachesA ? a.Edges.CompareTo(b.Edges) : a.Loss.CompareTo(b.Loss);
    }

    /// <summary>The smallest numbers of edges that reach the target, by what they should matter and by their masks.</summary>
    private (int? Effective, int? Pruned) Edges(bool[] nodes, PruningHyperparameters hyperparameters)
    {
        List<Edge> edges = [.. CircuitEdges.Enumerate(model, nodes)];
        if (edges.Count == 0) return (0, 0);
        using var gates = new EdgeGates(model, edges);
        var bisection = new EdgeBisection(job.Options, context, model, task, nodes, edges, gates);
        var order = EffectiveEdges.Order(model, task, nodes, edges, job.Options, context);
        var effective = Smallest(bisection.Run(order, edges.Count));
        var tau = EdgeMasks.Train(job, context, store, model, task, hyperparameters, nodes, gates);
        return (effective, Smallest(bisection.Run(NodeRanking.Order(tau), NodeGate.CountKept(tau))));

        int? Smallest(IReadOnlyList<ProbeResult> probes) =>
            BisectionPlan.Best(job.Options.SelectionLoss, probes) is { } best && BisectionPlan.Reaches(best, job.Options.SelectionLoss)
                ? best.Edges
                : null;
    }

    /// <summary>
    /// The loss without the circuit. Where errors are nodes of it they are at their means, and where they are not they are as they are.
    /// </summary>
    private double Necessity(bool[] nodes)
    {
        var rest = Array.ConvertAll(nodes, kept => !kept);
        var rows = task.Rows(TaskSplit.Test);
        if (model.Latents is not { } latents)
        {
            return TaskEvaluation.Run(model, rows, rest, job.Options.WholeVocabularyLoss, job.Options.Kernels, context).Loss(1, 0).Loss;
        }
        using var noGradient = torch.no_grad();
        using var gates = model.Gates(rest);
        return TaskEvaluation.Run(
            model, rows, batch => model.Logits(batch.Tokens, batch.Positions, gates, keepsErrors: !latents.KeepsErrors),
            job.Options.WholeVocabularyLoss, context).Loss(1, 0).Loss;
    }
}
