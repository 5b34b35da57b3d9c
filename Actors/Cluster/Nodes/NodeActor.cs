using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>
/// The devices of a node: supervises them, and speaks with the coordinator for them. While there is no coordinator it runs nothing: what
/// its
/// devices were doing is stopped before another coordinator is told of them, so that no two devices work on one trial.
/// </summary>
internal sealed class NodeActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly NodePlan _plan;
    private readonly IActorRef _coordinator;
    private readonly IActorRef _process;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<string, Place> _places = new(StringComparer.Ordinal);
    private LinkEnd? _link;
    private bool _leaving;
    private int _started;
    private TimeSpan _begun;
    private readonly Queue<(long Number, TimeSpan At)> _asked = new();
    private long _session = 1, _questions;
    private bool _confirmed;

    public NodeActor(NodePlan plan, IActorRef coordinator, IActorRef process) =>
        (_plan, _coordinator, _process) = (plan, coordinator, process);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Returns how to make the actor.</summary>
    /// <param name="plan">the node and its devices</param>
    /// <param name="coordinator">passes messages on to whoever coordinates the cluster, where there is one</param>
    /// <param name="process">
    /// is told <see cref="NodeWorks"/>, <see cref="NodeLeft"/>, <see cref="NodeRefused"/>, <see cref="NodeBroken"/> and every
    /// <see cref="DeviceChanged"/>
    /// </param>
    public static Props Props(NodePlan plan, IActorRef coordinator, IActorRef process) =>
        ActorProps.Of(() => new NodeActor(plan, coordinator, process));

    private bool IsClean => _places.Values.All(place => place.Running is null);

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _begun = Context.System.Scheduler.MonotonicClock;
        foreach (var device in _plan.Devices) Start(device);
        Timers.StartPeriodicTimer(Seek.Instance, Seek.Instance, TimeSpan.Zero, _pause);
        Timers.StartPeriodicTimer(LinkDue.Instance, LinkDue.Instance, LinkEnd.Pace);
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Seek: Register(); break;
            case LinkDue: Tick(); break;
            case NodeWelcomed m when m.Session == _session: OnWelcomed(m.Term); break;
            case NodeWelcomed: break; // of one that is lost since
            case LeadConfirmed m when Sender.Equals(_link?.Peer): OnConfirmed(m.Number); break;
            case LeadConfirmed: break; // of one that is no longer heard
            case LeadLapsed: LoseCoordinator(); break;
            case NodeTurnedAway m: _process.Tell(new NodeRefused(m.Reason)); break;
            case LinkFrame m when Sender.Equals(_link?.Peer):
                foreach (var word in _link!.Hear(m)) OnTold(word);
                break;
            case LinkFrame: break; // of one that is no longer heard
            case Terminated m when m.ActorRef.Equals(_link?.Peer): LoseCoordinator(); break;
            case Terminated m: OnDeviceActorGone(m.ActorRef); break;
            case GraceEnded: KillRunning(); break;
            case LeaveNode: Leave(); break;
            case DeviceStopped m: OnStopped(m.Device); break;
            case DeviceChanged m: OnDeviceChanged(m); break;
            default: OnDeviceSaid(message); break;
        }
    }

    private void Start(DeviceSpec device)
    {
        var number = (++_started).ToString(CultureInfo.InvariantCulture);
        Props Of(IActorRef broker, IActorRef progress) =>
            DeviceActor.Props(device, _plan.Launcher, broker, _plan.Options, progress, says: true);
        var actor = Context.ActorOf(
            _plan.Files is { } files ? StagedDevice.Props(device.Name, Of, files) : Of(Self, Self), $"{device.Name}~{number}");
        _places[device.Name] = new Place(device, Context.Watch(actor));
    }

    private void Register()
    {
        if (_link is null && IsClean && !_leaving)
            _coordinator.Tell(
                new RegisterNode(_plan.Name, NodeProtocol.Version, [.. _places.Keys], _plan.ReadFolder(), _session)
                {
                    Age = Context.System.Scheduler.MonotonicClock - _begun,
                    Files = _plan.Files?.Address,
                });
    }

    private void OnWelcomed(long term)
    {
        // It may be said twice.
        if (_link is not null || !IsClean || _leaving) return;
        _log.Info("welcomed by {0}, term {1}", Sender.Path.Address, term);
        Context.Watch(Sender);
        _link = new LinkEnd(term, Sender);
        // A coordinator that is not confirmed may have lost its lease long ago, and not know it.
        Timers.StartSingleTimer(LeadLapsed.Instance, LeadLapsed.Instance, _plan.Options.Cluster.LeaseDuration);
        AskForLead();
    }

    private void AskForLead()
    {
        var now = Context.System.Scheduler.MonotonicClock;
        _asked.Enqueue((++_questions, now));
        // What nobody answers for so long is of no use any more.
        while (now - _asked.Peek().At > _plan.Options.Cluster.LeaseDuration) _asked.Dequeue();
        _link!.Peer.Tell(new LeadAsked(_questions));
    }

    /// <summary>The coordinator led when this was asked: it does for the duration of a lease from then on.</summary>
    private void OnConfirmed(long number)
    {
        var asked = TimeSpan.Zero;
        while (_asked.TryPeek(out var question) && question.Number <= number)
        {
            if (question.Number == number) asked = question.At;
            _asked.Dequeue();
        }
        if (asked == TimeSpan.Zero) return;
        var left = _plan.Options.Cluster.LeaseDuration - (Context.System.Scheduler.MonotonicClock - asked);
        if (left <= TimeSpan.Zero) return;
        Timers.StartSingleTimer(LeadLapsed.Instance, LeadLapsed.Instance, left);
        if (_confirmed) return;
        _confirmed = true;
        foreach (var (name, place) in _places)
        {
            if (place.Changed is { } changed) _link!.Say(name, changed);
            if (place.Kind is { } kind) _link!.Say(name, new DeviceUp(kind) { Memory = place.Spec.Memory });
        }
    }

    private void OnDeviceChanged(DeviceChanged changed)
    {
        _process.Tell(changed);
        if (_places.TryGetValue(changed.Device, out var place)) place.Changed = changed;
        _link?.Say(changed.Device, changed);
    }

    private void Tick()
    {
        if (_link is null) return;
        _link.Tick();
        AskForLead();
        if (_link.IsBroken) LoseCoordinator();
    }

    private void OnTold(LinkWord word)
    {
        if (word.Body is LeaveNode)
        {
            Leave();
            return;
        }
        if (!_places.TryGetValue(word.Device, out var place)) return;
        switch (word.Body)
        {
            case RemoteJob m:
                _process.Tell(NodeWorks.Instance);
                place.Running = (m.Sweep, m.Trial, m.Attempt);
                place.Actor.Tell(
                    new RunJob(
                        new JobTicket(m.Sweep, m.Trial, m.Attempt, m.Job, m.ResumeFrom, Self) { Folder = m.Folder, Inputs = m.Inputs }));
                ShareCores();
                break;
            case CancelJob or BarrierPassed or RefreshDevice: place.Actor.Tell(word.Body); break;
            default: Unhandled(word); break;
        }
    }

    private void OnDeviceSaid(object message)
    {
        if (_places.Values.FirstOrDefault(p => p.Actor.Equals(Sender)) is not { } place)
        {
            if (message is not (DeviceMessage or FilesWritten or DeviceReady or DeviceMeasured or DeviceFreed or DeviceDown or DeviceLost))
                Unhandled(message);
            return;
        }
        var name = place.Spec.Name;
        switch (message)
        {
            case DeviceReady m:
                (place.Kind, place.Running) = (m.Kind, null);
                if (_confirmed) _link?.Say(name, new DeviceUp(m.Kind) { Memory = m.Memory });
                ShareCores();
                break;
            case DeviceFreed:
                place.Running = null;
                _link?.Say(name, message);
                ShareCores();
                break;
            case DeviceDown or DeviceLost:
                (place.Kind, place.Running) = (null, null);
                _link?.Say(name, message);
                ShareCores();
                if (message is DeviceLost lost) OnLost(place, lost.Reason);
                break;
            case StoreBarrier when _link is null: Sender.Tell(new BarrierPassed()); break;
            case JobStarted or JobLost or StoreBarrier or FilesWritten or DeviceMeasured or DeviceMessage: _link?.Say(name, message); break;
            default: Unhandled(message); break;
        }
    }

    private void OnLost(Place place, string reason)
    {
        place.Lost = reason;
        if (_places.Values.Any(p => p.Lost is null) || _leaving) return;
        _process.Tell(new NodeBroken(string.Join("; ", _places.Select(p => $"{p.Key}: {p.Value.Lost}"))));
    }

    /// <summary>Nobody will take what is at work now: the next coordinator gives it to some device from its last checkpoint.</summary>
    private void LoseCoordinator()
    {
        _log.Warning("the coordinator is gone: what runs here is stopped");
        Context.Unwatch(_link!.Peer);
        (_link, _session, _confirmed) = (null, _session + 1, false);
        _asked.Clear();
        Timers.Cancel(LeadLapsed.Instance);
        foreach (var place in _places.Values)
        {
            if (place.Running is var (sweep, trial, attempt)) place.Actor.Tell(new CancelJob(sweep, trial, attempt));
            if (_leaving) place.Actor.Tell(new BarrierPassed());
        }
        Timers.StartSingleTimer(GraceEnded.Instance, GraceEnded.Instance, _plan.Options.StopGrace);
    }

    private void KillRunning()
    {
        if (_link is not null || _leaving) return;
        // It is at work until its process has ended, which takes a moment: only then may this node be thought to do nothing.
        foreach (var place in _places.Values.Where(place => place.Running is not null)) place.Actor.Tell(new KillDevice());
    }

    private void OnDeviceActorGone(IActorRef actor)
    {
        if (_places.Values.FirstOrDefault(p => p.Actor.Equals(actor)) is not { } place || _leaving) return;
        _link?.Say(place.Spec.Name, new DeviceDown(place.Spec.Name));
        Start(place.Spec);
    }

    private void Leave()
    {
        if (_leaving) return;
        _leaving = true;
        _link?.Say("", new NodeLeaving());
        foreach (var place in _places.Values) place.Actor.Tell(new StopDevice());
        if (_places.Count == 0) _process.Tell(new NodeLeft());
    }

    private void OnStopped(string device)
    {
        _places.Remove(device);
        if (_places.Count == 0) _process.Tell(new NodeLeft());
    }

    private void ShareCores()
    {
        var share = new ShareCores(Math.Max(1, _places.Values.Count(place => place.Running is not null)));
        foreach (var place in _places.Values) place.Actor.Tell(share);
    }

    /// <summary>A device, as its node sees it.</summary>
    private sealed class Place(DeviceSpec spec, IActorRef actor)
    {
        public DeviceSpec Spec => spec;

        public IActorRef Actor => actor;

        /// <summary>Null while its process is not up.</summary>
        public string? Kind { get; set; }

        public (string Sweep, TrialId Trial, int Attempt)? Running { get; set; }

        /// <summary>Why it was given up, or null.</summary>
        public string? Lost { get; set; }

        /// <summary>How it is, for the next coordinator; null while its process has not been started.</summary>
        public DeviceChanged? Changed { get; set; }
    }

    private sealed record Seek
    {
        public static Seek Instance { get; } = new();
    }

    private sealed record LeadLapsed
    {
        public static LeadLapsed Instance { get; } = new();
    }

    private sealed record LinkDue
    {
        public static LinkDue Instance { get; } = new();
    }

    private sealed record GraceEnded
    {
        public static GraceEnded Instance { get; } = new();
    }
}
