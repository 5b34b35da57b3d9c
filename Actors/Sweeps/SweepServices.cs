using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Trials;

namespace Sweeps.Actors.Sweeps;

/// <summary>What the actors of a sweep share.</summary>
/// <param name="Sweep">the sweep's name, by which the broker shares devices fairly</param>
/// <param name="Store">the journal</param>
/// <param name="Broker">hands out devices</param>
/// <param name="Options">backoffs and limits</param>
/// <param name="Progress">for whoever looks on</param>
/// <param name="Delete">deletes a file or a folder of the sweep's, by its relative path, if it is there</param>
/// <param name="Ended">told when the sweep ends or cannot go on; may be called more than once, and the first call counts</param>
internal sealed record SweepServices(
    string Sweep, EventStore Store, IActorRef Broker, NodeOptions Options, IProgress<SweepProgress> Progress, Action<string> Delete, Action<SweepOutcome> Ended)
{
    /// <summary>What a command to a trial leads to. Tests replace it, to see that they would notice a trial without its fence.</summary>
    public Func<TrialState, TrialCommand, Decision<TrialEvent>> DecideTrial { get; init; } = TrialState.Decide;

    /// <summary>
    /// A journal that cannot be written may be written a little later (a full disk); an actor that must not go on, or that has a bug, ends the
    /// whole system with its exception rather than leaving a hole in the sweep.
    /// </summary>
    public static OneForOneStrategy Supervision { get; } = new(
        e => e is JournalException and not (SequenceConflictException or JournalLockedException) ? Directive.Restart : Directive.Escalate,
        maxRestarts: 5,
        within: TimeSpan.FromMinutes(10),
        minBackoff: TimeSpan.FromSeconds(1),
        maxBackoff: TimeSpan.FromSeconds(30));
}

/// <summary>To the parent: a trial could not be brought to an end because of the world. A search may do without it; else the sweep stops, and goes on when it is run again.</summary>
/// <param name="Subject">the trial</param>
/// <param name="Reason">one sentence</param>
internal sealed record WorldFailed(string Subject, string Reason);
