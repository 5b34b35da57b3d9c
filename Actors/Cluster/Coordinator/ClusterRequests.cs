using System.Text.Json.Serialization;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Domain.Cluster;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>What somebody asks of a cluster, from any of its nodes.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "ask")]
[JsonDerivedType(typeof(SubmitRequest), "submit")]
[JsonDerivedType(typeof(ControlRequest), "control")]
[JsonDerivedType(typeof(ShareRequest), "share")]
[JsonDerivedType(typeof(DrainRequest), "drain")]
[JsonDerivedType(typeof(StatusRequest), "status")]
[JsonDerivedType(typeof(EventsRequest), "events")]
public abstract record ClusterRequest;

/// <summary>Run a sweep, or go on with it; see <see cref="HostSweep"/>.</summary>
/// <param name="Run">the name that its journal gets, when it is new</param>
/// <param name="Spec">the sweep, whose paths all nodes see</param>
/// <param name="Share">how it shares the devices; null to leave that as it is</param>
public sealed record SubmitRequest(string Run, SweepSpec Spec, SweepShare? Share) : ClusterRequest;

/// <summary>A command to a sweep.</summary>
/// <param name="Name">which</param>
/// <param name="Command">pause, resume, cancel or retry</param>
/// <param name="Trials">which trials, of those commands that take some; of cancel a single trial, search or pruning</param>
public sealed record ControlRequest(string Name, string Command, IReadOnlyList<string>? Trials = null) : ClusterRequest;

/// <summary>Change how a sweep shares the devices; what is null stays.</summary>
public sealed record ShareRequest(string Name, double? Weight, int? Priority, int? Concurrency) : ClusterRequest;

/// <summary>Let a node leave in order.</summary>
public sealed record DrainRequest(string Node) : ClusterRequest;

/// <summary>What is there?</summary>
public sealed record StatusRequest : ClusterRequest;

/// <summary>What has happened in the sweeps, for those who look on by another node?</summary>
/// <param name="After">the id of the last event that was heard; null for none</param>
public sealed record EventsRequest(string? After) : ClusterRequest;

/// <summary>A request on its way to the coordinator.</summary>
internal sealed record ClusterQuestion(ClusterRequest Request) : INodeMessage;

/// <summary>The coordinator's answer.</summary>
/// <param name="Reply">accepted, alreadyDone or refused</param>
/// <param name="Reason">why it was refused, one sentence; null otherwise</param>
/// <param name="Status">what there is, where that was asked</param>
public sealed record ClusterAnswer(string Reply, string? Reason = null, ClusterStatus? Status = null) : INodeMessage
{
    /// <summary>What has happened, where that was asked.</summary>
    public Happenings? Events { get; init; }

    /// <summary>A reply of the domain.</summary>
    public static ClusterAnswer Of(Reply reply) => reply switch
    {
        Domain.Reply.Accepted => new ClusterAnswer("accepted"),
        Domain.Reply.AlreadyDone => new ClusterAnswer("alreadyDone"),
        Domain.Reply.Refused refused => new ClusterAnswer("refused", refused.Reason),
        _ => throw new ArgumentOutOfRangeException(nameof(reply), reply, "expected a reply"),
    };

    /// <summary>As a reply of the domain.</summary>
    public Reply ToReply() => Reply switch
    {
        "accepted" => new Reply.Accepted(),
        "alreadyDone" => new Reply.AlreadyDone(),
        _ => new Reply.Refused(Reason ?? "the cluster's answer is not understood: it is of another version"),
    };
}

/// <summary>What has happened in the sweeps of a cluster.</summary>
/// <param name="Last">the id of the last of them, or of the last that there was</param>
/// <param name="Events">what came behind the one that was named, the oldest first; not all of it, where that is much</param>
public sealed record Happenings(string Last, IReadOnlyList<Happening> Events);

/// <summary>Something that has happened in a sweep of a cluster.</summary>
/// <param name="Id">its number, with the name of whoever counts</param>
/// <param name="Sweep">whose it is</param>
/// <param name="Text">what those who look on are told</param>
public sealed record Happening(string Id, string Sweep, string Text);

/// <summary>What there is in a cluster.</summary>
/// <param name="Coordinator">the address of the node that coordinates it</param>
/// <param name="Term">its fencing number</param>
/// <param name="Nodes">the device nodes, by name</param>
/// <param name="Sweeps">the sweeps that were submitted, by name</param>
public sealed record ClusterStatus(
    string Coordinator, long Term, IReadOnlyList<NodeStatus> Nodes, IReadOnlyList<HostedStatus> Sweeps);

/// <summary>A device node.</summary>
/// <param name="Name">its name</param>
/// <param name="Address">where it is</param>
/// <param name="Devices">its devices</param>
/// <param name="Draining">whether it is to leave</param>
public sealed record NodeStatus(string Name, string Address, IReadOnlyList<DeviceState> Devices, bool Draining);

/// <summary>A device.</summary>
/// <param name="Name">its name</param>
/// <param name="Status">how it is</param>
public sealed record DeviceState(string Name, DeviceStatus Status);

/// <summary>A sweep of a cluster.</summary>
/// <param name="Name">its name</param>
/// <param name="Share">how it shares the devices</param>
/// <param name="Kind">the kind of devices that it runs on, or null</param>
/// <param name="End">how it has ended; null while it is at work</param>
/// <param name="Reason">why it cannot go on, or null</param>
public sealed record HostedStatus(string Name, SweepShare Share, string? Kind, SweepEnd? End, string? Reason);
