using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Orchestrator.Web.Events;

/// <summary>
/// Brings what happens to those who look on by a node that does not coordinate: as long as somebody does, it asks whoever coordinates
/// twice a second.
/// </summary>
internal sealed class EventRelay : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    private readonly EventHub _hub;
    private readonly Func<ClusterRequest, Task<ClusterAnswer?>> _ask;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    /// <summary>Begins to ask.</summary>
    /// <param name="hub">this node's</param>
    /// <param name="ask">asks whoever coordinates</param>
    /// <param name="time">the clock of pauses</param>
    public EventRelay(EventHub hub, Func<ClusterRequest, Task<ClusterAnswer?>> ask, TimeProvider time)
    {
        (_hub, _ask, _time) = (hub, ask, time);
        _running = Task.Run(RunAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        string? last = null;
        try
        {
            while (true)
            {
                await Task.Delay(_pause, _time, _end.Token);
                if (_hub.Listeners == 0)
                {
                    // Who begins to look on hears what comes from then on.
                    last = null;
                    continue;
                }
                last = await BringAsync(last);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task<string?> BringAsync(string? last)
    {
        try
        {
            if ((await _ask(new EventsRequest(last)))?.Events is not { } brought) return last;
            // What this node hears of itself it passes on at once.
            if (!_hub.IsOwn(brought.Last))
                foreach (var happened in brought.Events) _hub.Relay(happened);
            return brought.Last;
        }
        catch (RequestException)
        {
            return last; // nobody coordinates now, or this node joins again
        }
    }
}
