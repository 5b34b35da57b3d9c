using System.Data;
using System.Data.Common;
using Akka.Configuration;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider.PostgreSQL;
using Npgsql;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>
/// The journal of one run in a PostgreSQL database, which this process writes to alone or as the holder of a lease; or of all runs of a
/// cluster, for the plugin.
/// </summary>
internal sealed class PostgreSqlStore : SqlStore
{
    private const int MinVersion = 130_000;

    private readonly NpgsqlConnectionStringBuilder _given;
    private readonly JournalFence? _fence;
    private readonly string _connection;

    private string? _fenced;

    // Whoever writes alone holds the run's lock while it has the journal open, so that no cluster takes the run meanwhile.
    private NpgsqlConnection? _keeper;

    /// <summary>The journal of a run.</summary>
    /// <param name="store">where it is</param>
    /// <param name="fence">of the cluster that the run belongs to; null for a process alone</param>
    public PostgreSqlStore(JournalStore.PostgreSql store, JournalFence? fence = null)
        : this(store.Parse(), store.Location, store.Run, fence)
    {
    }

    private PostgreSqlStore(NpgsqlConnectionStringBuilder builder, string location, string run, JournalFence? fence)
    {
        (_given, Location, Run, _fence) = (builder, location, run, fence);
        _connection = PostgreSqlConnection.Of(Copy(builder), run.Length == 0 ? "sweeps" : $"sweeps {run}");
    }

    /// <summary>The journals of all runs of a cluster.</summary>
    /// <exception cref="JournalException">the connection string is malformed</exception>
    public static PostgreSqlStore OfCluster(string connectionString, JournalFence fence)
    {
        var builder = PostgreSqlConnection.Parse(connectionString, "PostgreSQL");
        return new PostgreSqlStore(builder, PostgreSqlConnection.Location(builder), "", fence);
    }

    public override string Location { get; }

    public override string Run { get; }

    // The range is for the index; no name of a stream holds the last code point there is.
    public override string HasPrefix
        => "persistence_id >= @prefix AND persistence_id < @prefix || chr(1114111) AND starts_with(persistence_id, @prefix)";

    public override Config PluginConfig => ConfigurationFactory.ParseString("""
        akka.persistence.journal.sql { provider-name = "PostgreSQL.15", parallelism = 3 }
        akka.persistence.snapshot-store.sql { provider-name = "PostgreSQL.15" }
        """);

    // The number is known when the first persistent actor starts, not yet when the system is made.
    public override DataOptions PluginOptions
        => (_fence is null
            ? new DataOptions().UseConnectionString(ProviderName.PostgreSQL15, _connection)
            : new DataOptions()
                .UseConnectionFactory(
                    PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v15), _ => new NpgsqlConnection(FencedConnection(_fence)))
                .WithOptions<ConnectionOptions>(options => options with { ProviderName = ProviderName.PostgreSQL15 }))
            .WithOptions<PostgreSQLOptions>(options => options with { BulkCopyType = BulkCopyType.ProviderSpecific });

    public override DbConnection OpenToRead() => Guard(() =>
    {
        var connection = new NpgsqlConnection(_connection);
        try
        {
            connection.Open();
            PostgreSqlSchema.CheckToRead(connection, Location);
            if (!HasRun(connection)) throw new FileNotFoundException($"{Location}: there is no journal", Location);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    });

    public override DbTransaction BeginRead(DbConnection connection) => connection.BeginTransaction(IsolationLevel.RepeatableRead);

    // The server's own checks (page checksums, amcheck) belong to who runs the server.
    public override void CheckStructures(DbConnection connection) => PostgreSqlSchema.CheckToRead(connection, Location);

    public override Exception Translate(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } damage
            => new JournalCorruptException(Location, null, null, damage.MessageText, e),
        PostgresException { SqlState: PostgreSqlSchema.Fenced } fenced => new FencedException(Location, fenced.MessageText, e),
        PostgresException refusal => new JournalException(Location, refusal.MessageText, e),
        NpgsqlException or TimeoutException => new JournalException(
            Location, e.InnerException is { } inner ? $"{e.Message}: {inner.Message}" : e.Message, e),
        _ => TranslateMalformed(e) ?? e,
    };

    public override bool IsConflict(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public override bool IsEndedByServer(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown };

    public override bool IsFinal(Exception e) => e is FencedException or PostgresException { SqlState: PostgreSqlSchema.Fenced };

    public override FencedException? ReadFenced(Exception cause) => Guard(() =>
    {
        using var connection = new NpgsqlConnection(_connection);
        connection.Open();
        return ReadRefusal(connection) is { } refusal ? new FencedException(Location, refusal, cause) : null;
    });

    public override async Task PrepareAsync(bool mustExist, string writer, CancellationToken cancellation)
    {
        var connection = await PrepareTablesAsync(cancellation).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        if (mustExist && !HasRun(connection))
        {
            throw Vanished(
                "there was a journal here and now it is gone; restore it, or delete journal.db.lock in the run's folder to begin anew");
        }
        var keeper = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connection) { Pooling = false }.ToString());
        _keeper = keeper;
        await keeper.OpenAsync(cancellation).ConfigureAwait(false);
        if (!TryLock(keeper, "pg_try_advisory_lock_shared")) throw new JournalLockedException(Location, "a cluster that is taking the run");
        using var transaction = connection.BeginTransaction();
        CheckUnheld(connection, mine: null);
        WriteWriter(connection, writer, lease: null);
        transaction.Commit();
    }

    /// <summary>Makes sure of the server and the tables, for a cluster.</summary>
    public async Task PrepareClusterAsync(CancellationToken cancellation)
    {
        var connection = await PrepareTablesAsync(cancellation).ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Makes the run the cluster's whose lease this process holds: nobody else's writes are taken from now on, and those under way are
    /// over.
    /// </summary>
    /// <param name="mustExist">whether the run was begun before</param>
    /// <param name="writer">describes this process to others</param>
    /// <param name="cancellation">stops waiting</param>
    /// <exception cref="FencedException">this process does not hold the lease any more</exception>
    /// <exception cref="JournalLockedException">a process alone, or another cluster, has the run</exception>
    public async Task TakeRunAsync(bool mustExist, string writer, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(_connection);
        await using var _ = connection.ConfigureAwait(false);
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await using var __ = transaction.ConfigureAwait(false);
        if (mustExist && !HasRun(connection)) throw Vanished("the run was in this database and now it is gone; restore it");
        if (!TryLock(connection, "pg_try_advisory_xact_lock"))
            throw new JournalLockedException(Location, ReadWriter() ?? "another process");
        CheckUnheld(connection, _fence!.Lease);
        WriteWriter(connection, writer, _fence.Lease);
        if (ReadRefusal(connection) is { } refusal) throw new FencedException(Location, refusal);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Checks the server, and the tables if they are there; writes nothing.</summary>
    /// <returns>which server it is</returns>
    public async Task<string> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            var connection = new NpgsqlConnection(_connection);
            await using var _ = connection.ConfigureAwait(false);
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            CheckServer(connection);
            if (connection.ReadScalar("SELECT to_regclass('journal_run')::text") is string)
                PostgreSqlSchema.CheckToRead(connection, Location);
            return $"PostgreSQL {connection.ServerVersion} at {connection.Host}:{connection.Port}/{connection.Database}";
        }
        catch (Exception e) when (Translate(e) is var translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    public override async Task CloseAsync()
    {
        if (_keeper is not null) await _keeper.DisposeAsync().ConfigureAwait(false);
        _keeper = null;
        foreach (var used in _fence is { IsSet: true } ? [_connection, FencedConnection(_fence)] : (string[])[_connection])
        {
            using var connection = new NpgsqlConnection(used);
            NpgsqlConnection.ClearPool(connection);
        }
    }

    public override void CopyTo(string path) => JournalExport.Write(this, path);

    private void CheckServer(NpgsqlConnection connection)
    {
        if (connection.ReadLong("SELECT current_setting('server_version_num')") < MinVersion)
            throw new JournalException(Location, $"the server is PostgreSQL {connection.ServerVersion}; expected 13 or later");
        if (connection.ReadScalar("SHOW server_encoding") as string is not "UTF8" and var encoding)
            throw new JournalException(Location, $"the database's encoding is {encoding}; expected UTF8");
        if (connection.ReadScalar("SELECT pg_is_in_recovery()") is true)
            throw new JournalException(Location, "the server is a standby, which cannot be written to; name the primary");
        foreach (var setting in (string[])["fsync", "full_page_writes", "synchronous_commit"])
        {
            if (connection.ReadScalar($"SHOW {setting}") as string is not "on" and var value)
            {
                throw new JournalException(
                    Location,
                    $"{setting} is {value}: a crash of the server would lose what it has acknowledged; set {setting} = on and try again");
            }
        }
    }

    private static NpgsqlConnectionStringBuilder Copy(NpgsqlConnectionStringBuilder builder) => new(builder.ConnectionString);

    // The number never changes once it is there, and each of the plugin's transactions asks for this.
    private string FencedConnection(JournalFence fence)
        => _fenced ??= PostgreSqlConnection.Fenced(Copy(_given), fence.Lease, fence.Number);

    private async Task<NpgsqlConnection> PrepareTablesAsync(CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(_connection);
        try
        {
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            CheckServer(connection);
            PostgreSqlSchema.CreateOrUpgrade(connection);
            PostgreSqlSchema.Check(connection, Location);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private bool TryLock(NpgsqlConnection connection, string function)
        => connection.ReadScalar($"SELECT {function}(hashtextextended('sweeps run ' || @run, 0))", ("@run", Run)) is true;

    /// <summary>Makes sure, until the transaction ends, that the run is of no other lease, or that nobody has that one.</summary>
    private void CheckUnheld(NpgsqlConnection connection, string? mine)
    {
        var lease = connection.ReadScalar("SELECT lease FROM journal_run WHERE run = @run FOR UPDATE", ("@run", Run)) as string;
        if (lease is null || lease == mine) return;
        // Not FOR KEY SHARE: the holder of one that has lapsed may not renew it meanwhile.
        var holders = connection.ReadList(
            "SELECT format('%s, which holds the lease %s of its cluster until %s', owner, name, date_trunc('second', expires)) FROM lease "
                + "WHERE name = @lease AND owner IS NOT NULL AND expires > clock_timestamp() FOR SHARE",
            row => row.GetString(0),
            ("@lease", lease));
        if (holders is [var holder]) throw new JournalLockedException(Location, holder);
    }

    private void WriteWriter(NpgsqlConnection connection, string writer, string? lease) => connection.Execute(
        """
        INSERT INTO journal_run (run, writer, lease) VALUES (@run, @writer, @lease)
        ON CONFLICT (run) DO UPDATE SET writer = excluded.writer, lease = excluded.lease
        """,
        ("@run", Run),
        ("@writer", writer),
        ("@lease", (object?)lease ?? DBNull.Value));

    private string? ReadRefusal(NpgsqlConnection connection) => connection.ReadScalar(
        "SELECT journal_refusal(@run, @lease::text, @fence::bigint)",
        ("@run", Run),
        ("@lease", (object?)_fence?.Lease ?? DBNull.Value),
        ("@fence", (object?)_fence?.Number ?? DBNull.Value)) as string;

    private JournalCorruptException Vanished(string problem) => new(Location, null, null, problem);

    private bool HasRun(DbConnection connection)
        => connection.ReadLong("SELECT count(*) FROM journal_run WHERE run = @run", ("@run", Run)) == 1;

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw Translate(e);
        }
    }
}
