namespace Sweeps.Actors.Cluster.Leases;

/// <summary>
/// The database is away, or did not answer in time: whether the lease was granted, renewed or released is not known. Asking again is safe.
/// </summary>
public sealed class LeaseUnavailableException(string location, string message, Exception? inner = null)
    : JournalException(location, message, inner);
