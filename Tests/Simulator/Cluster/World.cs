using System.Text.Json;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Domain.Cluster;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Simulator.Cluster;

/// <summary>
/// A cluster's run of a sweep: nodes that live and die in one time, the network between them, and the database with lease and journal.
/// What Akka's cluster would tell the nodes of each other, who is gone and who is the singleton, is said by this world, now and then
/// wrongly.
/// </summary>
internal sealed class World
{
    /// <summary>What is in the folder of all sweeps.</summary>
    public const string Mark = "the same folder";

    private const string Sweep = "simulated";

    private readonly Chance _order;
    private readonly VirtualProcess _clock = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly ClusterFaults _faults;
    private readonly TimeSpan _faultyUntil;
    private readonly List<string> _orchestrators, _deviceNodes;
    private int _lives, _looked;

    public World(Simulation simulation, ClusterFaults faults, TimeSpan faultyUntil)
    {
        (Simulation, _faults, _faultyUntil) = (simulation, faults, faultyUntil);
        var seed = simulation.Scenario.Seed;
        (_order, Chance) = (new Chance(seed, "cluster order"), new Chance(seed, "cluster"));
        (Lease, Network) = (new SimulatedLease(this), new Network(this, faults, new Chance(seed, "cluster network")));
        _orchestrators = [.. Enumerable.Range(1, faults.Orchestrators).Select(i => $"o{i}")];
        _deviceNodes = [.. Enumerable.Range(1, faults.DeviceNodes).Select(i => $"d{i}")];
    }

    /// <summary>The times of the nodes' options.</summary>
    public static ClusterOptions Options { get; } = new();

    public Simulation Simulation { get; }

    public Chance Chance { get; }

    public SimulatedLease Lease { get; }

    public Network Network { get; }

    public TimeProvider Clock => _clock;

    public TimeSpan Now => _clock.Elapsed;

    public bool IsOver { get; private set; }

    /// <summary>Whether the database is between the write and the sync of a commit.</summary>
    public bool IsCommitting => Simulation.Disk.HasUnsynced;

    public bool HasFaults => Now < _faultyUntil;

    /// <summary>Runs until the sweep has ended.</summary>
    /// <param name="until">the time at which patience ends</param>
    /// <exception cref="InvalidOperationException">it has not ended by then</exception>
    public void Run(TimeSpan until)
    {
        Note(0, What.Started, null, null, 0, "");
        foreach (var name in _orchestrators.Concat(_deviceNodes)) Start(name);
        After(1, Rule);
        Disturb(_faults.Kills, () => Any()?.End("it is killed"));
        Disturb(_faults.Freezes, () => Freeze(Any(), Chance.Magnitude(0.5, 60)));
        Disturb(_faults.LongFreezes, () => Freeze(Leader(), Chance.Between(12, 60)));
        Disturb(_faults.Partitions, Partition);
        Disturb(_faults.Cuts, Cut);
        Disturb(_faults.SecondLeaders, () => Any(_orchestrators)?.Lead());
        while (!HasEnded())
            if (!Step(until))
                throw new InvalidOperationException(
                    $"the cluster has not completed the sweep, although nothing goes wrong any more; {Last()}");
        IsOver = true;
    }

    /// <summary>Does something later, in the world's time.</summary>
    public void After(double seconds, Action action) => _clock.CreateTimer(
        _ =>
        {
            if (!IsOver) action();
        },
        null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);

    public void Note(int life, What what, string? process, string? trial, int attempt, string text) =>
        Simulation.Log.Add(new Happening(Now, life, Simulation.Disk.Durable.Count, what, process, trial, attempt, text));

    /// <summary>The node that another takes for the coordinator's, if it sees one: of several any.</summary>
    public SimulatedNode? LeaderSeenBy(SimulatedNode node)
    {
        var leaders = Alive(_orchestrators).Where(other => !other.Leader.Equals(Akka.Actor.ActorRefs.Nobody) && Sees(node, other)).ToList();
        return leaders.Count == 0 ? null : leaders[Chance.Next(leaders.Count)];
    }

    /// <summary>The device nodes, which all are members at some time.</summary>
    public IReadOnlyCollection<string> DeviceNodes => _deviceNodes;

    /// <summary>A node's life has ended: the others learn of it after some seconds, and it is started again.</summary>
    public void OnGone(SimulatedNode node)
    {
        After(Detection(), () => Forget(node));
        After(Chance.Between(1, 15), () => Start(node.Name));
    }

    // How long it takes until a node that says nothing is removed: never less than a pause and a stable time.
    private double Detection() =>
        (Options.AcceptableHeartbeatPause + Options.StableAfter).TotalSeconds + Chance.Between(0, 3);

    private bool Sees(SimulatedNode node, SimulatedNode other) => Network.IsOpen(node.Name, other.Name);

    private IEnumerable<SimulatedNode> Alive(IReadOnlyCollection<string> names) =>
        _nodes.Where(node => !node.IsGone && names.Contains(node.Name));

    private SimulatedNode? Any(IReadOnlyCollection<string>? names = null)
    {
        var alive = Alive(names ?? [.. _orchestrators, .. _deviceNodes]).ToList();
        return alive.Count == 0 ? null : alive[Chance.Next(alive.Count)];
    }

    private void Start(string name)
    {
        if (Alive([name]).Any()) return;
        _nodes.RemoveAll(node => node.IsGone);
        _nodes.Add(new SimulatedNode(this, name, _deviceNodes.Contains(name), ++_lives));
    }

    /// <summary>What Akka's singleton does: where no node takes itself for the coordinator one of those that are left begins to. And the
    /// sweep is submitted, again and again, as whoever waits for it does.</summary>
    private void Rule()
    {
        var alive = Alive(_orchestrators).Where(node => !node.IsFrozen).ToList();
        if (alive.Count > 0 && alive.All(node => node.Leader.Equals(Akka.Actor.ActorRefs.Nobody))) alive[Chance.Next(alive.Count)].Lead();
        foreach (var leader in alive.Where(node => !node.Leader.Equals(Akka.Actor.ActorRefs.Nobody)))
            leader.Ask(
                new SubmitRequest(Sweep, Simulation.Scenario.Spec, new SweepShare { MixedDevices = Simulation.Scenario.Seed % 2 == 0 }));
        After(Chance.Between(1, 3), Rule);
    }

    /// <summary>The others know that it is gone: those of its actors that they watch have ended for them.</summary>
    private void Forget(SimulatedNode gone)
    {
        foreach (var node in _nodes.Where(node => !node.IsGone))
        {
            foreach (var (_, actor) in node.StandIns.Where(s => s.Of == gone.Number)) node.System.Stop(actor);
            node.StandIns.RemoveAll(s => s.Of == gone.Number);
        }
    }

    private void Disturb(double mean, Action disturbance)
    {
        if (mean == 0) return;
        After(-Math.Log(1 - Chance.Between(0, 1)) * mean, () =>
        {
            if (!HasFaults) return;
            disturbance();
            Disturb(mean, disturbance);
        });
    }

    private SimulatedNode? Leader() =>
        Alive(_orchestrators).FirstOrDefault(node => node.Term > 0 && node.Term == Lease.Fence);

    private void Freeze(SimulatedNode? node, double seconds)
    {
        if (node is null || node.IsFrozen) return;
        var detection = Detection();
        Note(node.Number, What.Fault, null, null, 0, FormattableString.Invariant($"{node.Name} stands still for {seconds:0.0} s"));
        node.IsFrozen = true;
        var (removed, thawed) = (false, false);
        After(detection, () =>
        {
            if (thawed || node.IsGone) return;
            removed = true;
            Forget(node);
        });
        After(seconds, () =>
        {
            (node.IsFrozen, thawed) = (false, true);
            // It goes on as if nothing had been, until it hears that it was removed.
            if (removed) After(Chance.Between(0, 3), () => node.End($"{node.Name} hears that it was removed"));
        });
    }

    private void Partition()
    {
        string[] all = [.. _orchestrators, .. _deviceNodes];
        HashSet<string> losers = Chance.Happens(0.5) ? [all[Chance.Next(all.Length)]] : [.. all.Where(_ => Chance.Happens(0.4))];
        var (seconds, oneWay) = (Chance.Magnitude(0.5, 60), Chance.Happens(0.3));
        Note(0, What.Fault, null, null, 0, FormattableString.Invariant(
            $"the network between {string.Join(' ', losers)} and the others is cut{(oneWay ? " one way" : "")} for {seconds:0.0} s"));
        void Set(bool isBlocked)
        {
            foreach (var loser in losers)
            {
                foreach (var other in all.Except(losers))
                {
                    Network.Block(loser, other, isBlocked);
                    if (!oneWay) Network.Block(other, loser, isBlocked);
                }
            }
        }

        var mended = false;
        Set(true);
        After(seconds, () =>
        {
            mended = true;
            Set(false);
        });
        foreach (var loser in Alive([.. losers]).ToList())
        {
            // Both sides notice for themselves. Who was removed hears of it at last, and ends.
            After(Detection(), () =>
            {
                if (loser.IsGone || !IsCutOff(loser)) return;
                Forget(loser);
                After(Chance.Between(0, 3), () => loser.End($"{loser.Name} hears that it was removed"));
            });
            After(Detection(), () =>
            {
                if (IsCutOff(loser)) loser.End($"{loser.Name} sees that it is cut off");
            });
        }

        bool IsCutOff(SimulatedNode loser) => !mended
            && _nodes.Any(node => !node.IsGone && !losers.Contains(node.Name) && !Sees(node, loser));
    }

    private void Cut()
    {
        if (Any(_orchestrators) is not { IsCut: false } node) return;
        var seconds = Chance.Magnitude(0.5, 40);
        Note(node.Number, What.Fault, null, null, 0, FormattableString.Invariant($"{node.Name} has no database for {seconds:0.0} s"));
        node.IsCut = true;
        After(seconds, () => node.IsCut = false);
    }

    private bool Step(TimeSpan until)
    {
        var living = _nodes.Where(node => !node.IsGone && !node.IsFrozen).ToList();
        var ready = living.Where(node => node.Process.HasReady).ToList();
        if (ready.Count > 0)
        {
            Step(ready[_order.Next(ready.Count)].Process, Now);
            return true;
        }
        var next = living.Select(node => node.Process).Append(_clock).Where(process => process.NextDue is not null).MinBy(
            process => process.NextDue);
        if (next is null || Max(next.NextDue!.Value, Now) > until) return false;
        Step(next, Max(next.NextDue!.Value, Now));
        return true;
    }

    private void Step(VirtualProcess process, TimeSpan now)
    {
        _clock.Sync(now);
        foreach (var node in _nodes) node.Process.Sync(now);
        process.Step(process.GetUtcNow());
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private bool HasEnded()
    {
        var events = Simulation.Disk.Durable;
        for (; _looked < events.Count; _looked++)
        {
            var (name, payload) = (events[_looked].Event.Name, events[_looked].Event.Payload);
            if (name == "hosted-sweep-ended" && JsonDocument.Parse(payload).RootElement.GetProperty("end").GetString() == "completed")
                return true;
        }
        return false;
    }

    /// <summary>What happened last, for a violation.</summary>
    private string Last()
    {
        var nodes = string.Join(", ", _nodes.Where(node => !node.IsGone).Select(
            node => $"{node.Name} life {node.Number}{(node.IsFrozen ? " frozen" : "")}{(node.IsCut ? " cut" : "")} term {node.Term}"));
        var open = string.Join(", ", Simulation.Disk.Durable.Where(e => e.Entity.StartsWith("trial:", StringComparison.Ordinal))
            .GroupBy(e => e.Entity, StringComparer.Ordinal)
            .Where(of => of.Last().Event.Name is not ("trial-succeeded" or "trial-failed" or "trial-cancelled"))
            .Select(of => $"{of.Key} {of.Last().Event.Name}"));
        return $"nodes: {nodes}; open: {open}; last events: "
            + $"{string.Join(", ", Simulation.Disk.Durable.TakeLast(4).Select(e => $"{e.Entity} {e.Event.Name}"))}";
    }
}
