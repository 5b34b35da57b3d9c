using Sweeps.Domain.Sweeps;

namespace Sweeps.Domain.Cluster;

/// <summary>Something that happened to a cluster: what it runs, and how.</summary>
internal abstract record ClusterEvent;

/// <summary>The cluster runs a sweep.</summary>
/// <param name="Name">the sweep's name, and its folder's below the folder of all sweeps</param>
/// <param name="Run">the name of its journal in the database</param>
/// <param name="Spec">the sweep</param>
/// <param name="Share">how it shares the devices</param>
internal sealed record SweepHosted(string Name, string Run, SweepSpec Spec, SweepShare Share) : ClusterEvent;

/// <summary>A sweep of the cluster was submitted again, perhaps grown; whatever had ended it before, it goes on.</summary>
internal sealed record SweepResubmitted(string Name, SweepSpec Spec) : ClusterEvent;

/// <summary>A sweep shares the devices otherwise from now on.</summary>
internal sealed record ShareChanged(string Name, SweepShare Share) : ClusterEvent;

/// <summary>The kind of devices was chosen that all jobs of a sweep run on, so that all of them compute the same bits.</summary>
internal sealed record KindChosen(string Name, string Kind) : ClusterEvent;

/// <summary>A sweep has ended, and its report is written; or it cannot go on until it is submitted again.</summary>
/// <param name="Name">which</param>
/// <param name="End">how</param>
/// <param name="Reason">why it cannot go on; null when it has ended</param>
internal sealed record HostedSweepEnded(string Name, SweepEnd End, string? Reason) : ClusterEvent;

/// <summary>A node is to leave.</summary>
internal sealed record DrainRequested(string Node) : ClusterEvent;

/// <summary>It has left.</summary>
internal sealed record DrainEnded(string Node) : ClusterEvent;
