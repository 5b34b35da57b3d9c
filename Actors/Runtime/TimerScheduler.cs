namespace Sweeps.Actors.Runtime;

/// <summary>
/// Messages to self later, by key: starting a timer replaces the one of the same key. All are cancelled when the actor stops or
/// restarts. After Cancel or a replacement the old message is not delivered, even if it already waits in the mailbox.
/// </summary>
public interface ITimerScheduler
{
    /// <summary>Sends <paramref name="message"/> once, after <paramref name="delay"/>.</summary>
    void StartSingleTimer(object key, object message, TimeSpan delay);

    /// <summary>
    /// Sends <paramref name="message"/> after each <paramref name="interval"/>. A tick is dropped while the one before still waits
    /// in the mailbox, so that a slow actor is not buried.
    /// </summary>
    void StartPeriodicTimer(object key, object message, TimeSpan interval);

    /// <summary>Cancels the timer of that key; does nothing when there is none.</summary>
    void Cancel(object key);

    /// <summary>Cancels all timers of the actor.</summary>
    void CancelAll();

    /// <summary>True while a message of that timer is still to come.</summary>
    bool IsTimerActive(object key);
}

/// <summary>What a timer puts into the mailbox; it is turned into the message on delivery, if the timer is still the valid one.</summary>
internal sealed class TimerTick(object key, object message, bool periodic) : IDisposable
{
    private int _waiting;

    public object Key { get; } = key;

    public object Message { get; } = message;

    public bool Periodic { get; } = periodic;

    public ITimer? Timer { get; set; }

    /// <summary>False when the previous tick of this timer is still in the mailbox.</summary>
    public bool TryEnqueue() => Interlocked.Exchange(ref _waiting, 1) == 0;

    public void Dequeued() => Volatile.Write(ref _waiting, 0);

    public void Dispose() => Timer?.Dispose();
}

internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, TimerTick> _timers = [];

    public void StartSingleTimer(object key, object message, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Start(new TimerTick(key, message, periodic: false), delay, Timeout.InfiniteTimeSpan);
    }

    public void StartPeriodicTimer(object key, object message, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Start(new TimerTick(key, message, periodic: true), interval, interval);
    }

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var tick)) tick.Dispose();
    }

    public void CancelAll()
    {
        foreach (var tick in _timers.Values) tick.Dispose();
        _timers.Clear();
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    /// <summary>The message behind a tick, or null when its timer was cancelled or replaced meanwhile.</summary>
    public object? Take(TimerTick tick)
    {
        tick.Dequeued();
        if (!_timers.TryGetValue(tick.Key, out var current) || !ReferenceEquals(current, tick)) return null;
        if (!tick.Periodic) Cancel(tick.Key);
        return tick.Message;
    }

    private void Start(TimerTick tick, TimeSpan due, TimeSpan period)
    {
        cell.CheckTurn();
        ArgumentNullException.ThrowIfNull(tick.Message);
        Cancel(tick.Key);
        _timers[tick.Key] = tick;
        tick.Timer = cell.System.Time.CreateTimer(
            _ =>
            {
                if (tick.TryEnqueue()) cell.Enqueue(tick);
            },
            null,
            due,
            period);
    }
}
