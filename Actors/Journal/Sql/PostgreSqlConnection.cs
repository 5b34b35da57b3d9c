using System.Globalization;
using Npgsql;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>The connection strings of a journal: their settings hold whatever role, database and server have as defaults.</summary>
internal static class PostgreSqlConnection
{
    private const int KeepAliveSeconds = 15;

    // A stream is read along the index. A server that has not counted the rows of a new table yet takes a stream to be short, and sorts all
    // that is left of it for every batch.
    private const string Always = "-c synchronous_commit=on -c enable_bitmapscan=off -c enable_seqscan=off -c jit=off";

    // A process that is stopped or cut off in the middle of a transaction keeps its rows locked, and others would wait for them: the server
    // ends its session. Whoever takes the lease over does so at once; this is for sessions of other roles, which it may not end.
    private const string EndsItself =
        "-c idle_in_transaction_session_timeout=15s -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
        + "-c tcp_user_timeout=20s";

    /// <summary>Of connections that read, prepare, and write without a fence.</summary>
    public static string Of(NpgsqlConnectionStringBuilder builder, string name)
    {
        Set(builder, Always);
        builder.ApplicationName ??= name;
        return builder.ToString();
    }

    /// <summary>Of connections that write as the holder of a lease: triggers compare name and number with the lease's row.</summary>
    public static string Fenced(NpgsqlConnectionStringBuilder builder, string lease, long fence)
    {
        var number = fence.ToString(CultureInfo.InvariantCulture);
        Set(builder, $"{Always} {EndsItself} -c sweeps.lease={lease} -c sweeps.fence={number}");
        builder.ApplicationName = SessionPrefix(lease) + number;
        return builder.ToString();
    }

    /// <summary>Of connections that ask for leases, and where that is.</summary>
    /// <exception cref="JournalException">it is malformed</exception>
    public static (string Connection, string Location) OfLeases(string connectionString)
    {
        var builder = Parse(connectionString, "PostgreSQL");
        var location = Location(builder);
        Set(builder, "-c synchronous_commit=on");
        builder.ApplicationName = "sweeps leases";
        return (builder.ToString(), location);
    }

    /// <summary>What the names of all sessions that write as holders of a lease begin with; their fence follows.</summary>
    public static string SessionPrefix(string lease) => $"sweeps {lease}/";

    /// <summary>Says where a database is, without user and password.</summary>
    public static string Location(NpgsqlConnectionStringBuilder builder)
        => $"PostgreSQL {builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";

    /// <exception cref="JournalException">it is malformed</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString, string where)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            // The inner exception may repeat the connection string: it is left out.
            throw new JournalException(where, "the connection string is malformed: expected 'Host=…;Database=…;Username=…'");
        }
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string options)
    {
        builder.Options = $"{builder.Options} {options}".TrimStart();
        builder.Enlist = false;
        // A connection keeps nothing that would have to be forgotten, and what it has prepared stays prepared.
        builder.NoResetOnClose = true;
        if (builder.KeepAlive == 0) builder.KeepAlive = KeepAliveSeconds;
    }
}
