namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Tables that are drawn anew four times a second: running trials, searches, and what went wrong of late.</summary>
internal sealed class LiveRunView : IRunView
{
    private readonly RunWatch _watch;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _drawing;

    public LiveRunView(RunWatch watch, string title, Terminal terminal, TimeProvider time)
    {
        _watch = watch;
        _drawing = LiveDrawing.ShowAsync(terminal, time, () =>
        {
            lock (_lock) return StatusDrawing.Draw(_watch.Status(time), title);
        }, _end.Token);
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        lock (_lock) _watch.Apply(value);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _drawing;
        _end.Dispose();
    }
}
