using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Sweeps;

/// <summary>What the actors of a sweep share.</summary>
/// <param name="Sweep">the sweep's name, by which the broker shares devices fairly</param>
/// <param name="Registry">how events are written</param>
/// <param name="Streams">how they are stored</param>
/// <param name="Broker">hands out devices</param>
/// <param name="Progress">is told of progress, for whoever looks on</param>
/// <param name="Files">is told which files are of no use any more, see <see cref="DeleteFile"/></param>
/// <param name="Options">backoffs and limits</param>
internal sealed record SweepServices(
    string Sweep, EventRegistry Registry, StreamSettings Streams, IActorRef Broker, IActorRef Progress, IActorRef Files,
    NodeOptions Options)
{
    /// <summary>The sweep's folder below the folder that the devices know; null where they know the sweep's itself.</summary>
    public string? Folder { get; init; }

    /// <summary>What a command to a trial leads to. Tests replace it, to see that they would notice a trial without its fence.</summary>
    public Func<TrialState, TrialCommand, Decision<TrialEvent>> DecideTrial { get; init; } = TrialState.Decide;

    /// <summary>Where devices send what happens to somebody's job: to himself. A simulation puts a network between.</summary>
    public Func<IActorRef, IActorRef> Address { get; init; } = owner => owner;
}

/// <summary>
/// To the parent: a trial could not be brought to an end because of the world. A search may do without it; else the sweep stops, and goes
/// on when it is run again.
/// </summary>
/// <param name="Subject">the trial</param>
/// <param name="Reason">one sentence</param>
internal sealed record WorldFailed(string Subject, string Reason);

/// <summary>Deletes a file or a folder of the sweep's, by its relative path, if it is there.</summary>
internal sealed record DeleteFile(string Path);

/// <summary>To the run: the sweep has ended, or cannot go on.</summary>
internal sealed record SweepEnded(SweepOutcome Outcome);
