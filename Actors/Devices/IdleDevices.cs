using System.Collections.Immutable;

namespace Sweeps.Actors.Devices;

/// <summary>The idle devices of one kind: an immutable value, indexed by the model that they hold.</summary>
internal sealed record IdleDevices
{
    public static IdleDevices None { get; } = new();

    /// <summary>The names of those that hold a model, by model.</summary>
    public ImmutableDictionary<string, ImmutableSortedSet<string>> ByModel { get; private init; } =
        ImmutableDictionary.Create<string, ImmutableSortedSet<string>>(StringComparer.Ordinal);

    public bool IsEmpty => Names.IsEmpty;

    private ImmutableSortedSet<string> Names { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    private ImmutableSortedSet<string> Empty { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public IdleDevices Add(BrokerDevice device) => device.Holds is { } model
        ? this with { Names = Names.Add(device.Name), ByModel = ByModel.With(model, device.Name, StringComparer.Ordinal) }
        : this with { Names = Names.Add(device.Name), Empty = Empty.Add(device.Name) };

    /// <summary>Without a device, which is one of them.</summary>
    public IdleDevices Remove(BrokerDevice device) => device.Holds is { } model
        ? this with { Names = Names.Remove(device.Name), ByModel = ByModel.Without(model, device.Name) }
        : this with { Names = Names.Remove(device.Name), Empty = Empty.Remove(device.Name) };

    /// <summary>The devices that may run a job which wants <paramref name="model"/>, the best first; some more than once.</summary>
    public IEnumerable<string> Choices(string? model) =>
        // A device that holds nothing is the next best: it forgets no model that others may want.
        (model is not null && ByModel.TryGetValue(model, out var holders) ? holders : []).Concat(Empty).Concat(Names);
}
