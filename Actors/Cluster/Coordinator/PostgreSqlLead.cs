using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>The lead by a lease in PostgreSQL, whose number guards the journal.</summary>
/// <param name="leases">the database</param>
/// <param name="fence">is given the number</param>
/// <param name="owner">names this process: no two have the same</param>
/// <param name="duration">how long the lease is valid unless it is renewed</param>
internal sealed class PostgreSqlLead(PostgreSqlLeases leases, JournalFence fence, string owner, TimeSpan duration) : ILead
{
    /// <inheritdoc/>
    public TimeSpan Pace => duration / 8;

    /// <inheritdoc/>
    public TimeSpan Duration => duration;

    /// <inheritdoc/>
    public async Task<Lead?> TryTakeAsync(CancellationToken cancellation)
    {
        if (await leases.TryAcquireAsync(fence.Lease, owner, duration,
            cancellation).ConfigureAwait(false) is not LeaseAnswer.Granted granted)
            return null;
        fence.Set(granted.Fence);
        return new Lead(granted.Fence, await Membership.DeviceNodesAsync(leases, cancellation).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task<bool> RenewAsync(long term, CancellationToken cancellation) =>
        leases.RenewAsync(fence.Lease, owner, term, duration, cancellation);

    /// <inheritdoc/>
    public Task ReleaseAsync(long term, CancellationToken cancellation) =>
        leases.ReleaseAsync(fence.Lease, owner, term, cancellation);
}
