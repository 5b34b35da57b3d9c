using Akka.Actor;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>What a sweep of a cluster is run with, once its journal and its folder are open.</summary>
/// <param name="Streams">how its events are stored</param>
/// <param name="Progress">the actor that is told every <see cref="SweepProgress"/></param>
/// <param name="Files">the actor that is told which files are of no use any more</param>
/// <param name="ReportAsync">writes the report of the sweep that is complete; done when it is written</param>
internal sealed record HostedParts(StreamSettings Streams, Props Progress, Props Files, Func<SweepOutcome, Task> ReportAsync)
{
    /// <summary>
    /// Makes the actor that stands before the broker and answers with what other runs have found, by the broker and by who is told of
    /// progress; null where nothing is reused.
    /// </summary>
    public Func<IActorRef, IActorRef, Props>? Reuse { get; init; }

    /// <summary>Lets go of what is open; waits for nothing.</summary>
    public Action Close { get; init; } = () => { };
}
