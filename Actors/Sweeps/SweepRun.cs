using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Sweeps;

/// <summary>One run of a sweep on a given actor system, seen from outside of actors.</summary>
internal sealed class SweepRun
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private readonly IActorRef _run;
    private readonly RunEnds _ends = new();

    public SweepRun(ActorSystem system, RunPlan plan) => _run = system.ActorOf(RunActor.Props(plan, _ends), "run");

    /// <summary>Done when the sweep has recovered and taken the submission, or refused it; not when the run fails before.</summary>
    public Task<Reply> Begun => _ends.Begun;

    /// <summary>What failed the run, or null.</summary>
    public Exception? Cause => _ends.Cause;

    /// <summary>Done when the sweep has ended, cannot go on, or <see cref="Stop"/> was called; the actors are still there.</summary>
    public Task<SweepOutcome> Ended => _ends.Outcome;

    /// <summary>Ends the run; its outcome is <see cref="SweepEnd.Stopped"/> unless it has another already.</summary>
    public void Stop() => End(new SweepOutcome(SweepEnd.Stopped, []));

    /// <summary>Ends the run with an outcome unless it has another already.</summary>
    public void End(SweepOutcome outcome) => _ends.End(outcome);

    /// <summary>Starts the devices of a run whose plan has none, unless it has ended.</summary>
    public void StartDevices(IReadOnlyList<DeviceSpec> devices) => _run.Tell(new StartDevices(devices), ActorRefs.NoSender);

    /// <summary>Sends a command to the sweep; returns its answer. Never faulted: a sweep that cannot answer refuses.</summary>
    public async Task<Reply> Command(SweepCommand command)
    {
        try
        {
            return await _run.Ask<Reply>(command, _patience).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new Reply.Refused(
                $"the sweep gave no answer within {_patience.TotalSeconds:F0} seconds: its journal does not take events, or it has just "
                    + $"ended");
        }
    }

    /// <summary>
    /// Lets running jobs write their checkpoints and ends the devices; done when what they said is stored, or they did not stop in time.
    /// </summary>
    public Task StopDevicesAsync()
    {
        _run.Tell(new StopDevices(), ActorRefs.NoSender);
        return _ends.Stopped;
    }
}
