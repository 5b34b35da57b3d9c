using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;

namespace Sweeps.Simulator.Virtual;

/// <summary>
/// Runs an actor system on the calling thread and in virtual time, so that a run repeats itself exactly: turns of one message each, in the
/// order in which actors got work or in one
/// that is drawn; timers in the order of their due times, then of their creation.
/// </summary>
/// <remarks>Actors are Akka's own. What one of them hands to another thread, as a task does, leaves virtual time: none of ours
/// may.</remarks>
public sealed class VirtualProcess : TimeProvider
{
    [ThreadStatic]
    private static VirtualProcess? _current;

    private readonly Func<int, int>? _choose;
    // Sorted by the path of the actor where the order is drawn: which of them Akka's hashed tables put there first does not matter.
    private readonly List<(string Key, IRunnable Run)> _ready = [];
    // A timer that was changed stays in the queue at its old place, and is passed over there.
    private readonly PriorityQueue<VirtualTimer, (long Due, long Order)> _timers = new();
    private readonly Dictionary<Mailbox, string> _paths = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly long _start = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;
    private long _now, _created, _anonymous;

    /// <param name="choose">of n ready turns the one to run, from 0; null runs the oldest. Messages between two actors keep their order
    /// either way.</param>
    /// <param name="elapsed">time that has passed already, where it is one of several processes that live in one time</param>
    public VirtualProcess(Func<int, int>? choose = null, TimeSpan elapsed = default) => (_choose, _now) = (choose, _start + elapsed.Ticks);

    /// <summary>Whether the process was ended: nothing of it runs any more.</summary>
    public bool IsOver { get; private set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time since the process began.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(_now - _start);

    /// <summary>Whether an actor has something to do.</summary>
    public bool HasReady => _ready.Count > 0;

    /// <summary>When the next timer falls due, as time since the beginning; null when none will.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            while (_timers.TryPeek(out var next, out var place))
            {
                if (next.Place == place && !next.IsCancelled) return TimeSpan.FromTicks(place.Due - _start);
                _timers.Dequeue();
            }
            return null;
        }
    }

    /// <summary>It is later, with others who live in the same time; no timer fires for that.</summary>
    public void Sync(TimeSpan elapsed) => _now = Math.Max(_now, _start + elapsed.Ticks);

    internal static VirtualProcess Current => _current ?? throw new InvalidOperationException("no virtual process creates an actor system");

    /// <summary>An actor system that runs here; it is never terminated, but dropped when the process has ended.</summary>
    /// <param name="setups">what plugins look for</param>
    public ActorSystem CreateSystem(params Setup[] setups)
    {
        var bootstrap = BootstrapSetup.Create().WithConfig(VirtualConfig.Config).WithConfigFallback(Config.Empty);
        var setup = setups.Aggregate(ActorSystemSetup.Create(bootstrap), (all, one) => all.WithSetup(one));
        _current = this;
        try
        {
            return ActorSystem.Create("simulated", setup);
        }
        finally
        {
            _current = null;
        }
    }

    /// <summary>The process dies: what it still had to do is not done.</summary>
    public void End()
    {
        IsOver = true;
        _ready.Clear();
        _timers.Clear();
    }

    /// <summary>
    /// Runs one turn or, when none is ready, lets time pass to the next timer and fires that one. Who steps can look, or stop for ever,
    /// between any two.
    /// </summary>
    /// <returns>false when nothing is ready and no timer falls due until <paramref name="end"/>, which it then is</returns>
    public bool Step(DateTimeOffset end)
    {
        // A test runner's context would take the continuations of tasks to other threads.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            if (_ready.Count == 0) return FireNext(end.UtcTicks);
            var i = _choose?.Invoke(_ready.Count) ?? 0;
            var run = _ready[i].Run;
            _ready.RemoveAt(i);
            run.Run();
            return true;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>
    /// Runs until no actor has anything to do, then lets time pass, timer by timer, until <paramref name="by"/> has passed.
    /// </summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (Step(end))
        {
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(_now, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => _now;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        CheckThread();
        var timer = new VirtualTimer(this, () => callback(state), null);
        timer.Change(dueTime, period);
        return timer;
    }

    internal void Schedule(TimeSpan delay, TimeSpan? period, Action action, ICancelable? cancelable)
    {
        CheckThread();
        new VirtualTimer(this, action, cancelable).Change(delay, period ?? TimeSpan.Zero);
    }

    internal void Execute(IRunnable run)
    {
        if (IsOver) return;
        CheckThread();
        if (_choose is null)
        {
            _ready.Add(("", run));
            return;
        }
        var key = run is Mailbox mailbox ? PathOf(mailbox) : FormattableString.Invariant($"~{_anonymous++:d19}");
        var (low, high) = (0, _ready.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_ready[middle].Key, key) <= 0) low = middle + 1;
            else high = middle;
        }
        _ready.Insert(low, (key, run));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell CellOf(Mailbox mailbox);

    private string PathOf(Mailbox mailbox)
    {
        if (!_paths.TryGetValue(mailbox, out var path)) _paths[mailbox] = path = CellOf(mailbox).Self.Path.ToStringWithoutAddress();
        return path;
    }

    private bool FireNext(long end)
    {
        while (_timers.TryPeek(out var next, out var place))
        {
            if (next.Place != place || next.IsCancelled)
            {
                _timers.Dequeue();
                continue;
            }
            if (place.Due > end) break;
            _timers.Dequeue();
            _now = Math.Max(_now, place.Due);
            next.Fire(place);
            return true;
        }
        _now = Math.Max(_now, end);
        return false;
    }

    private void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            throw new InvalidOperationException("something left virtual time: another thread schedules work of a virtual process");
    }

    private sealed class VirtualTimer(VirtualProcess process, Action action, ICancelable? cancelable) : ITimer
    {
        private long _period;

        /// <summary>When it falls due, and its rank among those of the same time; null while it does not.</summary>
        public (long Due, long Order)? Place { get; private set; }

        public bool IsCancelled => cancelable?.IsCancellationRequested == true;

        public void Fire((long Due, long Order) place)
        {
            Place = _period > 0 ? (place.Due + _period, place.Order) : null;
            if (Place is { } again) process._timers.Enqueue(this, again);
            action();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Place = null;
            if (process.IsOver || dueTime == Timeout.InfiniteTimeSpan) return true;
            // As with the machine's timers, a period of zero means none.
            _period = period > TimeSpan.Zero ? period.Ticks : 0;
            var place = (process._now + Math.Max(0, dueTime.Ticks), process._created++);
            Place = place;
            process._timers.Enqueue(this, place);
            return true;
        }

        public void Dispose() => Place = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
