namespace Sweeps.Contracts;

/// <summary>How a pruning ranks the nodes.</summary>
public enum PruningMethod
{
    /// <summary>By masks trained with the task loss and a price per node [G A.5].</summary>
    Learned,

    /// <summary>By |activation − mean| · |gradient of the task loss|, averaged over the task: the baseline [G fig. 31].</summary>
    Attribution,

    /// <summary>Not at all: the circuit was published with the model, and its nodes go before all others.</summary>
    Given,
}
