using Sweeps.Domain.Sweeps;

namespace Sweeps.Domain.Cluster;

/// <summary>A command to a cluster.</summary>
internal abstract record ClusterCommand;

/// <summary>Run a sweep, or go on with one of that name; what it may not become is refused by the sweep itself.</summary>
internal sealed record HostSweep(string Run, SweepSpec Spec, SweepShare Share) : ClusterCommand;

/// <summary>Take up a sweep that has ended, as it was.</summary>
internal sealed record ReopenSweep(string Name) : ClusterCommand;

/// <summary>Change how a sweep shares the devices.</summary>
internal sealed record ChangeShare(string Name, SweepShare Share) : ClusterCommand;

/// <summary>Fix the kind of devices of a sweep that has none yet.</summary>
internal sealed record ChooseKind(string Name, string Kind) : ClusterCommand;

/// <summary>A sweep has ended, or cannot go on.</summary>
internal sealed record EndHostedSweep(string Name, SweepEnd End, string? Reason) : ClusterCommand;

/// <summary>Let a node leave.</summary>
internal sealed record RequestDrain(string Node) : ClusterCommand;

/// <summary>A node has left.</summary>
internal sealed record EndDrain(string Node) : ClusterCommand;
