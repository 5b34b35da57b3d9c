namespace Sweeps.Actors.Metrics;

/// <summary>Whether a node coordinates its cluster, and since when its lease is valid.</summary>
internal sealed class LeadMetrics
{
    private static readonly TimeProvider _clock = TimeProvider.System;
    private readonly Lock _lock = new();
    private long _term;
    private long? _held;

    /// <summary>The number of the term; 0 where it does not coordinate.</summary>
    public long Term
    {
        get
        {
            lock (_lock) return _term;
        }
    }

    /// <summary>Seconds since the lease was taken or renewed; null where it has none.</summary>
    public double? Age
    {
        get
        {
            lock (_lock) return _held is { } at ? _clock.GetElapsedTime(at).TotalSeconds : null;
        }
    }

    /// <summary>The lease was taken, or renewed.</summary>
    public void Hold(long term)
    {
        lock (_lock) (_term, _held) = (term, _clock.GetTimestamp());
    }

    public void End()
    {
        lock (_lock) (_term, _held) = (0, null);
    }
}
