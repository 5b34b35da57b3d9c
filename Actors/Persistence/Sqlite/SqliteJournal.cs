using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>
/// A journal in one SQLite file. One thread writes: whatever actors have asked for while the last commit was being synced goes
/// into the next one, so that many actors share one sync. README.md of this folder says what it guarantees.
/// </summary>
public sealed class SqliteJournal : IJournal
{
    private const int MaxRequestsPerCommit = 1024;

    // Never disposed, so that a late request finds it closed and is told so.
    private readonly BlockingCollection<Work> _queue = [];
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly JournalFile _file;
    private readonly JournalLock _lock;
    private readonly SqliteJournalReader _reader;
    private readonly List<Work> _batch = [];
    private Exception? _broken;

    private SqliteJournal(string path, JournalFile file, JournalLock journalLock)
    {
        (Location, _file, _lock) = (path, file, journalLock);
        _reader = new SqliteJournalReader(path);
        new Thread(Loop) { Name = "journal", IsBackground = true }.Start();
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <summary>Opens the journal at <paramref name="path"/>, checks it, and keeps other writers away until it is disposed; a new file is created.</summary>
    /// <exception cref="JournalLockedException">somebody else has it open</exception>
    /// <exception cref="JournalCorruptException">it is damaged, not a journal, of another version, or has vanished</exception>
    /// <exception cref="JournalException">it cannot be opened</exception>
    public static SqliteJournal Open(string path)
    {
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var journalLock = JournalLock.TryTake(path) ?? throw new JournalLockedException(path, ReadOwner(path));
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteExtensions.Open(path, SqliteOpenMode.ReadWriteCreate);
            Prepare(connection, path, journalLock);
            return new SqliteJournal(path, new JournalFile(connection, path), journalLock);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            journalLock.Dispose();
            var cause = Work.Translate(e, path);
            if (ReferenceEquals(cause, e)) throw;
            throw cause;
        }
    }

    /// <summary>Whether a process has the journal at <paramref name="path"/> open for writing.</summary>
    public static bool IsOpen(string path) => JournalLock.IsTaken(Path.GetFullPath(path));

    /// <inheritdoc/>
    public Task AppendAsync(string persistenceId, long firstSequenceNr, IReadOnlyList<SerializedEvent> events)
    {
        ArgumentException.ThrowIfNullOrEmpty(persistenceId);
        ArgumentNullException.ThrowIfNull(events);
        ArgumentOutOfRangeException.ThrowIfZero(events.Count);
        return Write(file => file.Append(persistenceId, firstSequenceNr, events));
    }

    /// <inheritdoc/>
    public Task<JournalPage> ReadAsync(string persistenceId, long afterSequenceNr, int max)
        => Enqueue(new Work<JournalPage>(file => file.ReadPage(persistenceId, afterSequenceNr, max), writes: false));

    /// <inheritdoc/>
    public Task SaveSnapshotAsync(string persistenceId, StoredSnapshot snapshot) => Write(file => file.SaveSnapshot(persistenceId, snapshot));

    /// <inheritdoc/>
    public Task<StoredSnapshot?> LoadSnapshotAsync(string persistenceId)
        => Enqueue(new Work<StoredSnapshot?>(file => file.LoadSnapshot(persistenceId), writes: false));

    /// <inheritdoc/>
    public IReadOnlyList<string> PersistenceIds(string prefix = "") => _reader.PersistenceIds(prefix);

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadAll(string prefix = "") => _reader.ReadAll(prefix);

    /// <summary>Finishes what was requested, then closes the file and lets others open it.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _closed.Task.ConfigureAwait(false);
    }

    private static void Prepare(SqliteConnection connection, string path, JournalLock journalLock)
    {
        var isNew = Schema.IsEmpty(connection);
        if (isNew && journalLock.JournalExisted)
        {
            throw new JournalCorruptException(
                path, null, null, $"there was a journal here and now it is empty; restore it, or delete {path}.lock as well to begin anew");
        }
        if (!isNew) Schema.CheckIdentity(connection, path);
        if (connection.ReadScalar("PRAGMA journal_mode = WAL") as string is not "wal" and var mode)
            throw new JournalException(path, $"the file system does not allow a write-ahead log (SQLite answered '{mode}')");
        // Sync at every commit, not only at checkpoints: an acknowledged event survives a power cut.
        connection.Execute("PRAGMA synchronous = FULL");
        if (isNew) Schema.Create(connection);
        else Schema.CheckIntegrity(connection, path);
        using var command = connection.Command("UPDATE meta SET owner = $owner", "$owner")
            .With($"process {Environment.ProcessId} on {Environment.MachineName}");
        command.ExecuteNonQuery();
        journalLock.RememberJournal();
    }

    private static string ReadOwner(string path)
    {
        try
        {
            using var connection = SqliteExtensions.Open(path, SqliteOpenMode.ReadOnly);
            return connection.ReadScalar("SELECT owner FROM meta") as string is { Length: > 0 } owner ? owner : "another process";
        }
        catch (SqliteException)
        {
            // It is being created at this moment; who does it is only for the message.
            return "another process";
        }
    }

    private Task<bool> Write(Action<JournalFile> write) => Enqueue(new Work<bool>(
        file =>
        {
            write(file);
            return true;
        },
        writes: true));

    private Task<T> Enqueue<T>(Work<T> work)
    {
        try
        {
            _queue.Add(work);
        }
        catch (InvalidOperationException)
        {
            work.Fail(new JournalException(Location, "the journal is closed"));
        }
        return work.Task;
    }

    private void Loop()
    {
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            var next = first;
            do _batch.Add(next);
            while (_batch.Count < MaxRequestsPerCommit && _queue.TryTake(out next));
            // A read between two writes, as of an actor that begins while others write, does not part them: each part would wait for a sync of its own.
            if (_batch.Exists(work => work.Writes)) CommitBatch();
            else _batch.ForEach(Read);
            _batch.Clear();
        }
        _file.Dispose();
        _lock.Dispose();
        _closed.SetResult();
    }

    private void CommitBatch()
    {
        try
        {
            if (_broken is not null) throw new JournalException(Location, "an earlier write failed; restart to find out what is on disk", _broken);
            _file.Begin();
            foreach (var work in _batch) work.Run(_file);
            _file.Commit();
        }
        catch (Exception e)
        {
            Rollback(e);
            var cause = Work.Translate(e, Location);
            foreach (var work in _batch)
            {
                if (work.Writes) work.Fail(cause);
                else Read(work);
            }
            return;
        }
        foreach (var work in _batch) work.Complete();
    }

    private void Rollback(Exception cause)
    {
        // After a failed sync the kernel may have dropped the pages: a retry that succeeds would prove nothing.
        if (cause is SqliteException { SqliteErrorCode: raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB }) _broken ??= cause;
        try
        {
            _file.Rollback();
        }
        catch (SqliteException e)
        {
            _broken ??= e;
        }
    }

    private void Read(Work work)
    {
        try
        {
            work.Run(_file);
        }
        catch (Exception e)
        {
            work.Fail(Work.Translate(e, Location));
            return;
        }
        work.Complete();
    }
}
