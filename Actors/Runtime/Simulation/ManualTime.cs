namespace Sweeps.Actors.Runtime.Simulation;

/// <summary>A clock that stands still until it is moved, and fires timers in the order of their due times, then of their creation.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    // A timer that was changed stays in the queue at its old place, and is passed over there.
    private readonly PriorityQueue<ManualTimer, (DateTimeOffset Due, long Order)> _timers = new();
    private DateTimeOffset _now = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _created;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves to the next due time and fires that timer; at most to <paramref name="end"/>, where it returns false.</summary>
    public bool FireNext(DateTimeOffset end)
    {
        ManualTimer? next;
        lock (_lock)
        {
            while (_timers.TryPeek(out next, out var place) && next.Place != place) _timers.Dequeue();
            if (next?.Place is not { } due || due.Due > end)
            {
                _now = end;
                return false;
            }
            _timers.Dequeue();
            _now = due.Due;
            next.Place = next.Period is { } period ? (due.Due + period, due.Order) : null;
            if (next.Place is { } again) _timers.Enqueue(next, again);
        }
        next.Callback();
        return true;
    }

    private sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        public Action Callback { get; } = callback;

        /// <summary>When it falls due, and its rank among those of the same time; null while it does not.</summary>
        public (DateTimeOffset Due, long Order)? Place { get; set; }

        public TimeSpan? Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                Place = null;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                var place = (time._now + dueTime, time._created++);
                // As with the machine's timers, a period of zero means none.
                (Place, Period) = (place, period > TimeSpan.Zero ? period : null);
                time._timers.Enqueue(this, place);
            }
            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
