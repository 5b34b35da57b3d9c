using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Akka.Configuration;
using LinqToDB;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>A journal in one SQLite file.</summary>
internal sealed class SqliteStore : SqlStore
{
    /// <summary>SQLite opens no longer paths: it keeps 512 bytes for a name, eight of them for "-journal".</summary>
    public const int MaxPathBytes = 504;

    private const int UniqueViolation = 2067;
    private const int RaisedByTrigger = 1811;
    // How long a connection waits while another one of this process commits.
    private const int BusyTimeoutMs = 60_000;

    // Why nothing is written any more until the journal is opened again.
    private volatile Exception? _broken;

    // Held as long as the journal is open, so that the log is taken into the file once, in order, and not whenever the plugin is idle.
    private SqliteConnection? _keeper;

    static SqliteStore() => Batteries_V2.Init();

    public SqliteStore(string path)
    {
        Location = System.IO.Path.GetFullPath(path);
        var bytes = Encoding.UTF8.GetByteCount(Location);
        if (bytes > MaxPathBytes)
        {
            throw new JournalException(
                Location,
                $"the path of a journal has at most {MaxPathBytes} bytes, and this one {bytes}; give the run a folder with a shorter path");
        }
        PluginConnection = ConnectionString(Location, SqliteOpenMode.ReadWrite, pooling: true);
    }

    public override string Location { get; }

    public override string Run => "";

    /// <summary>The connection string of the plugin's connections, which share a pool.</summary>
    public string PluginConnection { get; }

    public override string HasPrefix => "substr(persistence_id, 1, length(@prefix)) = @prefix";

    // One writer, since SQLite has one; it need not wait for itself. Reads are deferred, since SQLite's library takes the write lock for
    // every other level; "uncommitted" is only the name of that: between connections that share no cache, reads see what is committed, of
    // one instant.
    public override Config PluginConfig => ConfigurationFactory.ParseString("""
        akka.persistence.journal.sql { provider-name = "SQLite.MS", parallelism = 1, read-isolation-level = read-uncommitted }
        akka.persistence.snapshot-store.sql { provider-name = "SQLite.MS", read-isolation-level = read-uncommitted }
        """);

    public override DataOptions PluginOptions => new DataOptions()
        .UseConnectionString(ProviderName.SQLiteMS, PluginConnection)
        // Not only commands: a failed commit is traced, and nothing else tells of it. No text is made of what is traced.
        .UseTracing(TraceLevel.Info, trace => Watch(trace.Exception))
        .UseAfterConnectionOpened(
            Begin,
            async (connection, _) =>
            {
                Begin(connection);
                // All calls of SQLite's library complete at once. Without this the plugin would commit on the thread on which it collects
                // what is to be written next, and every event of every actor would be a commit, and a sync, of its own.
                await Task.Yield();
            });

    public override DbConnection OpenToRead()
    {
        if (!File.Exists(Location)) throw new FileNotFoundException($"{Location}: there is no journal", Location);
        try
        {
            return Open(Location, SqliteOpenMode.ReadOnly);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY)
        {
            return OpenWithoutWriting(e);
        }
        catch (SqliteException e)
        {
            throw Translate(e);
        }
    }

    public override DbTransaction BeginRead(DbConnection connection) => ((SqliteConnection)connection).BeginTransaction(deferred: true);

    public override void CheckStructures(DbConnection connection)
    {
        SqliteSchema.CheckObjects((SqliteConnection)connection, Location);
        SqliteSchema.CheckStructures((SqliteConnection)connection, Location);
    }

    public override Exception Translate(Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_FORMAT } => new JournalCorruptException(
            Location, null, null, e.Message, e),
        SqliteException => new JournalException(Location, e.Message, e),
        _ => TranslateMalformed(e) ?? e,
    };

    public override bool IsConflict(Exception e) => e is SqliteException { SqliteExtendedErrorCode: UniqueViolation }
        || (e is SqliteException { SqliteExtendedErrorCode: RaisedByTrigger }
            && e.Message.Contains(SqliteSchema.DoesNotContinue, StringComparison.Ordinal));

    // After a sync that failed the system may show pages that are not on disk.
    public override bool IsFinal(Exception e)
        => e is SqliteException { SqliteErrorCode: raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB };

    public override Task PrepareAsync(bool mustExist, string writer, CancellationToken cancellation)
    {
        if (mustExist && !File.Exists(Location)) throw Vanished("gone");
        var keeper = new SqliteConnection(ConnectionString(Location, SqliteOpenMode.ReadWriteCreate, pooling: false));
        try
        {
            keeper.Open();
            var isNew = SqliteSchema.IsEmpty(keeper);
            if (isNew && mustExist) throw Vanished("empty");
            if (!isNew) SqliteSchema.CheckIdentity(keeper, Location);
            if (keeper.ReadScalar("PRAGMA journal_mode = WAL") as string is not "wal" and var mode)
                throw new JournalException(Location, $"the file system does not allow a write-ahead log (SQLite answered '{mode}')");
            SyncEveryCommit(keeper);
            if (isNew) SqliteSchema.Create(keeper);
            else SqliteSchema.CheckObjects(keeper, Location);
            keeper.Execute(
                "INSERT INTO journal_run VALUES (@run, @writer) ON CONFLICT (run) DO UPDATE SET writer = excluded.writer",
                ("@run", Run),
                ("@writer", writer));
        }
        catch
        {
            keeper.Dispose();
            throw;
        }
        _keeper = keeper;
        return Task.CompletedTask;
    }

    public override Task CloseAsync()
    {
        using (var ofPlugin = new SqliteConnection(PluginConnection)) SqliteConnection.ClearPool(ofPlugin);
        if (_keeper is null) return Task.CompletedTask;
        // A reader may be at work: then the log stays, and its next opener takes it in.
        _keeper.Execute("PRAGMA busy_timeout = 1000; PRAGMA wal_checkpoint(TRUNCATE)");
        _keeper.Dispose();
        _keeper = null;
        return Task.CompletedTask;
    }

    public override void CopyTo(string path)
    {
        using var connection = OpenToRead();
        connection.Execute("VACUUM INTO @path", ("@path", path));
    }

    private static string ConnectionString(string source, SqliteOpenMode mode, bool pooling)
        => new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = pooling }.ToString();

    /// <summary>Every commit is synced, not only checkpoints: an acknowledged event survives a power cut.</summary>
    private static void SyncEveryCommit(DbConnection connection)
        => connection.Execute($"PRAGMA synchronous = FULL; PRAGMA busy_timeout = {BusyTimeoutMs}");

    private void Begin(DbConnection connection)
    {
        if (_broken is { } cause)
            throw new JournalException(Location, "an earlier write failed; restart to find out what is on disk", cause);
        SyncEveryCommit(connection);
    }

    /// <summary>
    /// After a failed write or sync the kernel may have dropped the pages: a retry that succeeds would prove nothing. A full disk is no
    /// such failure, since SQLite learns of it before it commits.
    /// </summary>
    private void Watch(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is SqliteException { SqliteErrorCode: raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB }) _broken ??= e;
    }

    private JournalCorruptException Vanished(string how) => new(
        Location, null, null, $"there was a journal here and now it is {how}; restore it, or delete {Location}.lock as well to begin anew");

    private SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        // No pool: what is closed shall be closed.
        var connection = new SqliteConnection(ConnectionString(source, mode, pooling: false));
        try
        {
            connection.Open();
            SqliteSchema.CheckIdentity(connection, Location);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// SQLite wants to write beside the file even to read it. Where that is not allowed, a file that nobody changes can be read as it is.
    /// </summary>
    private SqliteConnection OpenWithoutWriting(SqliteException cause)
    {
        if (RunLock.IsTaken($"{Location}.lock"))
        {
            throw new JournalException(
                Location,
                "a process is writing to it, and SQLite cannot read along without writing in this folder; read it as the run's own user",
                cause);
        }
        var log = new FileInfo($"{Location}-wal");
        if (log is { Exists: true, Length: > 0 })
        {
            throw new JournalException(
                Location,
                "the run was not stopped in order, and its last events can only be read where this folder can be written; "
                + "copy the folder to a place of your own and read that, or let the run's own user run `sweeps show` once",
                cause);
        }
        try
        {
            return Open($"{new Uri(Location).AbsoluteUri}?immutable=1", SqliteOpenMode.ReadOnly);
        }
        catch (SqliteException e)
        {
            throw Translate(e);
        }
    }
}
