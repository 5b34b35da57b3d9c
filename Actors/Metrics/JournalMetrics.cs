using System.Collections.Concurrent;

namespace Sweeps.Actors.Metrics;

/// <summary>How long the writes of one stream take, and what they store.</summary>
internal sealed class JournalMetrics
{
    private static readonly TimeProvider _clock = TimeProvider.System;

    // Of all streams.
    private static readonly ConcurrentDictionary<JournalMetrics, long> _underWay = new();

    private static readonly IDisposable _oldest = Instruments.JournalWriteAge.Observe(
        () => _underWay.Values.Select(begun => _clock.GetElapsedTime(begun).TotalSeconds).DefaultIfEmpty(0).Max());

    public JournalMetrics()
    {
        Instruments.JournalFailures.Add(0);
        Instruments.JournalEvents.Add(0);
        Instruments.JournalBytes.Add(0);
    }

    public void Begin() => _underWay[this] = _clock.GetTimestamp();

    /// <summary>A write, or a recovery, has failed.</summary>
    public static void Fail() => Instruments.JournalFailures.Add(1);

    /// <summary>The write is stored and synced.</summary>
    /// <param name="events">how many</param>
    /// <param name="bytes">theirs</param>
    public void End(int events, long bytes)
    {
        Instruments.JournalEvents.Add(events);
        Instruments.JournalBytes.Add(bytes);
        if (_underWay.TryRemove(this, out var begun)) Instruments.JournalAppend.Record(_clock.GetElapsedTime(begun).TotalSeconds);
    }

    /// <summary>The stream is gone: a write under way will not be heard of.</summary>
    public void Forget() => _underWay.TryRemove(this, out _);
}
