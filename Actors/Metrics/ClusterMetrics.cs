using Akka.Actor;
using Akka.Cluster;
using Sweeps.Actors.Cluster;

namespace Sweeps.Actors.Metrics;

/// <summary>The cluster as one node sees it.</summary>
internal sealed class ClusterMetrics : IDisposable
{
    // Series that are there while there is nothing to count, so that what comes is an increase.
    private static readonly string[] _statuses = ["up", "joining", "leaving", "unreachable"];

    private readonly Akka.Cluster.Cluster _cluster;
    private readonly ClusterOptions _options;
    private readonly GaugeSources _sources = [];

    /// <param name="system">the node's</param>
    /// <param name="options">the node's</param>
    public ClusterMetrics(ActorSystem system, ClusterOptions options)
    {
        (_cluster, _options) = (Akka.Cluster.Cluster.Get(system), options);
        _sources.Add(Instruments.ClusterMembers.Observe(Members));
        if (!options.IsOrchestrator) return;
        var node = options.NodeName;
        _sources.Add(Instruments.ClusterCoordinator.Observe(() => Lead.Term > 0 ? 1 : 0, node));
        _sources.Add(Instruments.ClusterTerm.Observe(() => Lead.Term, node));
        _sources.Add(Instruments.ClusterLeaseAge.Observe(() => Lead.Age is { } age ? [new Reading(age, node)] : []));
    }

    /// <summary>Whether this node coordinates, for whoever knows.</summary>
    public LeadMetrics Lead { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => _sources.Release();

    private IEnumerable<Reading> Members()
    {
        var state = _cluster.State;
        var unreachable = state.Unreachable.Select(member => member.UniqueAddress).ToHashSet();
        var counted = from member in state.Members
                      from role in new[] { ClusterOptions.Orchestrator, ClusterOptions.Device }
                      where member.HasRole(role)
                      group member by (role, unreachable.Contains(member.UniqueAddress) ? "unreachable" : Word(member.Status));
        var counts = counted.ToDictionary(group => group.Key, group => group.Count());
        return
        [
            .. from role in new[] { ClusterOptions.Orchestrator, ClusterOptions.Device }
               from status in _statuses
               select new Reading(counts.GetValueOrDefault((role, status)), role, status),
        ];
    }

    private static string Word(MemberStatus status) => status switch
    {
        MemberStatus.Up => "up",
        MemberStatus.Joining or MemberStatus.WeaklyUp => "joining",
        _ => "leaving",
    };
}
