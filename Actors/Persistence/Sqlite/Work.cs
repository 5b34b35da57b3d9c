using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>A request to the writer thread: it is run once, and its task completed later, when the effect is on disk.</summary>
internal abstract class Work(bool writes)
{
    public bool Writes { get; } = writes;

    /// <summary>Runs it; what concerns it alone, since it changed nothing, is kept as the outcome.</summary>
    public abstract void Run(JournalFile file);

    /// <summary>Completes the task with the outcome of <see cref="Run"/>.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception cause);

    /// <summary>What the journal's contract calls a failure.</summary>
    public static Exception Translate(Exception cause, string path) => cause switch
    {
        SqliteException e => e.ToJournalException(path),
        _ when cause.IsMalformedRow() => new JournalCorruptException(path, null, null, $"a row is malformed: {cause.Message}", cause),
        _ => cause,
    };
}

internal sealed class Work<T>(Func<JournalFile, T> run, bool writes) : Work(writes)
{
    private readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private Exception? _refusal;

    public Task<T> Task => _outcome.Task;

    public override void Run(JournalFile file)
    {
        _refusal = null;
        try
        {
            _result = run(file);
        }
        catch (Exception e) when (e is SequenceConflictException || (!Writes && e is not SqliteException))
        {
            // Nothing was written, and SQLite itself has not complained: the neighbours in the transaction are not concerned.
            _refusal = Translate(e, file.Path);
        }
    }

    public override void Complete()
    {
        if (_refusal is null) _outcome.SetResult(_result!);
        else _outcome.SetException(_refusal);
    }

    public override void Fail(Exception cause) => _outcome.SetException(cause);
}
