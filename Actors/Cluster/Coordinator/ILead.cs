namespace Sweeps.Actors.Cluster.Coordinator;

/// <summary>A lead that was taken.</summary>
/// <param name="Term">the fencing number</param>
/// <param name="DeviceNodes">the names of the device nodes that are members, or were until a moment ago</param>
internal sealed record Lead(long Term, IReadOnlyCollection<string> DeviceNodes);

/// <summary>The right to coordinate a cluster, which one process has at a time.</summary>
internal interface ILead
{
    TimeSpan Pace { get; }

    /// <summary>How long it is kept without being renewed.</summary>
    TimeSpan Duration { get; }

    /// <summary>Takes it if nobody has it.</summary>
    /// <returns>null while another has it</returns>
    /// <exception cref="JournalException">it cannot be said</exception>
    Task<Lead?> TryTakeAsync(CancellationToken cancellation);

    /// <summary>Keeps it.</summary>
    /// <returns>false when another has taken it</returns>
    /// <exception cref="JournalException">it cannot be said</exception>
    Task<bool> RenewAsync(long term, CancellationToken cancellation);

    /// <summary>Gives it back, so that the next one need not wait.</summary>
    /// <exception cref="JournalException">it cannot be said</exception>
    Task ReleaseAsync(long term, CancellationToken cancellation);
}
