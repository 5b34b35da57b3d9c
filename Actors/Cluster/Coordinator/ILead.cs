namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>The right to coordinate a cluster, which one process has at a time.</summary>
internal interface ILead
{
    /// <summary>How often it must be renewed.</summary>
    TimeSpan Pace { get; }

    /// <summary>How long it is kept without being renewed.</summary>
    TimeSpan Duration { get; }

    /// <summary>Takes it if nobody has it.</summary>
    /// <returns>the fencing number; null while another has it</returns>
    /// <exception cref="JournalException">it cannot be said</exception>
    Task<long?> TryTakeAsync(CancellationToken cancellation);

    /// <summary>Keeps it.</summary>
    /// <returns>false when another has taken it</returns>
    /// <exception cref="JournalException">it cannot be said</exception>
    Task<bool> RenewAsync(long term, CancellationToken cancellation);

    /// <summary>Gives it back, so that the next one need not wait.</summary>
    /// <exception cref="JournalException">it cannot be said</exception>
    Task ReleaseAsync(long term, CancellationToken cancellation);
}
