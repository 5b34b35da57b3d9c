namespace Sweeps.Domain.Bisections;

/// <summary>The best circuit of a search's closed rounds; a pruning that cannot have a smaller one is stopped.</summary>
/// <param name="Size">what the objective counts</param>
/// <param name="Nodes">its nodes</param>
/// <param name="Edges">its edges</param>
public sealed record CircuitToBeat(CircuitSize Size, int Nodes, int Edges)
{
    /// <summary>
    /// How many nodes the first probe keeps: the most with which a circuit would be smaller where nodes count, and as many as it has where
    /// edges do, since only the probe tells those.
    /// </summary>
    internal int FirstProbe => Size == CircuitSize.Nodes ? Nodes - 1 : Nodes;

    /// <summary>
    /// Whether, after a miss, no larger circuit of the same pruning is smaller than this one. Circuits of a pruning are nested, so that
    /// more nodes have as many edges or more.
    /// </summary>
    internal bool IsOutOfReach(ProbeResult miss) => Size == CircuitSize.Nodes ? miss.K >= Nodes - 1 : miss.Edges >= Edges;
}

/// <summary>Why a pruning was stopped: circuits of so many nodes or fewer miss the target.</summary>
/// <param name="Nodes">of the largest circuit that was found to miss it</param>
/// <param name="Edges">of that circuit</param>
/// <param name="Loss">its calibrated validation loss, nats</param>
/// <param name="Best">the circuit that cannot be beaten any more</param>
public sealed record PruningStop(int Nodes, int Edges, double Loss, CircuitToBeat Best);
