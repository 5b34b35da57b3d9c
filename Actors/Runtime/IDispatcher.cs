namespace Sweeps.Actors.Runtime;

/// <summary>One actor's turn: some messages from its mailbox. Executing it twice at the same time is not allowed.</summary>
public interface IActorTurn : IThreadPoolWorkItem
{
    /// <summary>Whose turn it is.</summary>
    ActorPath Path { get; }
}

/// <summary>
/// Chooses what runs next and where. An actor with work hands in its turn; the dispatcher executes it once, later, on any
/// thread. An actor never has two turns handed in at a time, so that its messages are processed one by one.
/// </summary>
public interface IDispatcher
{
    /// <summary>The most messages of one actor per turn; the others' patience against the cost of switching.</summary>
    int Throughput { get; }

    /// <summary>Where the continuations of PipeTo run, which turn the outcome of a task into a message.</summary>
    TaskScheduler Continuations { get; }

    /// <summary>Executes <paramref name="turn"/> later. Thread-safe; returns at once.</summary>
    void Execute(IActorTurn turn);
}

/// <summary>Runs turns on the .NET thread pool. A handler that blocks holds a thread of the pool: pipe slow work to self instead.</summary>
public sealed class ThreadPoolDispatcher : IDispatcher
{
    /// <summary>A dispatcher that runs up to <paramref name="throughput"/> messages of one actor before it lets others in.</summary>
    public ThreadPoolDispatcher(int throughput = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(throughput);
        Throughput = throughput;
    }

    /// <inheritdoc/>
    public int Throughput { get; }

    /// <inheritdoc/>
    public TaskScheduler Continuations => TaskScheduler.Default;

    /// <inheritdoc/>
    public void Execute(IActorTurn turn) => ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false);
}
