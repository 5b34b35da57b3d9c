namespace Sweeps.Benchmarks;

/// <summary>Is told what a sweep does, and keeps nothing of it.</summary>
internal sealed class Ignore : IObserver<SweepProgress>
{
    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
    }
}
