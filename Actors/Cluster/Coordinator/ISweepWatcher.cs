namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>Looks on at a sweep of the cluster: shows how far it is, and writes its report.</summary>
public interface ISweepWatcher : IAsyncDisposable
{
    /// <summary>Is told of progress, one call at a time.</summary>
    IObserver<SweepProgress> Progress { get; }

    /// <summary>Writes the report of a sweep that is complete; done when it is written.</summary>
    /// <exception cref="IOException">it cannot be written</exception>
    Task ReportAsync(SweepOutcome outcome);
}
