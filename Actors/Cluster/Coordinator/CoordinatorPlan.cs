using Akka.Actor;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Streams;
using Sweeps.Domain.Cluster;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>What the coordinator of a cluster is given.</summary>
/// <param name="Options">of the node that it is on</param>
/// <param name="Mark">what a node reads that sees the folder of all sweeps, see <see cref="ClusterFolder"/></param>
/// <param name="Streams">the cluster's own stream</param>
/// <param name="Open">opens a sweep: its journal, and its folder</param>
internal sealed record CoordinatorPlan(
    NodeOptions Options, string Mark, StreamSettings Streams, Func<HostedSweep, CancellationToken, Task<HostedParts>> Open)
{
    /// <summary>Where it is, for people.</summary>
    public string Address { get; init; } = "";

    /// <summary>
    /// How long it waits for the device nodes that were members (<see cref="Lead.DeviceNodes"/>) before it hands out jobs: what runs there
    /// of an earlier term is stopped by the time that they register, or that this has passed.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The other orchestrator nodes that are in reach, which see or do not see the database.</summary>
    public Func<IReadOnlyCollection<Address>> Witnesses { get; init; } = () => [];

    /// <summary>How long after the end of a device node the last of its processes may end.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>How long a device node that is cut off may take to end its processes.</summary>
    public TimeSpan Margin { get; init; } = ClusterOptions.Margin;

    /// <summary>The files of all sweeps, for nodes that do not see them; null where all must.</summary>
    public CoordinatorFiles? Files { get; init; }

    /// <summary>Is told whether this node coordinates.</summary>
    public LeadMetrics Metrics { get; init; } = new();

    /// <summary>Changes what the actors of a sweep share; tests take a safeguard away with it.</summary>
    public Func<Actors.Sweeps.SweepServices, Actors.Sweeps.SweepServices> Configure { get; init; } = services => services;

    /// <summary>What has happened behind an event, for those who look on by another node; null where nobody keeps that.</summary>
    public Func<string?, Happenings>? Events { get; init; }
}
