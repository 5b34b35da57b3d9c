using Npgsql;
using Polly;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Cluster.Leases;

/// <summary>
/// Leases in a PostgreSQL database: who has one has it until a time by the database's clock, with a number that grows with every new
/// holder. Thread-safe; each call connects from a pool.
/// </summary>
/// <remarks>
/// Taking a lease over changes its number, which is part of a key, and so waits for transactions that have locked the row FOR KEY SHARE,
/// as commits of the journal do. Renewing changes no key: it waits for none of them, and none waits for it.
/// </remarks>
public sealed class PostgreSqlLeases
{
    private const int MostTries = 10;
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly string _connection;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _retries;

    /// <param name="connectionString">as Npgsql reads it; never shown, since it may hold a password</param>
    /// <param name="time">what waiting is measured by; no lease depends on it</param>
    /// <exception cref="JournalException">the connection string is malformed</exception>
    public PostgreSqlLeases(string connectionString, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        (_connection, Location) = PostgreSqlConnection.OfLeases(connectionString);
        (_time, _retries) = (time, Retries.Lease.Build(time));
    }

    /// <summary>The database, for messages.</summary>
    public string Location { get; }

    /// <summary>How long a call waits for the database, tries together.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Creates the tables, those of journals too, where there are none, and brings older ones up to date.</summary>
    /// <exception cref="LeaseUnavailableException">the database is away</exception>
    /// <exception cref="JournalException">the database refuses</exception>
    /// <exception cref="JournalCorruptException">the tables are of a newer program, or damaged</exception>
    public Task PrepareAsync(CancellationToken cancellation = default) => RunAsync(
        (connection, _) =>
        {
            PostgreSqlSchema.CreateOrUpgrade(connection);
            PostgreSqlSchema.Check(connection, Location);
            return Task.FromResult(true);
        },
        cancellation);

    /// <summary>
    /// Takes a lease that is free or has lapsed, with a new number; one that is the asker's already, also one that has lapsed and was taken
    /// by nobody, stays so with the same number.
    /// </summary>
    /// <param name="name">1 to 40 ASCII letters, digits, '.', '_' and '-'</param>
    /// <param name="owner">who asks: no two processes, and no process and the one after it, have the same</param>
    /// <param name="duration">how long it is valid unless it is renewed; at most a day</param>
    /// <param name="cancellation">stops waiting</param>
    /// <returns>the lease, or who has it</returns>
    /// <exception cref="LeaseUnavailableException">the database is away</exception>
    /// <exception cref="JournalException">the database refuses, e.g. since there is no table</exception>
    public Task<LeaseAnswer> TryAcquireAsync(
        string name, string owner, TimeSpan duration, CancellationToken cancellation = default)
    {
        Check(name, owner);
        CheckDuration(duration);
        return RunAsync<LeaseAnswer>(
            async (connection, token) =>
            {
                for (var tries = 1; ; tries++)
                {
                    var state = await ReadAsync(connection, name, token).ConfigureAwait(false);
                    var granted = state switch
                    {
                        null => await InsertAsync(connection, name, owner, duration, token).ConfigureAwait(false),
                        { Owner: var holder, Fence: var fence } when holder == owner
                            => await ExtendAsync(connection, name, owner, fence, duration, token).ConfigureAwait(false),
                        { IsHeld: false } => await TakeAsync(connection, name, state.Fence, owner, duration, token).ConfigureAwait(false),
                        _ => null,
                    };
                    if (granted is not null) return granted;
                    if (state is { IsHeld: true } && state.Owner != owner)
                        return new LeaseAnswer.Held(state.Owner!, state.Fence, state.Expires);
                    // Somebody was faster. Each round somebody gets it, for a while.
                    if (tries == MostTries) throw new LeaseUnavailableException(Location, $"the lease '{name}' is fought for");
                }
            },
            cancellation);
    }

    /// <summary>Makes a lease last longer, also one that has lapsed and was taken by nobody.</summary>
    /// <param name="name">of the lease</param>
    /// <param name="owner">who had it granted</param>
    /// <param name="fence">with which number</param>
    /// <param name="duration">how long it is valid from now on unless it is renewed; at most a day</param>
    /// <param name="cancellation">stops waiting</param>
    /// <returns>false when it was taken by another, or released: it will never be valid with this number again</returns>
    /// <exception cref="LeaseUnavailableException">the database is away</exception>
    /// <exception cref="JournalException">the database refuses</exception>
    public Task<bool> RenewAsync(
        string name, string owner, long fence, TimeSpan duration, CancellationToken cancellation = default)
    {
        Check(name, owner);
        CheckDuration(duration);
        return RunAsync(
            async (connection, token)
                => await ExtendAsync(connection, name, owner, fence, duration, token).ConfigureAwait(false) is not null,
            cancellation);
    }

    /// <summary>Frees a lease. Its number is not given out again.</summary>
    /// <param name="name">of the lease</param>
    /// <param name="owner">who had it granted</param>
    /// <param name="fence">with which number</param>
    /// <param name="cancellation">stops waiting</param>
    /// <returns>false when it was not the owner's any more</returns>
    /// <exception cref="LeaseUnavailableException">the database is away</exception>
    /// <exception cref="JournalException">the database refuses</exception>
    public Task<bool> ReleaseAsync(string name, string owner, long fence, CancellationToken cancellation = default)
    {
        Check(name, owner);
        return RunAsync(
            async (connection, token) =>
            {
                await using var command = Command(
                    connection,
                    "UPDATE lease SET owner = NULL, expires = clock_timestamp() WHERE name = @name AND owner = @owner AND fence = @fence",
                    ("name", name), ("owner", owner), ("fence", fence));
                return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false) == 1;
            },
            cancellation);
    }

    /// <summary>A lease as it stands; null when there was never one of that name.</summary>
    /// <exception cref="LeaseUnavailableException">the database is away</exception>
    /// <exception cref="JournalException">the database refuses</exception>
    public Task<LeaseState?> ReadAsync(string name, CancellationToken cancellation = default)
        => RunAsync((connection, token) => ReadAsync(connection, JournalFence.CheckName(name), token), cancellation);

    /// <summary>The leases whose names begin with <paramref name="prefix"/>, in the order of their names.</summary>
    /// <exception cref="LeaseUnavailableException">the database is away</exception>
    /// <exception cref="JournalException">the database refuses</exception>
    /// <returns>each with the time since it lapsed, negative while it is valid</returns>
    public Task<IReadOnlyList<(string Name, LeaseState State, TimeSpan Lapsed)>> ListAsync(
        string prefix, CancellationToken cancellation = default) => RunAsync<IReadOnlyList<(string, LeaseState, TimeSpan)>>(
            async (connection, token) =>
            {
                await using var command = Command(
                    connection,
                    """
                    SELECT owner, fence, expires, owner IS NOT NULL AND expires > clock_timestamp(), name, clock_timestamp() - expires
                    FROM lease
                    WHERE starts_with(name, @prefix) ORDER BY name COLLATE "C"
                    """,
                    ("prefix", prefix));
                await using var reader = await command.ExecuteReaderAsync(token).ConfigureAwait(false);
                var found = new List<(string, LeaseState, TimeSpan)>();
                while (await reader.ReadAsync(token).ConfigureAwait(false))
                {
                    found.Add(
                        (reader.GetString(4), await ReadStateAsync(reader, token).ConfigureAwait(false), reader.GetFieldValue<TimeSpan>(
                            5)));
                }
                return found;
            },
            cancellation);

    private static void Check(string name, string owner)
    {
        JournalFence.CheckName(name);
        ArgumentException.ThrowIfNullOrEmpty(owner);
    }

    private static void CheckDuration(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero || duration > s_longest)
            throw new ArgumentOutOfRangeException(nameof(duration), duration, $"a lease lasts longer than nothing and at most {s_longest}");
    }

    private static async Task<LeaseState?> ReadAsync(NpgsqlConnection connection, string name, CancellationToken cancellation)
    {
        await using var command = Command(
            connection,
            """
            SELECT owner, fence, expires, owner IS NOT NULL AND expires > clock_timestamp() FROM lease WHERE name = @name
            """,
            ("name", name));
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await reader.ReadAsync(cancellation).ConfigureAwait(false)
            ? await ReadStateAsync(reader, cancellation).ConfigureAwait(false)
            : null;
    }

    private static async Task<LeaseState> ReadStateAsync(NpgsqlDataReader reader, CancellationToken cancellation) => new(
        await reader.IsDBNullAsync(0, cancellation).ConfigureAwait(false) ? null : reader.GetString(0),
        reader.GetInt64(1),
        reader.GetFieldValue<DateTimeOffset>(2),
        reader.GetBoolean(3));

    private static Task<LeaseAnswer.Granted?> InsertAsync(
        NpgsqlConnection connection, string name, string owner, TimeSpan duration, CancellationToken cancellation)
        => GrantAsync(
            Command(
                connection,
                """
                INSERT INTO lease (name, owner, fence, expires) VALUES (@name, @owner, 1, clock_timestamp() + @duration)
                ON CONFLICT (name) DO NOTHING RETURNING fence, expires
                """,
                ("name", name), ("owner", owner), ("duration", duration)),
            cancellation);

    private static Task<LeaseAnswer.Granted?> ExtendAsync(
        NpgsqlConnection connection, string name, string owner, long fence, TimeSpan duration, CancellationToken cancellation)
        => GrantAsync(
            Command(
                connection,
                """
                UPDATE lease SET expires = clock_timestamp() + @duration
                WHERE name = @name AND owner = @owner AND fence = @fence RETURNING fence, expires
                """,
                ("name", name), ("owner", owner), ("fence", fence), ("duration", duration)),
            cancellation);

    private static async Task<LeaseAnswer.Granted?> TakeAsync(
        NpgsqlConnection connection, string name, long fence, string owner, TimeSpan duration, CancellationToken cancellation)
    {
        var granted = await GrantAsync(
            Command(
                connection,
                """
                UPDATE lease SET owner = @owner, fence = fence + 1, expires = clock_timestamp() + @duration
                WHERE name = @name AND fence = @fence AND (owner IS NULL OR expires <= clock_timestamp()) RETURNING fence, expires
                """,
                ("name", name), ("owner", owner), ("fence", fence), ("duration", duration)),
            cancellation).ConfigureAwait(false);
        if (granted is not null) await EndSessionsBeforeAsync(connection, name, granted.Fence, cancellation).ConfigureAwait(false);
        return granted;
    }

    /// <summary>
    /// Ends what earlier holders have connected. None of it could be committed; but a transaction that a stopped process has left open
    /// keeps its rows, and the new holder's writes to the same streams would wait for it.
    /// </summary>
    private static async Task EndSessionsBeforeAsync(
        NpgsqlConnection connection, string name, long fence, CancellationToken cancellation)
    {
        await using var command = Command(
            connection,
            """
            SELECT count(pg_terminate_backend(pid)) FROM (
                SELECT pid, substr(application_name, length(@prefix) + 1) AS number FROM pg_stat_activity
                WHERE datname = current_database() AND usename = current_user AND starts_with(application_name, @prefix)
            ) AS session
            WHERE CASE WHEN number ~ '^[0-9]{1,18}$' THEN number::bigint < @fence ELSE false END
            """,
            ("prefix", PostgreSqlConnection.SessionPrefix(name)), ("fence", fence));
        try
        {
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The lease is granted. The server ends such sessions itself, later: PostgreSqlConnection says how.
        }
    }

    private static async Task<LeaseAnswer.Granted?> GrantAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using var _ = command.ConfigureAwait(false);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        return await reader.ReadAsync(cancellation).ConfigureAwait(false)
            ? new LeaseAnswer.Granted(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1))
            : null;
    }

    private static NpgsqlCommand Command(
        NpgsqlConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }

    private async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            // Where packets are dropped a command takes half a minute to notice that it was cancelled. What it does after that is safe: it
            // names owner and number.
            return await _retries.ExecuteAsync(
                async token => await TryAsync(work, token).WaitAsync(token).ConfigureAwait(false), either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new LeaseUnavailableException(Location, $"no answer within {Patience.TotalSeconds:0.#} s", e);
        }
    }

    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            var connection = new NpgsqlConnection(_connection);
            await using var _ = connection.ConfigureAwait(false);
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            return await work(connection, cancellation).ConfigureAwait(false);
        }
        catch (PostgresException e) when (!e.IsTransient)
        {
            throw new JournalException(Location, e.MessageText, e);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new LeaseUnavailableException(
                Location, e.InnerException is { } inner ? $"{e.Message}: {inner.Message}" : e.Message, e);
        }
    }
}
