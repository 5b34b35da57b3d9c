namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Shows a run while it lasts. Messages come one at a time; disposing it ends the show, and nothing is written after.</summary>
internal interface IRunView : IObserver<SweepProgress>, IAsyncDisposable
{
    /// <inheritdoc/>
    void IObserver<SweepProgress>.OnCompleted()
    {
    }

    /// <inheritdoc/>
    void IObserver<SweepProgress>.OnError(Exception error)
    {
    }
}
