using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Domain.Cluster;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>
/// Coordinates a cluster for one term: runs the sweeps that were submitted, and brings their jobs and the devices of all nodes together.
/// What it decides about the cluster is stored before it acts.
/// </summary>
internal sealed class CoordinatorActor : AggregateActor<ClusterState, ClusterCommand, ClusterEvent>
{
    private const string PatienceEnded = "patience";

    private readonly CoordinatorPlan _plan;
    private readonly long _term;
    private readonly IReadOnlyCollection<string> _expected;
    private readonly Dictionary<string, IActorRef> _sweeps = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal);
    private readonly HashSet<string> _young = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _kinds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CommandSweep> _first = new(StringComparer.Ordinal);
    private IActorRef _broker = ActorRefs.Nobody;
    private int _made;

    public CoordinatorActor(CoordinatorPlan plan, Lead lead)
        : base(ClusterStream.Registry, ClusterStream.Name, ClusterState.Initial, ClusterState.Decide, ClusterState.Apply)
        => (_plan, _term, _expected) = (plan, lead.Term, lead.DeviceNodes);

    /// <summary>Returns how to make the coordinator of a term.</summary>
    /// <param name="plan">what it is given</param>
    /// <param name="lead">its lease</param>
    public static Props Props(CoordinatorPlan plan, Lead lead) => ActorProps.Of(() => new CoordinatorActor(plan, lead));

    /// <summary>Whether a failure means that another process coordinates the cluster now.</summary>
    public static bool HasLostLead(Exception cause) => cause is Journal.StreamConflictException or FencedException;

    /// <inheritdoc/>
    protected override IActorRef OpenStream() => Context.ActorOf(
        StreamActor.Props(new StreamSpec(ClusterStream.Name, null, null, _ => []), _plan.Streams), "stream");

    /// <inheritdoc/>
    protected override void Recovered()
    {
        _broker = Context.ActorOf(DeviceBroker.Props([]), "broker");
        _broker.Tell(new DrainBroker());
        foreach (var node in _expected) _awaited.Add(node);
        Timers.StartSingleTimer(PatienceEnded, PatienceEnded, _plan.Patience);
        OpenIfComplete();
        foreach (var sweep in State.Sweeps.Values.Where(sweep => sweep.End is null)) Start(sweep);
    }

    /// <inheritdoc/>
    protected override void Handle(object message)
    {
        switch (message)
        {
            case RegisterNode m: Register(m); break;
            case NodeGone m: OnNodeGone(m); break;
            case ConfirmLead: Context.Parent.Tell(message); break;
            case DeviceChanged m: OnDeviceChanged(m); break;
            case KindSeen m: OnKind(m.Kind); break;
            case HostedEnded m: Execute(new EndHostedSweep(m.Name, m.Outcome.End, m.Outcome.Error)); break;
            case ClusterQuestion m: Answer(m.Request); break;
            case string m when m == PatienceEnded:
                _awaited.Clear();
                OpenIfComplete();
                break;
            case Grown m:
                _young.Remove(m.Node);
                OpenIfComplete();
                break;
            case CommandSweep m:
                _first[m.Name] = m;
                Execute(new ReopenSweep(m.Name));
                break;
            case ClusterAnswer: break; // to a command of its own
            default: Unhandled(message); break;
        }
    }

    /// <inheritdoc/>
    protected override void React(ClusterEvent happened)
    {
        switch (happened)
        {
            case SweepHosted e: Start(State.Sweeps[e.Name]); break;
            case SweepResubmitted e: Submit(State.Sweeps[e.Name]); break;
            case ShareChanged or KindChosen: TellTerms(happened is ShareChanged s ? s.Name : ((KindChosen)happened).Name); break;
            case HostedSweepEnded e: Stop(e.Name); break;
            case DrainRequested e:
                if (_nodes.TryGetValue(e.Node, out var node)) node.Actor.Tell(new LeaveNode());
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Executed(
        ImmutableArray<ClusterCommand> commands, Reply reply, ImmutableArray<ClusterEvent> events, IActorRef sender)
    {
        if (commands is [HostSweep or ChangeShare or RequestDrain or ReopenSweep]) sender.Tell(ClusterAnswer.Of(reply));
    }

    private void Start(HostedSweep sweep)
    {
        if (_kinds.Count > 0 && sweep.Kind is null && !sweep.Share.MixedDevices) Execute(new ChooseKind(sweep.Name, _kinds.Min!));
        TellTerms(sweep.Name);
        var number = (++_made).ToString(CultureInfo.InvariantCulture);
        var actor = Context.ActorOf(HostedSweepActor.Props(_plan, sweep, _broker), $"sweep-{sweep.Name}~{number}");
        _sweeps[sweep.Name] = actor;
        if (_first.Remove(sweep.Name, out var first)) Context.ActorOf(CommandActor.Props(actor, first.Command, first.Asker));
    }

    private void Submit(HostedSweep sweep)
    {
        if (_sweeps.TryGetValue(sweep.Name, out var actor)) actor.Tell(new SubmitSweep(sweep.Spec));
        else Start(sweep);
    }

    private void Stop(string sweep)
    {
        if (_sweeps.Remove(sweep, out var actor)) Context.Stop(actor);
    }

    private void TellTerms(string name)
    {
        var (share, kind) = (State.Sweeps[name].Share, State.Sweeps[name].Kind);
        // Until a kind of devices is chosen it has none.
        var isServed = kind is not null || share.MixedDevices;
        _broker.Tell(
            new SetTerms(
                name, new SweepTerms(share.Weight, share.Priority, share.Concurrency, share.MixedDevices ? null : kind, isServed)));
    }

    private void Register(RegisterNode node)
    {
        if (Refusal(node) is { } reason)
        {
            Sender.Tell(new NodeTurnedAway(reason));
            return;
        }
        if (_nodes.TryGetValue(node.Node, out var known))
        {
            known.Actor.Forward(node);
            return;
        }
        var name = $"node-{node.Node}~{(++_made).ToString(CultureInfo.InvariantCulture)}";
        var actor = Context.ActorOf(RemoteNode.Props(node, Sender, _broker, _term, _plan.Margin, _plan.Files), name);
        _nodes.Add(node.Node, new Node(actor, Sender.Path.Address.ToString(), node.Devices));
        Log.Info("node {0} has joined with {1} devices", node.Node, node.Devices.Length);
        if (State.Draining.Contains(node.Node)) actor.Tell(new LeaveNode());
        if (_awaited.Remove(node.Node) && node.Age < _plan.Silence)
        {
            // Whom it was waited for is another one, whose processes may not have ended: nobody here knows what they did.
            _young.Add(node.Node);
            Timers.StartSingleTimer($"young {node.Node}", new Grown(node.Node), _plan.Silence - node.Age);
        }
        OpenIfComplete();
    }

    private string? Refusal(RegisterNode node)
    {
        if (node.Protocol != NodeProtocol.Version)
            return $"node {node.Node} speaks version {node.Protocol} of the protocol between nodes: expected {NodeProtocol.Version}";
        if (node.Files is not null)
        {
            return _plan.Files is not null
                ? null
                : $"node {node.Node} has a folder of its own (sweeps.cluster.shared = false), and the coordinator's node expects that all "
                    + "nodes see its folder: expected the same on all nodes";
        }
        return node.Folder == _plan.Mark
            ? null
            : $"node {node.Node} does not see the folder of all sweeps that the coordinator's node sees: its own "
                + $"sweeps.cluster.folder {(node.Folder is null ? $"has no {ClusterFolder.MarkName}" : "is another")}";
    }

    private void OpenIfComplete()
    {
        if (_awaited.Count > 0 || _young.Count > 0) return;
        Timers.Cancel(PatienceEnded);
        _broker.Tell(new OpenBroker());
    }

    private void OnNodeGone(NodeGone gone)
    {
        if (!_nodes.Remove(gone.Node, out var node)) return;
        Context.Stop(node.Actor);
        _awaited.Remove(gone.Node);
        Log.Info("{0}", gone.Reason);
        if (State.Draining.Contains(gone.Node)) Execute(new EndDrain(gone.Node));
    }

    private void OnDeviceChanged(DeviceChanged changed)
    {
        foreach (var node in _nodes.Values)
            if (node.Devices.ContainsKey(changed.Device)) node.Devices[changed.Device] = changed.Status;
        foreach (var sweep in _sweeps.Values) sweep.Tell(changed);
    }

    private void OnKind(string kind)
    {
        if (!_kinds.Add(kind)) return;
        foreach (var sweep in State.Sweeps.Values.Where(s => s.End is null && s.Kind is null && !s.Share.MixedDevices))
            Execute(new ChooseKind(sweep.Name, kind));
    }

    private void Answer(ClusterRequest request)
    {
        switch (request)
        {
            case SubmitRequest m:
                Execute(new HostSweep(m.Run, m.Spec, m.Share ?? State.Sweeps.GetValueOrDefault(m.Spec.Name)?.Share ?? new SweepShare()));
                break;
            case ShareRequest m when State.Sweeps.TryGetValue(m.Name, out var sweep):
                Execute(new ChangeShare(m.Name, sweep.Share with
                {
                    Weight = m.Weight ?? sweep.Share.Weight,
                    Priority = m.Priority ?? sweep.Share.Priority,
                    Concurrency = m.Concurrency ?? sweep.Share.Concurrency,
                }));
                break;
            case ShareRequest m: Execute(new ChangeShare(m.Name, new SweepShare())); break;
            case DrainRequest m when !_nodes.ContainsKey(m.Node):
                Sender.Tell(Refuse($"the cluster has no device node {m.Node}: it has {Names(_nodes.Keys)}"));
                break;
            case DrainRequest m: Execute(new RequestDrain(m.Node)); break;
            case StatusRequest: Sender.Tell(new ClusterAnswer("accepted", null, Status())); break;
            case EventsRequest m: Sender.Tell(new ClusterAnswer("accepted") { Events = _plan.Events?.Invoke(m.After) }); break;
            case ControlRequest m: Control(m); break;
            default: Sender.Tell(Refuse("the coordinator does not know this request: it is of another version")); break;
        }
    }

    private void Control(ControlRequest request)
    {
        if (!State.Sweeps.TryGetValue(request.Name, out var hosted))
        {
            Sender.Tell(Refuse($"the cluster has no sweep {request.Name}: it has {Names(State.Sweeps.Keys)}"));
            return;
        }
        SweepCommand? command = request.Command switch
        {
            "pause" => new PauseSweep(),
            "resume" => new ResumeSweep(),
            "cancel" => request.Trials is [{ } part] ? new CancelPart(part) : new CancelSweep(),
            "retry" => new RetryTrials([.. (request.Trials ?? []).Select(trial => new TrialId(trial))]),
            _ => null,
        };
        switch (command, hosted.End)
        {
            case (null, _):
                Sender.Tell(Refuse($"'{request.Command}' is no command to a sweep: expected pause, resume, cancel or retry"));
                break;
            case (_, null): Context.ActorOf(CommandActor.Props(_sweeps[request.Name], command, Sender)); break;
            case (ResumeSweep, SweepEnd.Failed): Execute(new ReopenSweep(request.Name)); break;
            // It is taken up again for that: with this command first.
            case (RetryTrials, not SweepEnd.Cancelled) or (CancelSweep, SweepEnd.Failed):
                Self.Tell(new CommandSweep(request.Name, command, Sender));
                break;
            case (RetryTrials, _): Sender.Tell(Refuse($"the sweep {request.Name} was cancelled for good")); break;
            default: Sender.Tell(ClusterAnswer.Of(new Reply.AlreadyDone())); break;
        }
    }

    private ClusterStatus Status() => new(
        _plan.Address, _term,
        [
            .. _nodes.Select(node => new NodeStatus(
                node.Key, node.Value.Address, [.. node.Value.Devices.Select(device => new DeviceState(device.Key, device.Value))],
                State.Draining.Contains(node.Key))),
        ],
        [.. State.Sweeps.Values.Select(sweep => new HostedStatus(sweep.Name, sweep.Share, sweep.Kind, sweep.End, sweep.Reason))]);

    private static ClusterAnswer Refuse(string reason) => ClusterAnswer.Of(new Reply.Refused(reason));

    private static string Names(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "none";

    /// <summary>To itself: take up a sweep that has ended, with a command.</summary>
    private sealed record Grown(string Node);

    private sealed record CommandSweep(string Name, SweepCommand Command, IActorRef Asker);

    private sealed class Node(IActorRef actor, string address, IEnumerable<string> devices)
    {
        public IActorRef Actor => actor;

        public string Address => address;

        public SortedDictionary<string, DeviceStatus> Devices { get; } =
            new(devices.ToDictionary(d => d, _ => DeviceStatus.Starting), StringComparer.Ordinal);
    }
}
