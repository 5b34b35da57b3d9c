using Akka.Actor;
using Sweeps.Actors.Cluster.Leases;

namespace Sweeps.Actors.Cluster;

/// <summary>
/// Makes this process a member of its cluster, and notes it in the database as long as it is one: as the holder of a lease of its name.
/// Without a list of seed nodes those who hold such leases are asked; where nobody does, one orchestrator founds the cluster.
/// </summary>
/// <remarks>
/// Two clusters cannot both run sweeps, whatever happens here: one lease guards the journal. They are avoided all the same: a node founds
/// one
/// only when it has seen nobody for as long as a lease lasts, and holds a lease for founding.
/// </remarks>
internal sealed class Membership : IAsyncDisposable
{
    private const string Prefix = "node.";
    private const string Founder = "founder";

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _recently = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _silence = TimeSpan.FromMinutes(1);

    private readonly Akka.Cluster.Cluster _cluster;
    private readonly PostgreSqlLeases _leases;
    private readonly ClusterOptions _options;
    private readonly Action<string> _warn;
    private readonly Action<string> _cutOff;
    private readonly string _lead;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _owner;
    private readonly Task _running;
    private long? _missing, _warned;

    /// <summary>Begins to join.</summary>
    /// <param name="system">this process's</param>
    /// <param name="leases">the database</param>
    /// <param name="options">the node's</param>
    /// <param name="lead">the lease of who coordinates</param>
    /// <param name="warn">is told what goes wrong and is tried again</param>
    /// <param name="cutOff">is told why this process is a member of a cluster that nobody needs, and should join again</param>
    /// <param name="time">the clock of pauses</param>
    public Membership(
        ActorSystem system, PostgreSqlLeases leases, ClusterOptions options, string lead, Action<string> warn, Action<string> cutOff,
        TimeProvider time)
    {
        (_cluster, _leases, _options, _time) = (Akka.Cluster.Cluster.Get(system), leases, options, time);
        (_lead, _warn, _cutOff) = (lead, warn, cutOff);
        _owner = $"{Self} {string.Join(',', options.Roles)} {Environment.ProcessId}";
        _cluster.RegisterOnMemberUp(() => _up.TrySetResult());
        _ = system.WhenTerminated.ContinueWith(
            _ => _end.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _running = RunAsync(_end.Token);
    }

    /// <summary>The names of the device nodes that are members, or were until less than a minute ago.</summary>
    /// <exception cref="JournalException">the database is away, or refuses</exception>
    public static async Task<IReadOnlyCollection<string>> DeviceNodesAsync(PostgreSqlLeases leases, CancellationToken cancellation) =>
    [
        .. from lease in await leases.ListAsync(Prefix, cancellation).ConfigureAwait(false)
           where lease.State.Owner?.Split(' ') is [_, var roles, ..] && roles.Split(',').Contains(ClusterOptions.Device)
               && lease.Lapsed < _recently
           select lease.Name[Prefix.Length..],
    ];

    private string Name => Prefix + _options.NodeName;

    private string Self => $"{_options.Host}:{_options.Port}";

    /// <summary>Notes that it is no member any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync(CancellationToken end)
    {
        long? fence = null;
        try
        {
            if (_options.SeedNodes.Count == 0) await JoinAsync(end).ConfigureAwait(false);
            await _up.Task.WaitAsync(end).ConfigureAwait(false);
            while (true)
            {
                fence = await TellAsync(fence, end).ConfigureAwait(false);
                await LookAsync(end).ConfigureAwait(false);
                await Task.Delay(_options.LeaseDuration / 4, _time, end).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It has left, or was removed.
        }
        if (fence is not { } held) return;
        try
        {
            await _leases.ReleaseAsync(Name, _owner, held, CancellationToken.None).ConfigureAwait(false);
        }
        catch (JournalException)
        {
            // It lapses.
        }
    }

    /// <summary>
    /// A node that was stopped, or cut off, for so long that Akka's own lease was free again may have gone on with a cluster of its own.
    /// Then who coordinates is no member of it, and whom it waits for will never come.
    /// </summary>
    private async Task LookAsync(CancellationToken end)
    {
        LeaseState? lead;
        try
        {
            lead = await _leases.ReadAsync(_lead, end).ConfigureAwait(false);
        }
        catch (JournalException)
        {
            return; // that is said elsewhere
        }
        var name = lead is { IsHeld: true } ? lead.Owner?.Split(' ')[0] : null;
        if (name is null || _cluster.State.Members.Any(member => ClusterConfig.NameOf(member.Roles) == name))
        {
            _missing = null;
            return;
        }
        _missing ??= _time.GetTimestamp();
        // One that has just died has its lease for a while.
        if (_time.GetElapsedTime(_missing.Value) > _options.LeaseDuration)
            _cutOff($"node {name} coordinates, and is not in the cluster that this node is a member of");
    }

    private async Task JoinAsync(CancellationToken end)
    {
        var alone = _time.GetTimestamp();
        while (!_up.Task.IsCompleted)
        {
            var (members, anyLapsed) = await MembersAsync(end).ConfigureAwait(false);
            if (members.Count > 0)
            {
                alone = _time.GetTimestamp();
                _cluster.JoinSeedNodes(members.Select(member => Address.Parse(ClusterConfig.Address(_options, member))));
                await Task.WhenAny(_up.Task, Task.Delay(_patience, _time, end)).ConfigureAwait(false);
                end.ThrowIfCancellationRequested();
                continue;
            }
            // A database that was away has let the leases of all members lapse: they renew them now.
            if (_options.IsOrchestrator && (!anyLapsed || _time.GetElapsedTime(alone) > _options.LeaseDuration)
                && await MayFoundAsync(end).ConfigureAwait(false))
            {
                await _cluster.JoinAsync(_cluster.SelfAddress, end).ConfigureAwait(false);
                return;
            }
            await Task.Delay(_pause, _time, end).ConfigureAwait(false);
        }
    }

    private async Task<(IReadOnlyList<string> Members, bool AnyLapsed)> MembersAsync(CancellationToken end)
    {
        while (true)
        {
            try
            {
                var leases = await _leases.ListAsync(Prefix, end).ConfigureAwait(false);
                return (
                    [.. leases.Where(lease => lease.State.IsHeld).Select(lease => lease.State.Owner!.Split(' ')[0]).Where(a => a != Self)],
                    leases.Any(lease => lease.State is { IsHeld: false, Owner: not null }));
            }
            catch (JournalException e)
            {
                WarnOfDatabase("the members of the cluster cannot be read", e);
                await Task.Delay(_pause, _time, end).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> MayFoundAsync(CancellationToken end)
    {
        try
        {
            return await _leases.TryAcquireAsync(Founder, _owner, _options.LeaseDuration, end).ConfigureAwait(false) is LeaseAnswer.Granted;
        }
        catch (JournalException e)
        {
            WarnOfDatabase("the cluster cannot be founded", e);
            return false;
        }
    }

    /// <summary>Notes that this node is a member; returns the number of its lease.</summary>
    private async Task<long?> TellAsync(long? fence, CancellationToken end)
    {
        try
        {
            if (fence is { } held && await _leases.RenewAsync(Name, _owner, held, _options.LeaseDuration, end).ConfigureAwait(false))
            {
                _warned = null;
                return held;
            }
            switch (await _leases.TryAcquireAsync(Name, _owner, _options.LeaseDuration, end).ConfigureAwait(false))
            {
                case LeaseAnswer.Granted granted: return granted.Fence;
                // The process before this one may not have lapsed yet.
                case LeaseAnswer.Held other when fence is not null:
                    _warn($"another node has the name {_options.NodeName}: {other.Owner}");
                    return null;
                default: return null;
            }
        }
        catch (JournalException e)
        {
            WarnOfDatabase("the node cannot be noted in the database", e);
            return fence;
        }
    }

    // It is tried every few seconds, and may be away for hours.
    private void WarnOfDatabase(string what, JournalException e)
    {
        if (_warned is { } warned && _time.GetElapsedTime(warned) < _silence) return;
        _warned = _time.GetTimestamp();
        _warn($"{what}; it is tried again: {e.Message}");
    }
}
