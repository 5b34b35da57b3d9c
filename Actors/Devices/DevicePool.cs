using System.Collections.Immutable;

namespace Sweeps.Actors.Devices;

/// <summary>
/// The devices whose process is up: an immutable value, indexed by what they run and what they hold, so that a change costs the logarithm
/// of their
/// number.
/// </summary>
internal sealed record DevicePool
{
    public static DevicePool Empty { get; } = new();

    /// <summary>All of them, by name.</summary>
    public ImmutableSortedDictionary<string, BrokerDevice> Devices { get; private init; } =
        ImmutableSortedDictionary.Create<string, BrokerDevice>(StringComparer.Ordinal);

    /// <summary>The idle devices that take jobs, by their kind; a kind without any is not there.</summary>
    public ImmutableSortedDictionary<string, IdleDevices> Idle { get; private init; } =
        ImmutableSortedDictionary.Create<string, IdleDevices>(StringComparer.Ordinal);

    public bool HasIdle => !Idle.IsEmpty;

    public int RunningCount { get; private init; }

    // A trial may run twice for a moment: a new attempt may begin before the old one has heard that it is cancelled.
    private ImmutableDictionary<TicketKey, ImmutableSortedSet<string>> ByTrial { get; init; } =
        ImmutableDictionary<TicketKey, ImmutableSortedSet<string>>.Empty;

    private ImmutableDictionary<string, ImmutableSortedSet<string>> ByMemory { get; init; } =
        ImmutableDictionary.Create<string, ImmutableSortedSet<string>>(StringComparer.Ordinal);

    private ImmutableDictionary<string, int> RunningBySweep { get; init; } = ImmutableDictionary.Create<string, int>(
        StringComparer.Ordinal);

    /// <summary>The sweeps that devices have worked for, in no order.</summary>
    public IEnumerable<string> Sweeps => RunningBySweep.Keys;

    /// <summary>The device of that name, or null.</summary>
    public BrokerDevice? Find(string device) => Devices.GetValueOrDefault(device);

    /// <summary>The first device that runs a job of <paramref name="trial"/>, or null.</summary>
    public BrokerDevice? RunningOn(TicketKey trial) => ByTrial.TryGetValue(trial, out var names) ? Devices[names.Min!] : null;

    /// <summary>How many devices run jobs of <paramref name="sweep"/>.</summary>
    public int Running(string sweep) => RunningBySweep.GetValueOrDefault(sweep);

    /// <summary>The idle devices of a kind, or of every kind, by kind; those of which there are some.</summary>
    public IEnumerable<KeyValuePair<string, IdleDevices>> IdleOf(string? kind) =>
        kind is null ? Idle : Idle.TryGetValue(kind, out var idle) ? [new(kind, idle)] : [];

    /// <summary>The devices that share a memory.</summary>
    public IEnumerable<BrokerDevice> Sharing(string memory) => ByMemory[memory].Select(name => Devices[name]);

    /// <summary>With a device, in place of another of the same name.</summary>
    public DevicePool Set(BrokerDevice device)
    {
        var rest = Remove(device.Name);
        var with = rest with
        {
            Devices = rest.Devices.Add(device.Name, device),
            ByMemory = device.Memory is { } memory ? rest.ByMemory.With(memory, device.Name, StringComparer.Ordinal) : rest.ByMemory,
        };
        if (device.Running is { } ticket)
        {
            return with with
            {
                RunningCount = rest.RunningCount + 1,
                ByTrial = rest.ByTrial.With(ticket.Key, device.Name, StringComparer.Ordinal),
                RunningBySweep = rest.RunningBySweep.SetItem(ticket.Sweep, rest.Running(ticket.Sweep) + 1),
            };
        }
        var idle = rest.Idle.GetValueOrDefault(device.Kind) ?? IdleDevices.None;
        return device.IsLeaving ? with : with with { Idle = rest.Idle.SetItem(device.Kind, idle.Add(device)) };
    }

    /// <summary>Without the device of that name, if it is there.</summary>
    public DevicePool Remove(string device)
    {
        if (Find(device) is not { } found) return this;
        var without = this with
        {
            Devices = Devices.Remove(device),
            ByMemory = found.Memory is { } memory ? ByMemory.Without(memory, device) : ByMemory,
        };
        if (found.Running is { } ticket)
        {
            return without with
            {
                RunningCount = RunningCount - 1,
                ByTrial = ByTrial.Without(ticket.Key, device),
                RunningBySweep = RunningBySweep.SetItem(ticket.Sweep, Running(ticket.Sweep) - 1),
            };
        }
        if (found.IsLeaving) return without;
        var idle = Idle[found.Kind].Remove(found);
        return without with { Idle = idle.IsEmpty ? Idle.Remove(found.Kind) : Idle.SetItem(found.Kind, idle) };
    }
}
