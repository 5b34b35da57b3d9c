using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>A folder and a store for each test; a class for each kind of database runs the tests.</summary>
public abstract class JournalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    protected string Folder => _folder.Root;

    protected abstract JournalStore Store { get; }

    public virtual void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A connection of nobody's, to look or to damage.</summary>
    protected static DbConnection Connect(JournalStore store)
    {
        DbConnection connection = store is JournalStore.PostgreSql postgreSql
            ? new NpgsqlConnection(postgreSql.ConnectionString)
            : new SqliteConnection($"Data Source={((JournalStore.Sqlite)store).Path};Pooling=False");
        connection.Open();
        return connection;
    }

    protected string Id(string stream) => Store is JournalStore.PostgreSql { Run: var run } ? $"{run}/{stream}" : stream;

    protected int Change(string sql)
    {
        using var connection = Connect(Store);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    protected long Count(string sql)
    {
        using var connection = Connect(Store);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    protected static void AssertContains(string words, Exception e) => Assert.Contains(words, e.Message, StringComparison.Ordinal);

    private protected Task<JournalHost> OpenAsync(string more = "") => JournalHost.OpenAsync(Store, Folder, more);

    private protected IEnumerable<string> Read(string prefix = "") => new JournalReader(Store).ReadAll(prefix).Select(Line);

    private protected static string Line(StoredEvent e) => $"{e.Stream} {e.SequenceNr} {TestStream.Text(e.Event)}";
}
