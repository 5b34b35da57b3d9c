using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>
/// A device node, at the coordinator: has a <see cref="RemoteDevice"/> for each of its devices, and speaks for them with the node itself.
/// </summary>
internal sealed class RemoteNode : UntypedActor, IWithTimers
{
    private readonly string _name;
    private readonly IActorRef _node;
    private readonly IActorRef _broker;
    private readonly TimeSpan _margin;
    private readonly CoordinatorFiles? _files;
    private readonly LinkEnd _link;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<string, IActorRef> _devices = new(StringComparer.Ordinal);
    private readonly RegisterNode _registered;
    private bool _leaving, _gone, _ended;

    public RemoteNode(
        RegisterNode registered, IActorRef node, IActorRef broker, long term, TimeSpan margin, CoordinatorFiles? files)
    {
        (_registered, _name, _node, _broker, _margin, _files) = (registered, registered.Node, node, broker, margin, files);
        _link = new LinkEnd(term, node);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Returns how to make it; it tells its parent <see cref="NodeGone"/> and every <see cref="DeviceChanged"/>.</summary>
    /// <param name="registered">what the node said of itself</param>
    /// <param name="node">its actor</param>
    /// <param name="broker">is told of its devices</param>
    /// <param name="term">the coordinator's</param>
    /// <param name="margin">how long a node that is cut off may take to end its processes</param>
    /// <param name="files">the files of all sweeps, for a node that does not see them; null where all nodes do</param>
    public static Props Props(
        RegisterNode registered, IActorRef node, IActorRef broker, long term, TimeSpan margin, CoordinatorFiles? files = null) =>
        ActorProps.Of(() => new RemoteNode(registered, node, broker, term, margin, files));

    private string Reason => _leaving ? $"node {_name} has left" : $"node {_name} is gone";

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Context.Watch(_node);
        foreach (var device in _registered.Devices)
            _devices.Add(device, Context.ActorOf(
                _registered.Files is { } from && _files is not null
                    ? DeliveringDevice.Props(device, from, _broker, _files) : RemoteDevice.Props(device, _broker),
                device));
        Welcome();
        Timers.StartPeriodicTimer(LinkDue.Instance, LinkDue.Instance, LinkEnd.Pace);
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RegisterNode m when Sender.Equals(_node): OnAgain(m); break;
            case RegisterNode: break; // of a new process, before the end of the old one is known: it asks again
            case LinkFrame m when Sender.Equals(_node):
                foreach (var word in _link.Hear(m)) OnSaid(word);
                break;
            case LeadAsked m when Sender.Equals(_node): Context.Parent.Tell(new ConfirmLead(Self, m.Number)); break;
            case LeadConfirmed when !_gone: _node.Tell(message); break;
            case LeadAsked or LeadConfirmed: break; // of one that is no longer heard
            case Say m when !_gone: _link.Say(m.Device, m.Body); break;
            case Say: break;
            case LeaveNode: _link.Say("", message); break;
            case LinkDue:
                _link.Tick();
                if (_link.IsBroken) Lose();
                break;
            case Terminated: Lose(); break;
            case MarginEnded: End(); break;
            case DeviceEnded m: OnEnded(m.Device); break;
            default: Unhandled(message); break;
        }
    }

    private void Welcome() => _node.Tell(new NodeWelcomed(_link.Term, _registered.Session));

    private void OnAgain(RegisterNode again)
    {
        if (again.Session == _registered.Session) Welcome();
        // It had lost us, and runs nothing any more.
        else if (again.Session > _registered.Session) End();
    }

    private void OnSaid(LinkWord word)
    {
        switch (word.Body)
        {
            case NodeLeaving:
                _leaving = true;
                foreach (var device in _devices.Keys) _broker.Tell(new DeviceLeaving(device));
                break;
            case DeviceChanged: Context.Parent.Tell(word.Body); break;
            default:
                if (word.Body is DeviceUp up) Context.Parent.Tell(new KindSeen(up.Kind));
                if (_devices.TryGetValue(word.Device, out var actor)) actor.Tell(new Heard(word.Body));
                break;
        }
    }

    /// <summary>
    /// What ran there may run on until the node has seen for itself that it is cut off: until then nobody else gets it.
    /// </summary>
    private void Lose()
    {
        if (_gone) return;
        _gone = true;
        if (!_leaving) _log.Warning("node {0} is gone", _name);
        foreach (var device in _devices.Keys)
        {
            _broker.Tell(new DeviceLeaving(device));
            if (!_leaving) Context.Parent.Tell(new DeviceChanged(device, DeviceStatus.Restarting, $"node {_name} is gone"));
        }
        if (_leaving) End();
        else Timers.StartSingleTimer(MarginEnded.Instance, MarginEnded.Instance, _margin);
    }

    private void End()
    {
        if (_ended) return;
        (_gone, _ended) = (true, true);
        Timers.CancelAll();
        foreach (var device in _devices.Values) device.Tell(new DeviceGone(Reason));
        if (_devices.Count == 0) Context.Parent.Tell(new NodeGone(_name, Reason));
    }

    private void OnEnded(string device)
    {
        _devices.Remove(device);
        if (_devices.Count == 0) Context.Parent.Tell(new NodeGone(_name, Reason));
    }

    private sealed record LinkDue
    {
        public static LinkDue Instance { get; } = new();
    }

    private sealed record MarginEnded
    {
        public static MarginEnded Instance { get; } = new();
    }
}
