namespace Sweeps.Actors.Runtime.Simulation;

/// <summary>
/// Runs actors on the calling thread and in virtual time, so that a run repeats itself exactly: turns of one message each, in the
/// order in which actors got work or in one that is drawn; timers in the order of their due times. Continuations of PipeTo, and of await while it
/// runs, are turns as well.
/// </summary>
/// <remarks>Work may be handed in from any thread; only one thread at a time may run it.</remarks>
public sealed class ManualDispatcher : IDispatcher
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _ready = new();
    private readonly List<Action> _unordered = [];
    private readonly Func<int, int>? _choose;
    private readonly ManualTime _time = new();
    private readonly QueueContext _context;

    /// <summary>A dispatcher with nothing to do, at the start of virtual time (2000-01-01).</summary>
    /// <param name="choose">of n ready turns the one to run, from 0; null runs the oldest. Messages between two actors keep their order either way.</param>
    public ManualDispatcher(Func<int, int>? choose = null)
    {
        _choose = choose;
        _context = new QueueContext(this);
        Continuations = new QueueScheduler(this);
    }

    /// <summary>The virtual clock; it moves in <see cref="Advance"/> only.</summary>
    public TimeProvider Time => _time;

    /// <inheritdoc/>
    public int Throughput => 1;

    /// <inheritdoc/>
    public TaskScheduler Continuations { get; }

    /// <inheritdoc/>
    public void Execute(IActorTurn turn) => Post(turn.Execute);

    /// <summary>Runs until no actor has anything to do at the present time; returns the number of turns.</summary>
    /// <exception cref="InvalidOperationException">more than <paramref name="maxTurns"/> turns: the actors never come to rest</exception>
    public int RunUntilIdle(int maxTurns = 1_000_000)
    {
        for (var turns = 0; ; turns++)
        {
            if (!TryTake(out var turn)) return turns;
            if (turns == maxTurns) throw new InvalidOperationException($"the actors did not come to rest within {maxTurns} turns");
            Run(turn);
        }
    }

    /// <summary>
    /// Runs one turn or, when none is ready, lets time pass to the next timer and fires that one. Who steps can look, or stop for ever, between any two.
    /// False when nothing is ready and no timer falls due until <paramref name="end"/>, which it then is.
    /// </summary>
    public bool Step(DateTimeOffset end)
    {
        if (!TryTake(out var turn)) return _time.FireNext(end);
        Run(turn);
        return true;
    }

    /// <summary>Lets <paramref name="by"/> of virtual time pass; runs until idle before, and after each timer that falls due.</summary>
    public void Advance(TimeSpan by)
    {
        var end = _time.GetUtcNow() + by;
        RunUntilIdle();
        while (_time.FireNext(end)) RunUntilIdle();
    }

    private void Run(Action turn)
    {
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            turn();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private void Post(Action action)
    {
        lock (_lock)
        {
            if (_choose is null) _ready.Enqueue(action);
            else _unordered.Add(action);
        }
    }

    private bool TryTake(out Action turn)
    {
        lock (_lock)
        {
            if (_choose is null) return _ready.TryDequeue(out turn!);
            turn = null!;
            if (_unordered.Count == 0) return false;
            var chosen = _choose(_unordered.Count);
            turn = _unordered[chosen];
            _unordered[chosen] = _unordered[^1];
            _unordered.RemoveAt(_unordered.Count - 1);
            return true;
        }
    }

    private sealed class QueueContext(ManualDispatcher dispatcher) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => dispatcher.Post(() => d(state));

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("a turn never waits for another");
    }

    private sealed class QueueScheduler(ManualDispatcher dispatcher) : TaskScheduler
    {
        protected override void QueueTask(Task task) => dispatcher.Post(() => TryExecuteTask(task));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
