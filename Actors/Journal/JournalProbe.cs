using System.Reflection;
using Akka.Actor;
using Akka.Persistence.Sql;
using Npgsql;
using SQLitePCL;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>Tries whether a journal could be kept somewhere, and leaves nothing behind there but what the caller deletes.</summary>
public static class JournalProbe
{
    private const string Stream = "probe";

    /// <summary>The libraries that journals depend on, each with its version.</summary>
    public static IReadOnlyList<(string Name, string Version)> Versions
    {
        get
        {
            Batteries_V2.Init();
            return
            [
                ("Akka", VersionOf(typeof(ActorSystem))), ("Akka.Persistence.Sql", VersionOf(typeof(SqlPersistence))),
                ("SQLite", raw.sqlite3_libversion().utf8_to_string()), ("Npgsql", VersionOf(typeof(NpgsqlConnection))),
                ("Polly", VersionOf(typeof(Polly.ResiliencePipeline))),
            ];
        }
    }

    /// <summary>Writes an event to a new SQLite journal, and reads it back after the journal was closed.</summary>
    /// <param name="folder">an empty folder, which the caller deletes</param>
    /// <exception cref="JournalException">it does not work there</exception>
    /// <exception cref="JournalCorruptException">what was read is not what was written</exception>
    public static async Task TryFileAsync(string folder)
    {
        var store = new JournalStore.Sqlite(Path.Combine(folder, "journal.db"));
        var sql = new SqliteStore(store.Path);
        try
        {
            await using (await RunJournal.OpenAsync(store, folder, Stream).ConfigureAwait(false))
                SqliteAppend.Begin(store.Path, Stream, [new SerializedEvent(Stream, 1, "{}"u8.ToArray())]);
            var events = new JournalReader(store).ReadAll().ToList();
            if (events is not [{ Stream: Stream, SequenceNr: 1 }])
                throw new JournalException(store.Path, $"it gave {events.Count} events back: expected the one that was written");
        }
        catch (Exception e) when (sql.Translate(e) is var translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    /// <summary>Connects to a PostgreSQL database and checks that it would keep what it acknowledges, synced; writes nothing.</summary>
    /// <param name="connectionString">as Npgsql reads it</param>
    /// <param name="cancellation">stops waiting</param>
    /// <returns>which server it is</returns>
    /// <exception cref="JournalException">it cannot be reached, or would not keep it</exception>
    /// <exception cref="JournalCorruptException">it has tables of our names that are not ours, or of another version</exception>
    public static Task<string> TryDatabaseAsync(string connectionString, CancellationToken cancellation)
        => new PostgreSqlStore(new JournalStore.PostgreSql(connectionString, Stream)).ProbeAsync(cancellation);

    private static string VersionOf(Type type)
    {
        var version = type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+')[0] ?? type.Assembly.GetName().Version!.ToString();
    }
}
