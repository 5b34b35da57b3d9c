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

    /// <summary>The names of the idle devices that hold a model, by model.</summary>
    public ImmutableDictionary<string, ImmutableSortedSet<string>> IdleByModel { get; private init; } =
        ImmutableDictionary.Create<string, ImmutableSortedSet<string>>(StringComparer.Ordinal);

    public bool HasIdle => !Idle.IsEmpty;

    public int RunningCount => Devices.Count - Idle.Count;

    private ImmutableSortedSet<string> Idle { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    private ImmutableSortedSet<string> IdleAndEmpty { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    // A trial may run twice for a moment: a new attempt may begin before the old one has heard that it is cancelled.
    private ImmutableDictionary<TrialId, ImmutableSortedSet<string>> ByTrial { get; init; } =
        ImmutableDictionary<TrialId, ImmutableSortedSet<string>>.Empty;

    private ImmutableDictionary<string, int> RunningBySweep { get; init; } = ImmutableDictionary.Create<string, int>(
        StringComparer.Ordinal);

    /// <summary>The device of that name, or null.</summary>
    public BrokerDevice? Find(string device) => Devices.GetValueOrDefault(device);

    /// <summary>The first device that runs a job of <paramref name="trial"/>, or null.</summary>
    public BrokerDevice? RunningOn(TrialId trial) => ByTrial.TryGetValue(trial, out var names) ? Devices[names.Min!] : null;

    /// <summary>How many devices run jobs of <paramref name="sweep"/>.</summary>
    public int Running(string sweep) => RunningBySweep.GetValueOrDefault(sweep);

    /// <summary>The idle device to run a job that wants <paramref name="model"/>; there must be an idle one.</summary>
    public BrokerDevice Choose(string? model)
    {
        if (model is not null && IdleByModel.TryGetValue(model, out var holders)) return Devices[holders.Min!];
        // A device that holds nothing is the next best: it forgets no model that others may want.
        return Devices[IdleAndEmpty.Min ?? Idle.Min!];
    }

    /// <summary>With a device, in place of another of the same name.</summary>
    public DevicePool Set(BrokerDevice device)
    {
        var rest = Remove(device.Name);
        var devices = rest.Devices.Add(device.Name, device);
        return device switch
        {
            { Running: { } ticket } => rest with
            {
                Devices = devices,
                ByTrial = rest.ByTrial.With(ticket.Trial, device.Name, StringComparer.Ordinal),
                RunningBySweep = rest.RunningBySweep.SetItem(ticket.Sweep, rest.Running(ticket.Sweep) + 1),
            },
            { Holds: { } model } => rest with
            {
                Devices = devices,
                Idle = rest.Idle.Add(device.Name),
                IdleByModel = rest.IdleByModel.With(model, device.Name, StringComparer.Ordinal),
            },
            _ => rest with { Devices = devices, Idle = rest.Idle.Add(device.Name), IdleAndEmpty = rest.IdleAndEmpty.Add(device.Name) },
        };
    }

    /// <summary>Without the device of that name, if it is there.</summary>
    public DevicePool Remove(string device) => Find(device) switch
    {
        null => this,
        { Running: { } ticket } => this with
        {
            Devices = Devices.Remove(device),
            ByTrial = ByTrial.Without(ticket.Trial, device),
            RunningBySweep = RunningBySweep.SetItem(ticket.Sweep, Running(ticket.Sweep) - 1),
        },
        { Holds: { } model } =>
            this with { Devices = Devices.Remove(device), Idle = Idle.Remove(device), IdleByModel = IdleByModel.Without(model, device) },
        _ => this with { Devices = Devices.Remove(device), Idle = Idle.Remove(device), IdleAndEmpty = IdleAndEmpty.Remove(device) },
    };
}
