using Sweeps.Domain.Sweeps;

namespace Sweeps.Domain.Cluster;

/// <summary>A sweep of a cluster.</summary>
/// <param name="Name">its name, and its folder's</param>
/// <param name="Run">the name of its journal in the database</param>
/// <param name="Spec">what was submitted last</param>
/// <param name="Share">how it shares the devices</param>
internal sealed record HostedSweep(string Name, string Run, SweepSpec Spec, SweepShare Share)
{
    /// <summary>The kind of devices that its jobs run on; null while none is chosen, or where all may be used.</summary>
    public string? Kind { get; init; }

    /// <summary>How it has ended; null while it is at work.</summary>
    public SweepEnd? End { get; init; }

    /// <summary>Why it cannot go on, or null.</summary>
    public string? Reason { get; init; }
}
