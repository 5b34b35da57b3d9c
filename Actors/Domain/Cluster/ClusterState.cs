using System.Collections.Immutable;
using Sweeps.Domain.Sweeps;

namespace Sweeps.Domain.Cluster;

/// <summary>What a cluster runs, and which nodes are to leave. What has become of a sweep is in the sweep's own stream.</summary>
internal sealed record ClusterState
{
    /// <summary>The cluster that nothing has happened to.</summary>
    public static ClusterState Initial { get; } = new();

    /// <summary>All sweeps that were submitted, by name.</summary>
    public ImmutableSortedDictionary<string, HostedSweep> Sweeps { get; private init; } =
        ImmutableSortedDictionary.Create<string, HostedSweep>(StringComparer.Ordinal);

    public ImmutableSortedSet<string> Draining { get; private init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public static Decision<ClusterEvent> Decide(ClusterState state, ClusterCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            HostSweep c => state.Host(c),
            ReopenSweep c => state.With(c.Name, sweep => sweep.End switch
            {
                null => Decision.Nothing<ClusterEvent>(),
                SweepEnd.Cancelled => Decision.Refuse<ClusterEvent>($"the sweep {c.Name} was cancelled for good"),
                _ => Decision.Accept<ClusterEvent>(new SweepResubmitted(c.Name, sweep.Spec)),
            }),
            ChangeShare c => state.With(c.Name, sweep => c.Share.Validate().FirstOrDefault() is { } problem
                ? Decision.Refuse<ClusterEvent>(problem)
                : sweep.Share == c.Share
                    ? Decision.Nothing<ClusterEvent>()
                    : Decision.Accept<ClusterEvent>(new ShareChanged(c.Name, c.Share))),
            ChooseKind c => state.With(c.Name, sweep => sweep.Kind is null && !sweep.Share.MixedDevices
                ? Decision.Accept<ClusterEvent>(new KindChosen(c.Name, c.Kind))
                : Decision.Nothing<ClusterEvent>()),
            EndHostedSweep c => state.With(c.Name, sweep => sweep.End is null
                ? Decision.Accept<ClusterEvent>(new HostedSweepEnded(c.Name, c.End, c.Reason))
                : Decision.Nothing<ClusterEvent>()),
            RequestDrain c => state.Draining.Contains(c.Node)
                ? Decision.Nothing<ClusterEvent>()
                : Decision.Accept<ClusterEvent>(new DrainRequested(c.Node)),
            EndDrain c => state.Draining.Contains(c.Node)
                ? Decision.Accept<ClusterEvent>(new DrainEnded(c.Node))
                : Decision.Nothing<ClusterEvent>(),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command of the cluster"),
        };
    }

    public static ClusterState Apply(ClusterState state, ClusterEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            SweepHosted e => state.Put(new HostedSweep(e.Name, e.Run, e.Spec, e.Share)),
            SweepResubmitted e => state.Put(state.Sweeps[e.Name] with { Spec = e.Spec, End = null, Reason = null }),
            ShareChanged e => state.Put(state.Sweeps[e.Name] with { Share = e.Share }),
            KindChosen e => state.Put(state.Sweeps[e.Name] with { Kind = e.Kind }),
            HostedSweepEnded e => state.Put(state.Sweeps[e.Name] with { End = e.End, Reason = e.Reason }),
            DrainRequested e => state with { Draining = state.Draining.Add(e.Node) },
            DrainEnded e => state with { Draining = state.Draining.Remove(e.Node) },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the cluster"),
        };
    }

    private Decision<ClusterEvent> Host(HostSweep command)
    {
        var name = command.Spec.Name;
        if (command.Share.Validate().FirstOrDefault() is { } problem) return Decision.Refuse<ClusterEvent>(problem);
        if (!Sweeps.TryGetValue(name, out var sweep))
            return Decision.Accept<ClusterEvent>(new SweepHosted(name, command.Run, command.Spec, command.Share));
        if (sweep.End == SweepEnd.Cancelled)
            return Decision.Refuse<ClusterEvent>($"the sweep {name} was cancelled for good: give the new one another name");
        if (!SweepState.SameSpec(sweep.Spec, command.Spec) && !SpecGrowth.IsGrowth(sweep.Spec, command.Spec))
            return Decision.Refuse<ClusterEvent>($"the cluster has a sweep {name} of another description");
        var resubmitted = sweep.End is not null || !SweepState.SameSpec(sweep.Spec, command.Spec);
        ImmutableArray<ClusterEvent> events =
        [
            .. resubmitted ? [new SweepResubmitted(name, command.Spec)] : Array.Empty<ClusterEvent>(),
            .. command.Share != sweep.Share ? [new ShareChanged(name, command.Share)] : Array.Empty<ClusterEvent>(),
        ];
        return events.IsEmpty ? Decision.Nothing<ClusterEvent>() : Decision.Accept<ClusterEvent>(events.AsSpan());
    }

    private Decision<ClusterEvent> With(string name, Func<HostedSweep, Decision<ClusterEvent>> decide) =>
        Sweeps.TryGetValue(name, out var sweep)
            ? decide(sweep)
            : Decision.Refuse<ClusterEvent>($"the cluster has no sweep {name}: it has {Names()}");

    private string Names() => Sweeps.IsEmpty ? "none" : string.Join(", ", Sweeps.Keys);

    private ClusterState Put(HostedSweep sweep) => this with { Sweeps = Sweeps.SetItem(sweep.Name, sweep) };
}
