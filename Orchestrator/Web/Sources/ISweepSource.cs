using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Orchestrator.Web.Sources;

/// <summary>The sweeps that a process serves, and who takes commands to them. Thread-safe.</summary>
internal interface ISweepSource
{
    /// <summary>What the process is not ready for; null when it is ready.</summary>
    Task<string?> WhyNotReadyAsync(CancellationToken cancellation);

    /// <summary>The sweeps, by id.</summary>
    /// <exception cref="RequestException">nobody can say so now</exception>
    Task<IReadOnlyList<ServedSweep>> SweepsAsync(CancellationToken cancellation);

    /// <summary>Gives a sweep a command; returns its reply.</summary>
    /// <exception cref="RequestException">nobody can take it now</exception>
    Task<Reply> CommandAsync(ServedSweep sweep, SweepCommand command);

    /// <summary>The machines whose devices work on the sweeps, by name; none where that is not known.</summary>
    /// <exception cref="RequestException">nobody can say so now</exception>
    Task<ServedNodes> NodesAsync(CancellationToken cancellation);

    /// <summary>Asks the cluster that the process is a node of; null where it is none.</summary>
    /// <exception cref="RequestException">nobody can be asked now</exception>
    Task<ClusterAnswer?> AskAsync(ClusterRequest request) => Task.FromResult<ClusterAnswer?>(null);
}

/// <summary>A sweep that a process serves.</summary>
/// <param name="Id">by which requests name it: the name of its folder</param>
/// <param name="Folder">its folder, absolute</param>
/// <param name="Hosted">what its cluster says of it; null where there is none</param>
internal sealed record ServedSweep(string Id, string Folder, HostedStatus? Hosted = null)
{
    /// <summary>The id of the sweep of a folder.</summary>
    public static string IdOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
}

/// <summary>The machines whose devices work on sweeps.</summary>
/// <param name="Coordinator">where the cluster is coordinated; null where there is none</param>
/// <param name="Term">the term of who coordinates it; null where there is none</param>
/// <param name="Nodes">the machines, by name</param>
internal sealed record ServedNodes(string? Coordinator, long? Term, IReadOnlyList<NodeStatus> Nodes);
