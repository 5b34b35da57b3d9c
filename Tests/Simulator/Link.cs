using Akka.Actor;
using Sweeps.Actors.Devices;

namespace Sweeps.Simulator;

/// <summary>
/// Between devices and whoever's job they run: as a network may, it brings some messages a second time, when nobody thinks of them any
/// more.
/// </summary>
internal sealed class Link(Life life, Faults faults, Chance chance, IActorRef owner) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        owner.Forward(message);
        if (message is not (JobStarted or JobLost or ResultMessage or FailedMessage or CancelledMessage)) return;
        if (!chance.Happens(faults.Repeats) || !life.HasFaults) return;
        var sender = Sender;
        life.Time.CreateTimer(
            _ => owner.Tell(message, sender), null, TimeSpan.FromSeconds(chance.Magnitude(0.01, 100)), Timeout.InfiniteTimeSpan);
    }
}
