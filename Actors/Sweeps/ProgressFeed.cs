using System.Threading.Channels;

namespace Sweeps.Actors.Sweeps;

/// <summary>
/// Tells one observer of progress, one call at a time, on a task of its own: an observer that is slow, or that throws as one does whose
/// terminal is gone, holds up and ends nothing.
/// </summary>
internal sealed class ProgressFeed : IAsyncDisposable
{
    /// <summary>Most progress that waits for the observer; beyond it the oldest is dropped.</summary>
    public const int Capacity = 16_384;

    private readonly Channel<SweepProgress> _channel = Channel.CreateBounded<SweepProgress>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly Task _reading;

    public ProgressFeed(IObserver<SweepProgress> observer) => _reading = Task.Run(() => ReadAsync(observer));

    public ChannelWriter<SweepProgress> Writer => _channel.Writer;

    /// <summary>Tells whoever looks on what goes wrong and is tried again.</summary>
    public void Warn(string message) => _channel.Writer.TryWrite(new SweepLogged(message));

    /// <summary>Tells what is left, and that it was all.</summary>
    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        await _reading.ConfigureAwait(false);
    }

    private async Task ReadAsync(IObserver<SweepProgress> observer)
    {
        var listens = true;
        await foreach (var progress in _channel.Reader.ReadAllAsync().ConfigureAwait(false)) listens = listens
            && Tell(() => observer.OnNext(progress));
        if (listens) Tell(observer.OnCompleted);
    }

    /// <summary>Returns whether the observer is still of use.</summary>
    private static bool Tell(Action call)
    {
        try
        {
            call();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return false;
        }
    }
}
