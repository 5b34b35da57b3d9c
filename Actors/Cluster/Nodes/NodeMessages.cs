using System.Collections.Immutable;
using Akka.Actor;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>Goes from one process to another: <see cref="NodeSerializer"/> writes it.</summary>
internal interface INodeMessage;

/// <summary>
/// From a device node to whoever coordinates the cluster, again and again until it is answered by <see cref="NodeWelcomed"/> or
/// <see cref="NodeTurnedAway"/>. None of its devices runs a job then.
/// </summary>
/// <param name="Node">the node's name, unique in the cluster</param>
/// <param name="Protocol">version of these messages, <see cref="NodeProtocol.Version"/></param>
/// <param name="Devices">the names of its devices</param>
/// <param name="Folder">what it reads in the folder of all sweeps, see <see cref="ClusterFolder"/>; null when there is nothing</param>
/// <param name="Session">counts how often the node had to find a coordinator, from 1</param>
internal sealed record RegisterNode(
    string Node, int Protocol, ImmutableArray<string> Devices, string? Folder, long Session) : INodeMessage
{
    /// <summary>
    /// How long ago the node began. One that has just begun may have had another before it, whose device processes have not ended yet.
    /// </summary>
    public TimeSpan Age { get; init; }

    /// <summary>host:port, where the node gives its files to others; null for one that sees the folder of all sweeps.</summary>
    public string? Files { get; init; }
}

/// <summary>To a node, from the one that speaks with it from now on.</summary>
/// <param name="Term">the coordinator's fencing number</param>
/// <param name="Session">as the node gave it</param>
internal sealed record NodeWelcomed(long Term, long Session) : INodeMessage;

/// <summary>
/// From a node to the one that speaks with it: does the coordinator lead? It is answered once the lease was renewed after this was asked.
/// </summary>
/// <param name="Number">counts the node's questions</param>
internal sealed record LeadAsked(long Number) : INodeMessage;

/// <summary>To a node: the coordinator held the lease when this was asked, and for as long as a lease lasts from then on.</summary>
internal sealed record LeadConfirmed(long Number) : INodeMessage;

/// <summary>To the one who keeps the lead, by way of the coordinator: confirm it to <paramref name="Asker"/> when it is renewed.</summary>
internal sealed record ConfirmLead(IActorRef Asker, long Number);

/// <summary>To a node that cannot take part.</summary>
/// <param name="Reason">one sentence</param>
internal sealed record NodeTurnedAway(string Reason) : INodeMessage;

/// <summary>Some of what one side of a <see cref="NodeLink"/> says, in order, and how much it has heard.</summary>
/// <param name="Term">of the coordinator that the link belongs to</param>
/// <param name="First">the number of the first word, from 1; with no words that of the next one</param>
/// <param name="Words">what is said</param>
/// <param name="Heard">the number of the last word that was heard of the other side</param>
internal sealed record LinkFrame(long Term, long First, ImmutableArray<LinkWord> Words, long Heard) : INodeMessage;

/// <summary>Something said about a device.</summary>
/// <param name="Device">the device; empty when it is about the node</param>
/// <param name="Body">one of <see cref="NodeProtocol.Bodies"/></param>
internal sealed record LinkWord(string Device, object Body);

/// <summary>To a device: run a job, see <see cref="JobTicket"/>.</summary>
internal sealed record RemoteJob(string Sweep, string? Folder, TrialId Trial, int Attempt, Job Job, ArtifactRef? ResumeFrom)
{
    /// <summary>What it reads; null for a device that sees the folder of all sweeps.</summary>
    public JobInputs? Inputs { get; init; }
}

/// <summary>From a device: it waits for a job, see <see cref="DeviceReady"/>.</summary>
internal sealed record DeviceUp(string Kind)
{
    /// <summary>See <see cref="DeviceSpec.Memory"/>.</summary>
    public string? Memory { get; init; }
}

/// <summary>From a node: it is leaving; its devices take no more jobs and are being stopped.</summary>
internal sealed record NodeLeaving;

/// <summary>To a node: leave in order. Also what the process tells its own node.</summary>
internal sealed record LeaveNode;

/// <summary>From a node to its process: it was given a job.</summary>
internal sealed record NodeWorks
{
    public static NodeWorks Instance { get; } = new();
}

/// <summary>From a node to its process: nothing of it is at work any more.</summary>
internal sealed record NodeLeft;

/// <summary>From a node to its process: it cannot take part.</summary>
internal sealed record NodeRefused(string Reason);

/// <summary>From a node to its process: none of its devices starts any more.</summary>
/// <param name="Reasons">of each</param>
internal sealed record NodeBroken(string Reasons);

/// <summary>Tells a device's place at the coordinator what the device says.</summary>
internal sealed record Heard(object Body);

/// <summary>Asks the place of a node to say something to a device.</summary>
internal sealed record Say(string Device, object Body);

/// <summary>To the place of a device: its node is gone, and so are its processes.</summary>
internal sealed record DeviceGone(string Reason);

/// <summary>From the place of a device to that of its node: nobody will send it anything more.</summary>
internal sealed record DeviceEnded(string Device);

/// <summary>From the place of a node to the coordinator.</summary>
/// <param name="Node">the node</param>
/// <param name="Reason">why it is gone</param>
internal sealed record NodeGone(string Node, string Reason);

/// <summary>From the place of a node to the coordinator: it has a device of that kind.</summary>
internal sealed record KindSeen(string Kind);
