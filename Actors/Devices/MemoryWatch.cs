namespace Sweeps.Actors.Devices;

/// <summary>Watches what a process takes of its GPU while it runs one job, and finds when it is worth telling.</summary>
internal sealed class MemoryWatch
{
    /// <summary>A job whose process has not grown for so long is taken to have all that it needs.</summary>
    public static readonly TimeSpan Settles = TimeSpan.FromMinutes(1);

    private long _peak, _told;
    private TimeSpan _since;

    public void Begin() => (_peak, _told, _since) = (0, 0, TimeSpan.MaxValue);

    /// <summary>Takes in a measurement.</summary>
    /// <param name="used">bytes</param>
    /// <param name="now">a clock that only goes forward</param>
    /// <param name="ends">whether it is the job's last</param>
    /// <returns>whether this should be told, and the most that was seen</returns>
    public (bool IsNews, long Peak) See(long used, TimeSpan now, bool ends)
    {
        if (used > _peak) (_peak, _since) = (used, now);
        // What has grown beyond what was told is told at once: others may be about to come.
        var isNews = ends || _peak > (_told > 0 ? _told : long.MaxValue) || (_told == 0 && now - _since >= Settles);
        if (isNews) _told = _peak;
        return (isNews, _peak);
    }
}
