namespace Sweeps.Actors.Sweeps;

/// <summary>Passes progress from many actors on to one observer, one call at a time.</summary>
internal sealed class ProgressHub(IObserver<SweepProgress> observer) : IProgress<SweepProgress>
{
    private readonly Lock _lock = new();
    private bool _completed;

    public void Report(SweepProgress value)
    {
        lock (_lock)
            if (!_completed)
                observer.OnNext(value);
    }

    public void Complete()
    {
        lock (_lock)
        {
            if (!_completed) observer.OnCompleted();
            _completed = true;
        }
    }
}
