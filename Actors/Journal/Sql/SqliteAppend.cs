using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>Begins streams of a SQLite journal without actors.</summary>
internal static class SqliteAppend
{
    /// <summary>Writes the first events of a stream, all or none.</summary>
    /// <param name="path">of a journal that this process has open, see <see cref="RunJournal"/></param>
    /// <param name="stream">a stream without events, whose own they are</param>
    /// <param name="events">in their order</param>
    public static void Begin(string path, string stream, IEnumerable<SerializedEvent> events)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("PRAGMA synchronous = FULL");
        using var transaction = connection.BeginTransaction();
        using var insert = new RecordInsert(connection);
        var chain = new JournalChain(path, stream);
        foreach (var e in events)
        {
            var record = chain.Seal(stream, "begin", e);
            insert.Insert(stream, chain.Number, 0, "begin", record);
        }
        transaction.Commit();
    }
}
