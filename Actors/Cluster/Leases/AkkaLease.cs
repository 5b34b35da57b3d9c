using Akka.Actor;
using Akka.Configuration;
using Akka.Coordination;

namespace Sweeps.Actors.Cluster.Leases;

/// <summary>A lease in PostgreSQL for Akka's own parts. Made by Akka, by <see cref="LeaseSetup.AkkaConfig"/>.</summary>
/// <remarks>
/// It renews itself while it is held. It counts as lost when the database says so, and when no renewal that was begun within
/// heartbeat-timeout has succeeded: the database's row lapses no earlier than that.
/// </remarks>
public sealed class AkkaLease : Lease
{
    private readonly PostgreSqlLeases _leases;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();

    private Holding? _holding;

    /// <param name="settings">name, owner and times</param>
    /// <param name="system">made with <see cref="LeaseSetup"/></param>
    /// <exception cref="ConfigurationException">the system was made without</exception>
    public AkkaLease(LeaseSettings settings, ExtendedActorSystem system)
        : base(settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(system);
        var setup = system.Settings.Setup.Get<LeaseSetup>();
        if (!setup.HasValue)
            throw new ConfigurationException($"{LeaseSetup.Path} needs an actor system that is made with a {nameof(LeaseSetup)}");
        (_leases, _time) = (setup.Value.Leases, setup.Value.Time);
        // It cannot be renewed any more; whoever comes next waits until it has lapsed.
        system.RegisterOnTermination(() => Take()?.Dispose());
    }

    /// <inheritdoc/>
    public override Task<bool> Acquire() => Acquire(_ => { });

    /// <summary>Tries to get the lease.</summary>
    /// <param name="leaseLostCallback">called once when it is lost again, with the cause, or null where another has taken it</param>
    /// <returns>false when another has it</returns>
    /// <exception cref="LeaseException">the database is away</exception>
    public override async Task<bool> Acquire(Action<Exception> leaseLostCallback)
    {
        ArgumentNullException.ThrowIfNull(leaseLostCallback);
        var begun = _time.GetTimestamp();
        var answer = await AskAsync(token => _leases.TryAcquireAsync(
            Settings.LeaseName, Settings.OwnerName, Settings.TimeoutSettings.HeartbeatTimeout, token)).ConfigureAwait(false);
        if (answer is not LeaseAnswer.Granted { Fence: var fence }) return false;
        var holding = new Holding(fence, begun, leaseLostCallback);
        Replace(holding)?.Dispose();
        _ = RenewAsync(holding);
        return true;
    }

    /// <summary>Frees the lease.</summary>
    /// <returns>true when it is not this owner's any more</returns>
    /// <exception cref="LeaseException">the database is away: it lapses by itself</exception>
    public override async Task<bool> Release()
    {
        if (Take() is not { } holding) return true;
        holding.Dispose();
        await AskAsync(token => _leases.ReleaseAsync(Settings.LeaseName, Settings.OwnerName, holding.Fence, token)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether the lease is this owner's, as far as that is known without asking.</summary>
    public override bool CheckLease()
    {
        lock (_lock) return _holding is { } holding && !HasLapsed(holding);
    }

    private async Task RenewAsync(Holding holding)
    {
        var ended = holding.Ended;
        Exception? failure = null;
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Settings.TimeoutSettings.HeartbeatInterval, _time, ended).ConfigureAwait(false);
                var begun = _time.GetTimestamp();
                var isOurs = await AskAsync(
                    token => _leases.RenewAsync(
                        Settings.LeaseName, Settings.OwnerName, holding.Fence, Settings.TimeoutSettings.HeartbeatTimeout, token),
                    ended).ConfigureAwait(false);
                if (!isOurs)
                {
                    Lose(holding, null);
                    return;
                }
                lock (_lock) holding.Begun = begun;
                failure = null;
            }
            catch (LeaseException e)
            {
                failure = e;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (HasLapsed(holding))
            {
                Lose(holding, failure);
                return;
            }
        }
    }

    private void Lose(Holding holding, Exception? cause)
    {
        lock (_lock)
        {
            if (_holding != holding) return;
            _holding = null;
        }
        holding.Dispose();
        holding.Lost(cause!);
    }

    private bool HasLapsed(Holding holding)
    {
        lock (_lock) return _time.GetElapsedTime(holding.Begun) >= Settings.TimeoutSettings.HeartbeatTimeout;
    }

    private Holding? Take() => Replace(null);

    private Holding? Replace(Holding? next)
    {
        lock (_lock)
        {
            var before = _holding;
            _holding = next;
            return before;
        }
    }

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken ended = default)
    {
        using var timeout = new CancellationTokenSource(Settings.TimeoutSettings.OperationTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ended);
        try
        {
            return await ask(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!ended.IsCancellationRequested)
        {
            throw new LeaseTimeoutException($"{_leases.Location}: no answer within {Settings.TimeoutSettings.OperationTimeout}", e);
        }
        catch (JournalException e)
        {
            throw new LeaseException(e.Message, e);
        }
    }

    /// <summary>The time from one grant to its end.</summary>
    private sealed class Holding(long fence, long begun, Action<Exception> lost) : IDisposable
    {
        private readonly CancellationTokenSource _ended = new();

        public long Fence { get; } = fence;

        /// <summary>When the last renewal that succeeded was begun.</summary>
        public long Begun { get; set; } = begun;

        public Action<Exception> Lost { get; } = lost;

        public CancellationToken Ended => _ended.Token;

        // Not disposed of, since the loop may still look at it; it has no timer.
        public void Dispose() => _ended.Cancel();
    }
}
