using System.Diagnostics;
using System.Runtime.CompilerServices;
using Npgsql;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>The reader that `make chaos` counts with, in Python, beside the program's: it shares nothing with it but the format.</summary>
public abstract class ChaosReaderTests : JournalTests
{
    private const string Script = """
        import pathlib, sys
        sys.path.insert(0, sys.argv[1])
        import journal
        folder = pathlib.Path(sys.argv[2])
        store = journal.PostgreSql(folder, sys.argv[3:]) if sys.argv[3:] else journal.Sqlite(folder)
        try:
            for entity, name, said in journal.read(store):
                print(entity, name, said)
        except journal.Damaged as e:
            print("damaged:", e)
        finally:
            store.close()
        """;

    [Fact]
    public async Task It_gives_what_was_stored_stream_by_stream()
    {
        await WriteAsync();
        Assert.Equal(["search:m/'é said c", "sweep said a", "sweep said b", "sweep said d"], Python());
    }

    [Theory]
    [InlineData("UPDATE journal SET manifest = 'said/2' WHERE {0} AND sequence_number = 2", "sweep: event 2 has a wrong checksum")]
    [InlineData(
        "UPDATE journal SET message = (SELECT message FROM journal WHERE {0} AND sequence_number = 1) WHERE {0} AND sequence_number = 2",
        "sweep: event 2 comes after 1 and says that it is 1")]
    [InlineData("UPDATE journal SET sequence_number = 7 WHERE {0} AND sequence_number = 2", "sweep: event 3 comes after 1")]
    [InlineData("DELETE FROM journal WHERE {0} AND sequence_number = 3", "sweep has 2 events and ends with 3")]
    [InlineData("DELETE FROM journal WHERE {0}", "sweep has 0 events and ends with 3")]
    [InlineData("DELETE FROM journal_end WHERE {0}", "sweep has 3 events and ends with None")]
    public async Task It_refuses_what_is_not_what_was_written(string change, string expected)
    {
        await WriteAsync();
        Change(change.Replace("{0}", $"persistence_id = '{Id("sweep")}'", StringComparison.Ordinal));
        Assert.Contains(expected, Python()[^1], StringComparison.Ordinal);
    }

    private async Task WriteAsync()
    {
        await using var host = await OpenAsync();
        SweepFolder.Remember(Folder, Store);
        var sweep = await host.RecoveredAsync("sweep");
        await sweep.WriteAsync("a", "b");
        await (await host.RecoveredAsync("search:m/'é")).WriteAsync("c");
        await sweep.WriteAsync("d");
    }

    private string[] Python([CallerFilePath] string here = "")
    {
        var chaos = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "chaos"));
        List<string> arguments = ["-B", "-X", "utf8", "-c", Script, chaos, Folder];
        if (Store is JournalStore.PostgreSql { ConnectionString: var text })
        {
            var server = new NpgsqlConnectionStringBuilder(text);
            arguments.AddRange("psql", "--host", server.Host!, "--username", server.Username!, "--dbname", server.Database!);
        }
        using var python = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
        var lines = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return lines;
    }
}

/// <inheritdoc/>
public sealed class SqliteChaosReaderTests : ChaosReaderTests
{
    protected override JournalStore Store => new JournalStore.Sqlite(Path.Combine(Folder, SweepFolder.JournalName));
}

/// <inheritdoc/>
public sealed class PostgreSqlChaosReaderTests : ChaosReaderTests
{
    private readonly string _database = PostgresServer.Shared.CreateDatabase();

    protected override JournalStore Store => new JournalStore.PostgreSql(_database, "run-1");
}
