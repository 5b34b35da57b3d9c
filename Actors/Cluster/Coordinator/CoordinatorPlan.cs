using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>What the coordinator of a cluster is given.</summary>
/// <param name="Options">of the node that it is on</param>
/// <param name="Folder">the folder of all sweeps</param>
/// <param name="Streams">the cluster's own stream</param>
/// <param name="Open">opens the journal of a run: makes and checks what must be there before an actor writes to it</param>
/// <param name="Watch">makes the one who looks on at a sweep, as soon as its folder is there</param>
internal sealed record CoordinatorPlan(
    NodeOptions Options, string Folder, StreamSettings Streams, Func<string, CancellationToken, Task<StreamSettings>> Open,
    Func<SweepSpec, string, ISweepWatcher> Watch)
{
    /// <summary>Where it is, for people.</summary>
    public string Address { get; init; } = "";

    /// <summary>
    /// The names of the device nodes that the coordinator may wait for before it hands out jobs: what runs there of an earlier term is
    /// stopped by the time that they have registered.
    /// </summary>
    public Func<IReadOnlyCollection<string>> Expected { get; init; } = () => [];

    /// <summary>The other orchestrator nodes that are in reach, which see or do not see the database.</summary>
    public Func<IReadOnlyCollection<Address>> Witnesses { get; init; } = () => [];

    /// <summary>How long it waits for those device nodes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a device node that is cut off may take to end its processes.</summary>
    public TimeSpan Margin { get; init; } = ClusterOptions.Margin;

    /// <summary>Changes what the actors of a sweep share; tests take a safeguard away with it.</summary>
    public Func<Actors.Sweeps.SweepServices, Actors.Sweeps.SweepServices> Configure { get; init; } = services => services;
}
