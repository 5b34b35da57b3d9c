using System.Collections;
using System.Collections.Immutable;

namespace Sweeps.Actors.Devices;

/// <summary>A ticket in the queue.</summary>
/// <param name="Ticket">it</param>
/// <param name="Arrival">counts up; the smaller came first</param>
internal sealed record WaitingTicket(JobTicket Ticket, long Arrival)
{
    /// <summary>The smaller priority, then the smaller turn, then the older.</summary>
    public static IComparer<WaitingTicket> Order { get; } = Comparer<WaitingTicket>.Create(
        (x, y) => (x.Ticket.Priority, x.Ticket.Turn, x.Arrival).CompareTo((y.Ticket.Priority, y.Ticket.Turn, y.Arrival)));
}

/// <summary>
/// The jobs that wait for a device, one per trial: an immutable value, indexed by trial and by sweep, so that a change costs the logarithm
/// of its length. Enumerates from the oldest.
/// </summary>
internal sealed class JobQueue : IReadOnlyCollection<JobTicket>
{
    private readonly ImmutableDictionary<TicketKey, WaitingTicket> _byTrial;
    private readonly ImmutableDictionary<string, SweepQueue> _bySweep;
    private readonly long _arrivals;

    private JobQueue(
        ImmutableDictionary<TicketKey, WaitingTicket> byTrial, ImmutableDictionary<string, SweepQueue> bySweep, long arrivals) =>
        (_byTrial, _bySweep, _arrivals) = (byTrial, bySweep, arrivals);

    public static JobQueue Empty { get; } =
        new(ImmutableDictionary<TicketKey, WaitingTicket>.Empty, ImmutableDictionary.Create<string, SweepQueue>(StringComparer.Ordinal), 0);

    public int Count => _byTrial.Count;

    /// <summary>The queues of sweeps that have jobs waiting, in no order.</summary>
    public IEnumerable<SweepQueue> Sweeps => _bySweep.Values;

    public int Of(string sweep) => _bySweep.GetValueOrDefault(sweep)?.Count ?? 0;

    /// <summary>With a ticket at the end, in place of another of the same trial.</summary>
    public JobQueue Add(JobTicket ticket)
    {
        var rest = Remove(ticket.Key);
        var waiting = new WaitingTicket(ticket, _arrivals);
        var sweep = rest._bySweep.GetValueOrDefault(ticket.Sweep) ?? SweepQueue.Of(ticket.Sweep);
        return new JobQueue(
            rest._byTrial.Add(ticket.Key, waiting), rest._bySweep.SetItem(ticket.Sweep, sweep.Add(waiting)), _arrivals + 1);
    }

    /// <summary>Without the ticket of a trial, if there is one, and if it is of that attempt when one is named.</summary>
    public JobQueue Remove(TicketKey trial, int? attempt = null)
    {
        if (!_byTrial.TryGetValue(trial, out var waiting) || (attempt ?? waiting.Ticket.Attempt) != waiting.Ticket.Attempt) return this;
        var sweep = _bySweep[waiting.Ticket.Sweep].Remove(waiting);
        return new JobQueue(
            _byTrial.Remove(trial), sweep.IsEmpty ? _bySweep.Remove(sweep.Sweep) : _bySweep.SetItem(sweep.Sweep, sweep), _arrivals);
    }

    public IEnumerator<JobTicket> GetEnumerator() => _byTrial.Values.OrderBy(w => w.Arrival).Select(w => w.Ticket).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>The waiting jobs of one sweep, by priority, turn and age, by age alone, and by the model they want.</summary>
internal sealed class SweepQueue
{
    private readonly ImmutableSortedSet<WaitingTicket> _tickets;
    private readonly ImmutableSortedSet<long> _arrivals;
    private readonly ImmutableDictionary<string, ImmutableSortedSet<WaitingTicket>> _byModel;

    private SweepQueue(
        string sweep, ImmutableSortedSet<WaitingTicket> tickets, ImmutableSortedSet<long> arrivals,
        ImmutableDictionary<string, ImmutableSortedSet<WaitingTicket>> byModel) =>
        (Sweep, _tickets, _arrivals, _byModel) = (sweep, tickets, arrivals, byModel);

    public string Sweep { get; }

    public bool IsEmpty => _tickets.IsEmpty;

    public int Count => _tickets.Count;

    /// <summary>The arrival of the oldest ticket, whatever its priority.</summary>
    public long Oldest => _arrivals.Min;

    public static SweepQueue Of(string sweep) => new(
        sweep,
        ImmutableSortedSet.Create(WaitingTicket.Order),
        [],
        ImmutableDictionary.Create<string, ImmutableSortedSet<WaitingTicket>>(StringComparer.Ordinal));

    public SweepQueue Add(WaitingTicket waiting) => new(
        Sweep,
        _tickets.Add(waiting),
        _arrivals.Add(waiting.Arrival),
        waiting.Ticket.Job.Affinity is { } model ? _byModel.With(model, waiting, WaitingTicket.Order) : _byModel);

    public SweepQueue Remove(WaitingTicket waiting) => new(
        Sweep,
        _tickets.Remove(waiting),
        _arrivals.Remove(waiting.Arrival),
        waiting.Ticket.Job.Affinity is { } model ? _byModel.Without(model, waiting) : _byModel);

    /// <summary>
    /// Whose turn it is: of the tickets that want one of the <paramref name="held"/> models, else of all, the first of <see
    /// cref="WaitingTicket.Order"/>.
    /// </summary>
    /// <param name="held">models as keys</param>
    public JobTicket First<T>(ImmutableDictionary<string, T> held)
    {
        // Whenever the broker has come to rest no device is idle or no job waits, so that one of the two is short.
        var models = held.Count < _byModel.Count ? held.Keys.Where(_byModel.ContainsKey) : _byModel.Keys.Where(held.ContainsKey);
        return (models.Select(m => _byModel[m].Min!).Min(WaitingTicket.Order) ?? _tickets.Min!).Ticket;
    }
}
