using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sweeps.Actors.Persistence.Sqlite;

internal static class SqliteExtensions
{
    static SqliteExtensions() => Batteries_V2.Init();

    /// <summary>An open connection without a pool, so that closing it closes the file.</summary>
    public static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static SqliteCommand Command(this SqliteConnection connection, string sql, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    /// <summary>Gives the parameters their values, in the order in which they were declared.</summary>
    public static SqliteCommand With(this SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }

    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        command.ExecuteNonQuery();
    }

    public static long ReadLong(this SqliteConnection connection, string sql)
        => Convert.ToInt64(connection.ReadScalar(sql), CultureInfo.InvariantCulture);

    public static object? ReadScalar(this SqliteConnection connection, string sql)
    {
        using var command = connection.Command(sql);
        return command.ExecuteScalar();
    }

    public static byte[] GetBytes(this SqliteDataReader reader, int column) => reader.GetFieldValue<byte[]>(column);

    /// <summary>True when the file is damaged, as opposed to a failure of this operation only.</summary>
    public static bool IsCorruption(this SqliteException e)
        => e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_FORMAT;

    /// <summary>
    /// True for what reading a column throws when it is not of the declared type, or NULL where that is not allowed: both happen in a damaged file, whatever its tables say.
    /// </summary>
    public static bool IsMalformedRow(this Exception e)
        => e is InvalidCastException or OverflowException or FormatException or InvalidOperationException;

    /// <summary>The exception that the journal's contract promises for this one.</summary>
    public static Exception ToJournalException(this SqliteException e, string path)
        => e.IsCorruption()
            ? new JournalCorruptException(path, null, null, e.Message, e)
            : new JournalException(path, e.Message, e);
}
