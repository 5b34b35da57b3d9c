using System.Collections.Immutable;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Trials;

namespace Sweeps.Actors.Devices;

/// <summary>A device as the broker sees it.</summary>
/// <param name="Name">unique</param>
/// <param name="Gpu">its actor</param>
/// <param name="Running">its job, or null when it is idle</param>
/// <param name="Holds">the model it used last and still has in memory, or null</param>
internal sealed record BrokerDevice(string Name, IActorRef Gpu, JobTicket? Running, string? Holds);

/// <summary>A job for a device.</summary>
internal sealed record Assignment(JobTicket Ticket, BrokerDevice Device);

/// <summary>
/// The queue and the devices, and who gets what. Nothing is stored: after a restart trials queue again and devices report again. No choice made
/// here can change a result.
/// </summary>
internal sealed record BrokerState
{
    /// <summary>Most waiting jobs; one more counts as lost to the world and comes back after a wait.</summary>
    public const int MaxQueued = 100_000;

    public static BrokerState Initial { get; } = new();

    /// <summary>Waiting jobs, oldest first.</summary>
    public ImmutableList<JobTicket> Queue { get; init; } = [];

    /// <summary>Devices whose process is up.</summary>
    public ImmutableSortedDictionary<string, BrokerDevice> Devices { get; init; } =
        ImmutableSortedDictionary.Create<string, BrokerDevice>(StringComparer.Ordinal);

    /// <summary>Sweeps that get no device.</summary>
    public ImmutableHashSet<string> Held { get; init; } = [];

    /// <summary>Whether nobody gets a device any more.</summary>
    public bool IsDraining { get; init; }

    /// <summary>The device that runs a job of <paramref name="trial"/>, or null.</summary>
    public BrokerDevice? RunningOn(TrialId trial) => Devices.Values.FirstOrDefault(d => d.Running?.Trial == trial);

    /// <summary>With a ticket at the end of the queue, in place of another of the same trial.</summary>
    public BrokerState Enqueue(JobTicket ticket) => this with { Queue = Queue.RemoveAll(t => t.Trial == ticket.Trial).Add(ticket) };

    /// <summary>Without the waiting ticket of that attempt.</summary>
    public BrokerState Withdraw(TrialId trial, int attempt) => this with { Queue = Queue.RemoveAll(t => t.Trial == trial && t.Attempt == attempt) };

    /// <summary>With a device whose process has just started: it holds nothing.</summary>
    public BrokerState Ready(string device, IActorRef gpu) => this with { Devices = Devices.SetItem(device, new BrokerDevice(device, gpu, null, null)) };

    /// <summary>With a device that has ended its job.</summary>
    public BrokerState Free(string device) =>
        Devices.TryGetValue(device, out var d) ? this with { Devices = Devices.SetItem(device, d with { Running = null }) } : this;

    /// <summary>Without a device.</summary>
    public BrokerState Down(string device) => this with { Devices = Devices.Remove(device) };

    /// <summary>
    /// The next job for an idle device, or null. The sweep with the fewest running jobs comes first; of its jobs one whose model an idle device
    /// holds, then the smallest priority, then the oldest.
    /// </summary>
    public Assignment? Next()
    {
        var idle = Devices.Values.Where(d => d.Running is null).ToList();
        if (IsDraining || idle.Count == 0) return null;
        var running = Devices.Values.Where(d => d.Running is not null).CountBy(d => d.Running!.Sweep).ToDictionary(StringComparer.Ordinal);
        var waiting = Queue.Where(t => !Held.Contains(t.Sweep)).ToList();
        var sweep = waiting.Select(t => t.Sweep).MinBy(s => running.GetValueOrDefault(s));
        var held = idle.Where(d => d.Holds is not null).Select(d => d.Holds!).ToHashSet(StringComparer.Ordinal);
        // OrderBy is stable: equals stay in the order of the queue, oldest first.
        var ticket = waiting.Where(t => t.Sweep == sweep)
            .OrderBy(t => t.Job.Affinity is { } model && held.Contains(model) ? 0 : 1)
            .ThenBy(t => t.Priority)
            .FirstOrDefault();
        if (ticket is null) return null;
        // A device that holds nothing is the next best: it forgets no model that others may want.
        var device = idle.OrderBy(d => d.Holds == ticket.Job.Affinity && d.Holds is not null ? 0 : d.Holds is null ? 1 : 2).First();
        return new Assignment(ticket, device);
    }

    /// <summary>After an assignment.</summary>
    public BrokerState Assign(Assignment assignment)
    {
        var (ticket, device) = assignment;
        return this with
        {
            Queue = Queue.Remove(ticket),
            Devices = Devices.SetItem(device.Name, device with { Running = ticket, Holds = ticket.Job.Affinity ?? device.Holds }),
        };
    }
}
