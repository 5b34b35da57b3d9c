using System.Data;
using System.Data.Common;
using Akka.Configuration;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider.PostgreSQL;
using Npgsql;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>The journal of one run in a PostgreSQL database.</summary>
internal sealed class PostgreSqlStore : SqlStore
{
    private const int MinVersion = 130_000;
    private const int KeepAliveSeconds = 15;

    private readonly string _connection;

    public PostgreSqlStore(JournalStore.PostgreSql store)
    {
        var builder = store.Parse();
        // For every connection, whatever the role, the database or the server have as their default.
        // A stream is read along the index. A server that has not counted the rows of a new table yet takes a stream to be short, and sorts
        // all that is left of it for every batch.
        builder.Options = $"{builder.Options} -c synchronous_commit=on -c enable_bitmapscan=off -c enable_seqscan=off -c jit=off"
            .TrimStart();
        builder.Enlist = false;
        // A connection keeps nothing that would have to be forgotten, and what it has prepared stays prepared.
        builder.NoResetOnClose = true;
        builder.ApplicationName ??= $"sweeps {store.Run}";
        if (builder.KeepAlive == 0) builder.KeepAlive = KeepAliveSeconds;
        (Run, _connection, Location) = (store.Run, builder.ToString(), store.Location);
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

    public override DataOptions PluginOptions => new DataOptions()
        .UseConnectionString(ProviderName.PostgreSQL15, _connection)
        .WithOptions<PostgreSQLOptions>(options => options with { BulkCopyType = BulkCopyType.ProviderSpecific });

    public override DbConnection OpenToRead() => Guard(() =>
    {
        var connection = new NpgsqlConnection(_connection);
        try
        {
            connection.Open();
            PostgreSqlSchema.Check(connection, Location);
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
    public override void CheckStructures(DbConnection connection) => PostgreSqlSchema.Check(connection, Location);

    public override Exception Translate(Exception e) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } damage
            => new JournalCorruptException(Location, null, null, damage.MessageText, e),
        PostgresException refusal => new JournalException(Location, refusal.MessageText, e),
        NpgsqlException or TimeoutException => new JournalException(
            Location, e.InnerException is { } inner ? $"{e.Message}: {inner.Message}" : e.Message, e),
        _ => TranslateMalformed(e) ?? e,
    };

    public override bool IsConflict(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public override async Task PrepareAsync(bool mustExist, string writer, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(_connection);
        await using var _ = connection.ConfigureAwait(false);
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        CheckServer(connection);
        PostgreSqlSchema.CreateIfMissing(connection);
        PostgreSqlSchema.Check(connection, Location);
        if (mustExist && !HasRun(connection))
        {
            throw new JournalCorruptException(
                Location,
                null,
                null,
                "there was a journal here and now it is gone; restore it, or delete journal.db.lock in the run's folder to begin anew");
        }
        WriteWriter(connection, writer);
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
            if (connection.ReadScalar("SELECT to_regclass('journal_run')::text") is string) PostgreSqlSchema.Check(connection, Location);
            return $"PostgreSQL {connection.ServerVersion} at {connection.Host}:{connection.Port}/{connection.Database}";
        }
        catch (Exception e) when (Translate(e) is var translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    public override Task CloseAsync()
    {
        using var connection = new NpgsqlConnection(_connection);
        NpgsqlConnection.ClearPool(connection);
        return Task.CompletedTask;
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
