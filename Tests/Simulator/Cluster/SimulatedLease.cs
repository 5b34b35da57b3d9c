using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Simulator.Cluster;

/// <summary>The lease of the coordinator, in a database on the world's clock.</summary>
internal sealed class SimulatedLease(World world)
{
    /// <summary>How long it is valid unless it is renewed.</summary>
    public static TimeSpan Duration { get; } = new ClusterOptions().LeaseDuration;

    private int _owner;
    private TimeSpan _expires;

    /// <summary>The number of the last one who got it.</summary>
    public long Fence { get; private set; }

    /// <summary>The lease as a node uses it.</summary>
    public ILead Of(SimulatedNode node) => new Held(world, this, node);

    private long? Take(SimulatedNode node)
    {
        if (_owner == node.Number) return Extend();
        // Whoever takes it over waits for what is being committed, as the database makes him.
        if (world.Now < _expires || world.IsCommitting) return null;
        (_owner, Fence) = (node.Number, Fence + 1);
        return Extend();
    }

    private long Extend()
    {
        _expires = world.Now + Duration;
        return Fence;
    }

    private sealed class Held(World world, SimulatedLease lease, SimulatedNode node) : ILead
    {
        public TimeSpan Pace => SimulatedLease.Duration / 8;

        public TimeSpan Duration => SimulatedLease.Duration;

        public Task<Lead?> TryTakeAsync(CancellationToken cancellation) =>
            node.AskDatabase<Lead?>(() =>
            {
                if (lease.Take(node) is not { } term) return null;
                node.Term = term;
                world.Simulation.Terms[node.Writer] = term;
                return new Lead(term, world.DeviceNodes);
            });

        public Task<bool> RenewAsync(long term, CancellationToken cancellation) => node.AskDatabase(() =>
        {
            var isOurs = lease._owner == node.Number && lease.Fence == term;
            if (isOurs) lease.Extend();
            return isOurs;
        });

        public Task ReleaseAsync(long term, CancellationToken cancellation) => node.AskDatabase(() =>
        {
            if (lease._owner == node.Number && lease.Fence == term) (lease._owner, lease._expires) = (0, TimeSpan.Zero);
            return true;
        });
    }
}
