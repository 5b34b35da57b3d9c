namespace Sweeps.Actors.Runtime;

/// <summary>What a supervisor does about the failure of a child.</summary>
public enum Directive
{
    /// <summary>Go on with the next message, state kept.</summary>
    Resume,

    /// <summary>Throw the state away and start anew; reference and mailbox are kept.</summary>
    Restart,

    /// <summary>Stop the child for good.</summary>
    Stop,

    /// <summary>Fail in turn, with the same cause, and let the own supervisor decide.</summary>
    Escalate,
}

/// <summary>Decides for each failed child by itself; siblings are left alone. Immutable.</summary>
/// <remarks>
/// The n-th restart within the window waits backoff·2^(n−1), at most the cap. One restart more than allowed within the window
/// stops the child instead.
/// </remarks>
public sealed class OneForOneStrategy
{
    private readonly Func<Exception, Directive> _decider;

    /// <summary>A strategy with its own limits.</summary>
    /// <param name="decider">exception → directive; <see cref="DefaultDecider"/> when null. If it throws, that is escalated.</param>
    /// <param name="maxRestarts">restarts allowed within the window, at least 0; default 10</param>
    /// <param name="within">length of the sliding window; null counts for ever; default 10 minutes</param>
    /// <param name="minBackoff">wait before the first restart; zero restarts at once; default 100 ms</param>
    /// <param name="maxBackoff">cap of the wait; default 30 s</param>
    public OneForOneStrategy(
        Func<Exception, Directive>? decider,
        int maxRestarts,
        TimeSpan? within,
        TimeSpan minBackoff,
        TimeSpan maxBackoff)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRestarts);
        ArgumentOutOfRangeException.ThrowIfLessThan(minBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBackoff, minBackoff);
        if (within is { } window) ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero, nameof(within));
        (_decider, MaxRestarts, Within, MinBackoff, MaxBackoff) = (decider ?? DefaultDecider, maxRestarts, within, minBackoff, maxBackoff);
    }

    /// <summary>A strategy with the default limits and the given decider.</summary>
    public OneForOneStrategy(Func<Exception, Directive>? decider = null)
        : this(decider, 10, TimeSpan.FromMinutes(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30))
    {
    }

    /// <summary>What actors use that do not choose.</summary>
    public static OneForOneStrategy Default { get; } = new();

    /// <summary>Restarts allowed within the window.</summary>
    public int MaxRestarts { get; }

    /// <summary>Length of the sliding window; null counts for ever.</summary>
    public TimeSpan? Within { get; }

    /// <summary>Wait before the first restart.</summary>
    public TimeSpan MinBackoff { get; }

    /// <summary>Cap of the wait.</summary>
    public TimeSpan MaxBackoff { get; }

    /// <summary>Stops what could not start, escalates what no restart can mend, restarts on everything else.</summary>
    public static Directive DefaultDecider(Exception cause) => cause switch
    {
        FatalActorException => Directive.Escalate,
        ActorInitializationException => Directive.Stop,
        _ => Directive.Restart,
    };

    /// <summary>The directive for a failure, after limits; counts the restart it orders.</summary>
    internal (Directive Directive, TimeSpan Delay) Decide(Exception cause, RestartStatistics statistics, TimeProvider time)
    {
        var directive = _decider(cause);
        if (directive != Directive.Restart) return (directive, TimeSpan.Zero);
        var recent = statistics.CountRestart(time, Within);
        return recent > MaxRestarts ? (Directive.Stop, TimeSpan.Zero) : (Directive.Restart, Backoff(recent));
    }

    private TimeSpan Backoff(int restart)
    {
        // In doubles, so that a high count saturates at the cap and does not overflow.
        var ticks = MinBackoff.Ticks * Math.Pow(2, restart - 1);
        return ticks >= MaxBackoff.Ticks ? MaxBackoff : TimeSpan.FromTicks((long)ticks);
    }
}

/// <summary>When one child was restarted lately.</summary>
internal sealed class RestartStatistics
{
    private readonly Queue<long> _restarts = new();

    /// <summary>Counts a restart now; returns how many there were within the window, this one included.</summary>
    public int CountRestart(TimeProvider time, TimeSpan? within)
    {
        var now = time.GetTimestamp();
        while (within is { } window && _restarts.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) > window) _restarts.Dequeue();
        _restarts.Enqueue(now);
        return _restarts.Count;
    }
}
