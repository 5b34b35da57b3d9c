namespace Sweeps.Simulator;

/// <summary>A part of the orchestrator's safety that is taken away, to see that its absence is noticed.</summary>
internal enum Mutation
{
    /// <summary>Nothing is taken away.</summary>
    None,

    /// <summary>A trial takes what is said about any attempt as if it were the present one.</summary>
    NoFence,

    /// <summary>The journal acknowledges events before they are synced.</summary>
    NoSync,

    /// <summary>The database takes what a coordinator writes whose lease another has taken over.</summary>
    NoLease,

    /// <summary>A search that is recovered draws from another random state than the one that was saved.</summary>
    NoRandomState,
}
