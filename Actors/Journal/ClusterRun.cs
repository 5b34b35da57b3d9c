using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>One run in the journal of a cluster: its streams, and who reads them.</summary>
public sealed class ClusterRun
{
    private readonly PostgreSqlStore _store;
    private readonly JournalFailures _failures;

    private readonly JournalFence _fence;

    internal ClusterRun(JournalStore.PostgreSql store, JournalFence fence)
    {
        (Store, _fence) = (store, fence);
        _store = new PostgreSqlStore(store, fence);
        Reader = new JournalReader(_store);
        _failures = new JournalFailures(_store, Reader);
    }

    /// <summary>Where it is, for readers in other processes.</summary>
    public JournalStore.PostgreSql Store { get; }

    /// <summary>The run's name in the database.</summary>
    public string Name => _store.Run;

    /// <summary>The database and the run, for messages.</summary>
    public string Location => _store.Location;

    /// <summary>Reads the run's journal while actors write to it; needs no lease.</summary>
    public JournalReader Reader { get; }

    /// <summary>The persistence id of a stream.</summary>
    /// <param name="name">e.g. "sweep" or "search:models/x/task"</param>
    public string Stream(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _store.Prefix + name;
    }

    /// <summary>
    /// Makes the run the cluster's: before its first actor starts, in each process that gets the lead. From now on only the holder of the
    /// lease can write to it, and what others were writing is over. A run that is not there is begun.
    /// </summary>
    /// <param name="writer">describes this process to others, e.g. "node7"</param>
    /// <param name="mustExist">whether the run was begun before, so that one that has vanished is not begun anew in silence</param>
    /// <param name="cancellation">stops waiting for the database</param>
    /// <exception cref="FencedException">this process does not hold the lease any more</exception>
    /// <exception cref="JournalLockedException">a process alone, or another cluster, has the run</exception>
    /// <exception cref="JournalCorruptException">it is damaged, or has vanished</exception>
    /// <exception cref="JournalException">the database is away, or refuses</exception>
    /// <exception cref="InvalidOperationException">this process has not had the lease</exception>
    public async Task PrepareAsync(string writer, bool mustExist = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(writer);
        _ = _fence.Number;
        try
        {
            await _store.TakeRunAsync(mustExist, writer, cancellation).ConfigureAwait(false);
            CheckIntegrity();
        }
        catch (Exception e) when (_store.Translate(e) is var translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    /// <inheritdoc cref="JournalReader.CheckIntegrity"/>
    public void CheckIntegrity() => Reader.CheckIntegrity();

    /// <inheritdoc cref="RunJournal.Explain"/>
    public Exception Explain(string stream, long sequenceNr, Exception cause) => _failures.Explain(stream, sequenceNr, cause);

    /// <summary>Whether a failed write is final for this process: it has lost the lead.</summary>
    /// <param name="cause">as Akka reports it</param>
    public bool IsFinal(Exception cause) => _failures.IsFinal(cause);
}
