using System.Collections.Immutable;
using Akka.Actor;

namespace Sweeps.Actors.Devices;

/// <summary>A device as the broker sees it.</summary>
/// <param name="Name">unique</param>
/// <param name="Actor">its actor</param>
/// <param name="Running">its job, or null when it is idle</param>
/// <param name="Holds">the model it used last and still has in memory, or null</param>
internal sealed record BrokerDevice(string Name, IActorRef Actor, JobTicket? Running, string? Holds)
{
    /// <summary>Devices of one kind compute the same bits.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Whether it gets no more jobs: its node is leaving.</summary>
    public bool IsLeaving { get; init; }

    /// <summary>See <see cref="DeviceSpec.Memory"/>.</summary>
    public string? Memory { get; init; }

    /// <summary>Bytes of it that its process has taken, and gives back at its end only.</summary>
    public long Held { get; init; }

    /// <summary>Bytes of it that are kept for its job; 0 when it is idle.</summary>
    public long Reserved { get; init; }

    /// <summary>Bytes of it that others cannot have.</summary>
    public long Taken => Math.Max(Held, Reserved);
}

/// <summary>How a sweep shares the devices with others.</summary>
/// <param name="Weight">above 0: a sweep of weight 2 gets twice the devices of one of weight 1</param>
/// <param name="Priority">sweeps of a higher one come first, whatever the weights</param>
/// <param name="MostJobs">most of its jobs at a time; 0 for no limit</param>
/// <param name="Kind">the kind of devices that its jobs run on; null for all</param>
/// <param name="IsServed">whether it gets any device at all</param>
internal sealed record SweepTerms(double Weight = 1, int Priority = 0, int MostJobs = 0, string? Kind = null, bool IsServed = true)
{
    public static SweepTerms Default { get; } = new();
}

internal sealed record Assignment(JobTicket Ticket, BrokerDevice Device);

/// <summary>
/// The queue and the devices, and who gets what. Nothing is stored: after a restart trials queue again and devices report again. No choice
/// made
/// here can change a result.
/// </summary>
internal sealed record BrokerState
{
    /// <summary>Most waiting jobs; one more counts as lost to the world and comes back after a wait.</summary>
    public const int MaxQueued = 100_000;

    public static BrokerState Initial { get; } = new();

    /// <summary>Waiting jobs, oldest first.</summary>
    public JobQueue Queue { get; private init; } = JobQueue.Empty;

    /// <summary>
    /// Tickets of trials of which an older attempt is still at work: they join the queue when its device has ended it, so that two never
    /// work on one trial at once.
    /// </summary>
    public ImmutableDictionary<TicketKey, JobTicket> Deferred { get; private init; } = ImmutableDictionary<TicketKey, JobTicket>.Empty;

    public ImmutableSortedDictionary<string, BrokerDevice> Devices => Pool.Devices;

    public ImmutableHashSet<string> Held { get; init; } = [];

    /// <summary>How sweeps share the devices; those that are not there have <see cref="SweepTerms.Default"/>.</summary>
    public ImmutableDictionary<string, SweepTerms> Terms { get; init; } =
        ImmutableDictionary.Create<string, SweepTerms>(StringComparer.Ordinal);

    /// <summary>The sweeps that have jobs here, in no order.</summary>
    public IEnumerable<string> Sweeps => Queue.Sweeps.Select(queue => queue.Sweep).Union(Pool.Sweeps);

    /// <summary>Whether nobody gets a device any more.</summary>
    public bool IsDraining { get; init; }

    /// <summary>How many jobs have to share the cores: those that run or wait, at most one per device.</summary>
    public int Sharing => Math.Min(Pool.RunningCount + Queue.Count, Devices.Count);

    private DevicePool Pool { get; init; } = DevicePool.Empty;

    private MemoryNeeds Needs { get; init; } = MemoryNeeds.None;

    /// <summary>The device that runs a job of <paramref name="trial"/>, or null.</summary>
    public BrokerDevice? RunningOn(TicketKey trial) => Pool.RunningOn(trial);

    public int Waiting(string sweep) => Queue.Of(sweep);

    public int Running(string sweep) => Pool.Running(sweep);

    /// <summary>With a ticket at the end of the queue, or deferred, in place of another of the same trial.</summary>
    public BrokerState Enqueue(JobTicket ticket) => RunningOn(ticket.Key) is null
        ? this with { Queue = Queue.Add(ticket) }
        : this with { Deferred = Deferred.SetItem(ticket.Key, ticket) };

    /// <summary>Without the waiting ticket of that attempt.</summary>
    public BrokerState Withdraw(TicketKey trial, int attempt) => this with
    {
        Queue = Queue.Remove(trial, attempt),
        Deferred = Deferred.GetValueOrDefault(trial)?.Attempt == attempt ? Deferred.Remove(trial) : Deferred,
    };

    /// <summary>With a device whose process has just started: it holds nothing.</summary>
    public BrokerState Ready(string device, IActorRef actor, string kind = "", string? memory = null) =>
        Ended(Pool.Find(device)?.Running, Pool.Set(new BrokerDevice(device, actor, null, null) { Kind = kind, Memory = memory }));

    /// <summary>With what is known since a device has measured itself, see <see cref="DeviceMeasured"/>.</summary>
    public BrokerState Measured(string device, long peak, long size)
    {
        if (Pool.Find(device) is not { Memory: { } memory, Running: { } ticket } found) return this;
        if (peak == 0) return this with { Needs = Needs.Suspect(ticket) };
        var needs = Needs.With(ticket, memory, peak, found.Held, size);
        return this with
        {
            Needs = needs,
            Pool = Pool.Set(found with { Held = Math.Max(found.Held, peak), Reserved = needs.Of(ticket, memory) }),
        };
    }

    /// <summary>With a device that gets no more jobs; the one it runs goes on.</summary>
    public BrokerState Leave(string device) =>
        Pool.Find(device) is { } d ? this with { Pool = Pool.Set(d with { IsLeaving = true }) } : this;

    /// <summary>With a device that has ended its job.</summary>
    public BrokerState Free(string device) =>
        Pool.Find(device) is { } d ? Ended(d.Running, Pool.Set(d with { Running = null, Reserved = 0 })) : this;

    public BrokerState Down(string device) => Pool.Find(device) is { } d ? Ended(d.Running, Pool.Remove(device)) : this;

    /// <summary>
    /// The next job for an idle device, or null. The sweep with the highest priority comes first, of those the one with the fewest running
    /// jobs for its weight, of equals the one that has waited longest; of its jobs one whose model an idle device holds, then the first of
    /// <see cref="WaitingTicket.Order"/>. One that no shared memory has room for is passed over by none that wants devices of its kind: it
    /// would wait for ever.
    /// </summary>
    public Assignment? Next() => Turns().FirstOrDefault(turn => turn.Device is not null) is { Device: { } device } next
        ? new Assignment(next.Ticket, device)
        : null;

    /// <summary>
    /// Idle devices whose processes hold memory that a waiting job needs. It runs when they have been started again.
    /// </summary>
    public ImmutableArray<BrokerDevice> InTheWay() =>
    [
        .. from turn in Turns()
           where turn.Device is null
           let room = turn.Idle.Select(name => Pool.Devices[name]).FirstOrDefault(
               device => Needs.HasRoom(
                   turn.Ticket, device with { Held = 0 }, Beside(device).Where(other => other.Running is not null)))
           where room is not null
           from device in Pool.Sharing(room.Memory!)
           where device is { Running: null, IsLeaving: false, Held: > 0 }
           select device,
    ];

    private IEnumerable<BrokerDevice> Beside(BrokerDevice device) => Pool.Sharing(device.Memory!).Where(other => other != device);

    /// <summary>Whose turn it is, one after the other; without a device where the memory of all has no room.</summary>
    private IEnumerable<Turn> Turns()
    {
        if (IsDraining || !Pool.HasIdle) yield break;
        var waits = new HashSet<string>(StringComparer.Ordinal);
        var inTurn = Queue.Sweeps.Where(IsServed).OrderBy(s => (-Of(s).Priority, Pool.Running(s.Sweep) / Of(s).Weight, s.Oldest));
        foreach (var sweep in inTurn)
        {
            foreach (var (kind, idle) in Pool.IdleOf(Of(sweep).Kind).Where(of => !waits.Contains(of.Key)))
            {
                var ticket = sweep.First(idle.ByModel);
                var choices = idle.Choices(ticket.Job.Affinity);
                var device = choices.Select(name => Pool.Devices[name]).FirstOrDefault(
                    device => device.Memory is null || Needs.HasRoom(ticket, device, Beside(device)));
                yield return new Turn(ticket, choices, device);
                waits.Add(kind);
            }
        }
    }

    public BrokerState Assign(Assignment assignment)
    {
        var (ticket, device) = assignment;
        return this with
        {
            Queue = Queue.Remove(ticket.Key),
            Pool = Pool.Set(device with
            {
                Running = ticket,
                Holds = ticket.Job.Affinity ?? device.Holds,
                Reserved = device.Memory is { } memory ? Needs.Of(ticket, memory) : 0,
            }),
        };
    }

    private SweepTerms Of(SweepQueue queue) => Terms.GetValueOrDefault(queue.Sweep) ?? SweepTerms.Default;

    private bool IsServed(SweepQueue queue)
    {
        var terms = Of(queue);
        return terms.IsServed && !Held.Contains(queue.Sweep) && (terms.MostJobs == 0 || Pool.Running(queue.Sweep) < terms.MostJobs)
            && Pool.IdleOf(terms.Kind).Any();
    }

    private BrokerState Ended(JobTicket? ticket, DevicePool pool)
    {
        var after = this with { Pool = pool };
        return ticket is not null && Deferred.TryGetValue(ticket.Key, out var next)
            ? after with { Deferred = Deferred.Remove(ticket.Key), Queue = Queue.Add(next) }
            : after;
    }

    /// <summary>A job that is to run, and where.</summary>
    private sealed record Turn(JobTicket Ticket, IEnumerable<string> Idle, BrokerDevice? Device);
}
