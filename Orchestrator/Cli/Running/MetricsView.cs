using Sweeps.Actors.Metrics;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Tells the instruments how a sweep is; see <see cref="SweepObserver"/>.</summary>
internal sealed class MetricsView : IRunView
{
    private readonly RunProgress _progress;
    private readonly SweepObserver _observer;
    private readonly Lock _lock = new();

    /// <param name="sweep">its name</param>
    /// <param name="folder">its folder</param>
    /// <param name="progress">how far it is; nobody else's</param>
    /// <param name="past">what it had found before; null when it begins</param>
    /// <param name="time">when it begins</param>
    public MetricsView(string sweep, string folder, RunProgress progress, SweepReadModel? past, TimeProvider time)
    {
        _progress = progress;
        _observer = new SweepObserver(sweep, folder, HowFar, past, time);
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        lock (_lock) _progress.Apply(value);
        _observer.OnNext(value);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _observer.Dispose();
        return ValueTask.CompletedTask;
    }

    private HowFar HowFar()
    {
        lock (_lock) return new HowFar(_progress.Fraction, _progress.TimeLeft);
    }
}
