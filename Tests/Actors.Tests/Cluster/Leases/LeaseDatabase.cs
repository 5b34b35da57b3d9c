using System.Globalization;
using Npgsql;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Tests.Journal;

namespace Sweeps.Actors.Tests.Cluster.Leases;

/// <summary>A database with leases, and what tests do to it behind everybody's back.</summary>
internal sealed class LeaseDatabase
{
    public const string Lease = "coordinator";

    /// <summary>Against a test that hangs, not against a slow machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public LeaseDatabase(PostgresServer? server = null)
    {
        Connection = (server ?? PostgresServer.Shared).CreateDatabase();
        Leases = new PostgreSqlLeases(Connection, TimeProvider.System) { Patience = Patience };
    }

    public string Connection { get; }

    public PostgreSqlLeases Leases { get; }

    public static async Task<LeaseDatabase> CreateAsync()
    {
        var database = new LeaseDatabase();
        await database.Leases.PrepareAsync();
        return database;
    }

    public NpgsqlConnection Open()
    {
        var connection = new NpgsqlConnection($"{Connection};Pooling=false");
        connection.Open();
        return connection;
    }

    /// <summary>Runs statements; gives the first value of the answer.</summary>
    public object? Run(string sql)
    {
        using var connection = Open();
        return Run(connection, sql);
    }

    public static object? Run(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <summary>Lets the lease lapse, as the time that passes does.</summary>
    public void Lapse(string lease = Lease) => Run($"UPDATE lease SET expires = clock_timestamp() WHERE name = '{lease}'");

    public long Count(string sql) => Convert.ToInt64(Run(sql), CultureInfo.InvariantCulture);

    /// <summary>Gives the lease to another, and leaves the sessions of the one before alone.</summary>
    public void Succeed(string owner)
        => Run($"UPDATE lease SET owner = '{owner}', fence = fence + 1, expires = clock_timestamp() + interval '1 minute'");

    /// <summary>Takes the lease for another, which must be free or lapsed; gives its number.</summary>
    public async Task<long> TakeAsync(string owner, string lease = Lease)
        => Assert.IsType<LeaseAnswer.Granted>(await Leases.TryAcquireAsync(lease, owner, Minute)).Fence;

    /// <summary>Waits until a statement like this waits for a lock.</summary>
    public async Task WaitsForLockAsync(string statement)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (Count($"""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '{statement}' AND pid <> pg_backend_pid()
            """) == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"nobody waits: {statement}");
            await Task.Delay(20);
        }
    }
}
