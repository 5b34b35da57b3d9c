using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>
/// A device of another node, at the coordinator: to the broker and to the owners of jobs it is the device itself; its parent carries what
/// is
/// said there and back.
/// </summary>
internal sealed class RemoteDevice(string name, IActorRef broker) : UntypedActor
{
    private JobTicket? _ticket;
    private bool _ended = true, _gone;

    public static Props Props(string name, IActorRef broker) => ActorProps.Of(() => new RemoteDevice(name, broker));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunJob m: Run(m.Ticket); break;
            case CancelJob or BarrierPassed or RefreshDevice: Context.Parent.Tell(new Say(name, message)); break;
            case ShareCores: break; // the node's own business
            case Heard m: OnHeard(m.Body); break;
            case DeviceGone m: OnGone(m.Reason); break;
            case DeviceForgotten: Context.Parent.Tell(new DeviceEnded(name)); break;
            default: Unhandled(message); break;
        }
    }

    private void Run(JobTicket ticket)
    {
        if (_gone)
        {
            ticket.Owner.Tell(new JobLost(ticket.Trial, ticket.Attempt, $"{name} is gone"));
            return;
        }
        (_ticket, _ended) = (ticket, false);
        Context.Parent.Tell(
            new Say(name, new RemoteJob(ticket.Sweep, ticket.Folder, ticket.Trial, ticket.Attempt, ticket.Job, ticket.ResumeFrom)));
    }

    private void OnHeard(object body)
    {
        switch (body)
        {
            case DeviceUp m: broker.Tell(new DeviceReady(name, Self, m.Kind) { Memory = m.Memory }); break;
            case DeviceMeasured or DeviceFreed or DeviceDown or DeviceLost: broker.Tell(body); break;
            case JobStarted m: ToOwner(m.Trial.Value, m.Attempt, m, ends: false); break;
            case JobLost m: ToOwner(m.Trial.Value, m.Attempt, m, ends: true); break;
            case ProgressMessage m: ToOwner(m.Trial, m.Attempt, m, ends: false); break;
            case CheckpointMessage m: ToOwner(m.Trial, m.Attempt, m, ends: false); break;
            case EvaluatedMessage m: ToOwner(m.Trial, m.Attempt, m, ends: false); break;
            case ResultMessage m: ToOwner(m.Trial, m.Attempt, m, ends: true); break;
            case FailedMessage m: ToOwner(m.Trial, m.Attempt, m, ends: true); break;
            case CancelledMessage m: ToOwner(m.Trial, m.Attempt, m, ends: true); break;
            case StoreBarrier when _ticket is not null: _ticket.Owner.Tell(body); break;
            case StoreBarrier: Context.Parent.Tell(new Say(name, new BarrierPassed())); break;
            default: Unhandled(body); break;
        }
    }

    private void ToOwner(string trial, int attempt, object message, bool ends)
    {
        if (_ticket is not { } ticket || ticket.Trial.Value != trial || ticket.Attempt != attempt) return;
        _ended |= ends;
        ticket.Owner.Tell(message);
    }

    private void OnGone(string reason)
    {
        _gone = true;
        // A job that it was given before the broker hears this comes before the broker's answer.
        broker.Tell(new ForgetDevice(name));
        if (_ticket is { } ticket && !_ended) ticket.Owner.Tell(new JobLost(ticket.Trial, ticket.Attempt, reason));
        _ended = true;
    }
}
