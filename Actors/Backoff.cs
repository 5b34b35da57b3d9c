namespace Sweeps.Actors;

/// <summary>Waits between tries.</summary>
internal static class Backoff
{
    /// <summary>
    /// The wait before the <paramref name="count"/>th try in a row (from 1): <paramref name="first"/> doubled each time, at most <paramref
    /// name="max"/>, and of that a part between a half and
    /// the whole, drawn from <paramref name="key"/>, so that what failed together does not come back together.
    /// </summary>
    public static TimeSpan Wait(TimeSpan first, TimeSpan max, int count, string key)
    {
        var ticks = Math.Min(first.Ticks * Math.Pow(2, Math.Max(count - 1, 0)), max.Ticks);
        var part = 0.5 + (0.5 * new KeyedRandom((ulong)count, "backoff", key).NextDouble());
        return TimeSpan.FromTicks((long)(ticks * part));
    }
}
