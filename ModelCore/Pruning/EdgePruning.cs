using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Runs a <see cref="PruneEdgesJob"/>: masks on the edges of a circuit, whose nodes stay as they are, then bisection on the number of
/// edges.
/// </summary>
internal sealed class EdgePruning(
    PruneEdgesJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task, Tokenizer tokenizer)
{
    /// <exception cref="InvalidDataException">the file is no circuit of this model, or one whose edges were pruned before</exception>
    /// <exception cref="JobFailedException">the loss or its gradient is not finite (the work's fault)</exception>
    /// <exception cref="OperationCanceledException">cancelled; what the masks have learned is in a checkpoint</exception>
    internal CircuitResult Run()
    {
        var circuit = CircuitFile.Load(store.Verify(job.Circuit)).In(job.Model, job.Circuit.Path).WithAllEdges(job.Circuit.Path);
        model.Model.Kernels = job.Options.Kernels;
        var nodes = circuit.KeptNodes(model.Layout);
        List<Edge> edges = [.. CircuitEdges.Enumerate(model, nodes)];
        var pruned = circuit with { EdgesPruned = true, Curve = [], Checks = null, Seed = job.Seed, Options = job.Options };
        if (edges.Count > 0) pruned = Prune(pruned, nodes, edges);
        var file = store.WriteBytes($"{job.Output}/circuit.json", pruned.ToBytes());
        return new CircuitResult(
            file, pruned.NodeCount, pruned.EdgeCount, pruned.Losses.Validation, pruned.Losses.Test, pruned.Losses.TestAccuracy);
    }

    private CircuitFile Prune(CircuitFile circuit, bool[] nodes, List<Edge> edges)
    {
        using var gates = new EdgeGates(model, edges);
        var tau = EdgeMasks.Train(job, context, store, model, task, circuit.Hyperparameters, nodes, gates);
        var bisection = new EdgeBisection(job.Options, context, model, task, nodes, edges, gates);
        var order = NodeRanking.Order(tau);
        var probes = bisection.Run(order, NodeGate.CountKept(tau));
        circuit = circuit with { Curve = BisectionPlan.Curve(probes) };
        // Where the target is out of reach, for want of edges or from the start, the circuit stays what it was.
        if (BisectionPlan.Best(job.Options.SelectionLoss, probes) is not { } best
            || !BisectionPlan.Reaches(best, job.Options.SelectionLoss)) return circuit;
        var left = bisection.Of(order, best.K);
        var losses = CircuitLosses.Of(
            best.LossBefore, new(best.Loss, best.Scale, best.Shift), bisection.Evaluate(left, TaskSplit.Test));
        return new CircuitBuilder(model, tokenizer, task).Reduce(
            circuit, left.Nodes, losses, edges.Where((_, i) => left.Edges[i])) with
        { TargetReached = true };
    }
}
