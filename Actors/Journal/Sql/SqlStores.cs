namespace Sweeps.Actors.Journal.Sql;

internal static class SqlStores
{
    public static SqlStore Of(JournalStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store switch
        {
            JournalStore.Sqlite sqlite => new SqliteStore(sqlite.Path),
            JournalStore.PostgreSql postgreSql => new PostgreSqlStore(postgreSql),
            _ => throw new ArgumentException($"{store.GetType()} is no kind of journal", nameof(store)),
        };
    }

    /// <summary>The file that is locked while a process has the journal open.</summary>
    public static string LockPath(JournalStore store, string folder)
        => store is JournalStore.Sqlite { Path: var path }
            ? $"{Path.GetFullPath(path)}.lock"
            : Path.Combine(Path.GetFullPath(folder), "journal.db.lock");

    /// <summary>What the lock's file says that it belongs to, so that a folder does not get a second journal of another kind.</summary>
    public static string Kind(JournalStore store)
        => store is JournalStore.PostgreSql { Run: var run } ? $"run {run} of a PostgreSQL journal" : "the journal beside it";
}
