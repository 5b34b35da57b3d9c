using Sweeps.Actors.Metrics;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Tells the instruments how a sweep is; see <see cref="SweepObserver"/>.</summary>
internal sealed class MetricsView : IRunView
{
    private readonly RunProgress _progress;
    private readonly SweepObserver _observer;
    private readonly Lock _lock = new();
    private readonly Task _remembering;

    /// <param name="sweep">its name</param>
    /// <param name="folder">its folder</param>
    /// <param name="progress">how far it is; nobody else's</param>
    /// <param name="past">reads what it had found before; nothing where it begins. A long sweep takes seconds: nobody waits for it</param>
    /// <param name="time">when it begins</param>
    public MetricsView(string sweep, string folder, RunProgress progress, Func<SweepReadModel>? past, TimeProvider time)
    {
        _progress = progress;
        _observer = new SweepObserver(sweep, folder, HowFar, time);
        _remembering = past is null ? Task.CompletedTask : Task.Run(() => Remember(past));
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        lock (_lock) _progress.Apply(value);
        _observer.OnNext(value);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _remembering;
        _observer.Dispose();
    }

    private void Remember(Func<SweepReadModel> past)
    {
        try
        {
            _observer.Remember(past());
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or IOException)
        {
            // Who runs the sweep reads the same journal, and says so.
        }
    }

    private HowFar HowFar()
    {
        lock (_lock) return new HowFar(_progress.Fraction, _progress.TimeLeft);
    }
}
