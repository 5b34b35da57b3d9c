using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>What a journal promises whatever the database is, through real persistent actors and through the reader.</summary>
public abstract class JournalContractTests : JournalTests
{
    [Fact]
    public async Task What_was_acknowledged_is_recovered_and_read_after_closing_and_opening()
    {
        await using (var host = await OpenAsync())
        {
            var (sweep, search) = (await host.RecoveredAsync("sweep"), await host.RecoveredAsync("search:m/t"));
            Assert.Equal(2, await sweep.WriteAsync("a", "b \u00e9\u0000\""));
            Assert.Equal(1, await search.WriteAsync("c"));
            Assert.Equal(3, await sweep.WriteAsync("d"));
        }
        await using (var host = await OpenAsync())
        {
            Assert.Equal(["a", "b \u00e9\u0000\"", "d"], await host.Actor("sweep").Recovered);
            Assert.Equal(["c"], await host.Actor("search:m/t").Recovered);
            Assert.Empty(await host.Actor("never").Recovered);
            var events = host.Journal.Reader.ReadAll().ToList();
            Assert.Equal(["sweep 1 a", "sweep 2 b \u00e9\u0000\"", "search:m/t 1 c", "sweep 3 d"], events.Select(Line));
            Assert.Equal(("said", 1, "sweep"), (events[0].Event.Name, events[0].Event.Version, events[0].Entity));
            Assert.All(events, e => Assert.InRange(e.Time, DateTimeOffset.FromFileTime(0), TimeProvider.System.GetUtcNow()));
        }
    }

    [Fact]
    public async Task Many_events_at_once_are_stored_together_in_order()
    {
        await using var host = await OpenAsync();
        var texts = Enumerable.Range(1, 2500).Select(i => $"{i} {new string('x', i % 300)}").ToArray();
        Assert.Equal(2500, await (await host.RecoveredAsync("sweep")).WriteAsync(texts));
        Assert.Equal(texts, await host.Actor("sweep").Recovered);
        Assert.Equal(2500, Count($"SELECT sequence_number FROM journal_end WHERE persistence_id = '{Id("sweep")}'"));
    }

    [Fact]
    public async Task Streams_are_read_by_prefix_or_one_alone()
    {
        await using var host = await OpenAsync();
        await (await host.RecoveredAsync("trial:2")).WriteAsync("a");
        await (await host.RecoveredAsync("sweep")).WriteAsync("b");
        await (await host.RecoveredAsync("trial:1")).WriteAsync("c");
        await (await host.RecoveredAsync("Trial:%")).WriteAsync("d");
        await (await host.RecoveredAsync("trial")).WriteAsync("e");
        var reader = host.Journal.Reader;
        Assert.Equal(["Trial:%", "sweep", "trial", "trial:1", "trial:2"], reader.Streams());
        Assert.Equal(["trial:1", "trial:2"], reader.Streams("trial:"));
        Assert.Equal(["trial:2 1 a", "trial:1 1 c"], reader.ReadAll("trial:").Select(Line));
        Assert.Equal(["trial 1 e"], reader.ReadStream("trial").Select(Line));
        Assert.Empty(reader.ReadStream("tria"));
    }

    [Fact]
    public async Task A_snapshot_shortens_the_recovery_and_replaces_the_one_before()
    {
        await using (var host = await OpenAsync())
        {
            var sweep = await host.RecoveredAsync("sweep");
            await sweep.WriteAsync("a", "b");
            await sweep.SnapshotAsync("a b");
            await sweep.WriteAsync("c");
            // Of many megabytes, as that of a large sweep.
            await sweep.SnapshotAsync("a b c" + new string('.', 8 << 20));
            await sweep.WriteAsync("d");
            Assert.Equal(1, Count("SELECT count(*) FROM snapshot"));
        }
        await using (var host = await OpenAsync())
            Assert.Equal(["a b c", "d"], (await host.Actor("sweep").Recovered).Select(text => text.TrimEnd('.')));
    }

    [Fact]
    public async Task A_reader_sees_one_instant_and_holds_up_no_writer()
    {
        await using var host = await OpenAsync();
        var sweep = await host.RecoveredAsync("sweep");
        await sweep.WriteAsync("a", "b");
        using (var half = host.Journal.Reader.ReadAll().GetEnumerator())
        {
            Assert.True(half.MoveNext());
            await sweep.WriteAsync("c");
            Assert.True(half.MoveNext());
            Assert.False(half.MoveNext());
        }
        Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c"], Read());
        host.Journal.Reader.CheckIntegrity();
    }

    [Fact]
    public async Task A_copy_is_a_journal_of_its_own_with_the_same_events_and_snapshots()
    {
        var path = Path.Combine(Folder, "copy.db");
        await using (var host = await OpenAsync())
        {
            var sweep = await host.RecoveredAsync("sweep");
            await sweep.WriteAsync("a", "b");
            await sweep.SnapshotAsync("a b");
            await sweep.WriteAsync("c");
            await (await host.RecoveredAsync("search:m/t")).WriteAsync("d");
            host.Journal.Reader.CopyTo(path);
            await sweep.WriteAsync("later");
            AssertContains("already", Assert.Throws<JournalException>(() => host.Journal.Reader.CopyTo(path)));
            var copy = new JournalReader(new JournalStore.Sqlite(path));
            copy.CheckIntegrity();
            Assert.Equal(["sweep 1 a", "sweep 2 b", "sweep 3 c", "search:m/t 1 d"], copy.ReadAll().Select(Line));
            Assert.Equal(host.Journal.Reader.ReadAll().Select(e => e.Time).Take(4), copy.ReadAll().Select(e => e.Time));
        }
        await using var second = await JournalHost.OpenAsync(new JournalStore.Sqlite(path), Folder);
        Assert.Equal(["a b", "c"], await second.Actor("sweep").Recovered);
        await (await second.RecoveredAsync("sweep")).WriteAsync("on its own");
    }

    [Fact]
    public async Task A_second_opener_is_refused_and_told_who_has_it()
    {
        await using (await OpenAsync())
        {
            Assert.True(RunJournal.IsOpen(Store, Folder));
            var refused = await Assert.ThrowsAsync<JournalLockedException>(() => OpenAsync());
            Assert.Equal($"process {Environment.ProcessId}", refused.Owner);
        }
        Assert.False(RunJournal.IsOpen(Store, Folder));
        await using var next = await OpenAsync();
    }

    [Fact]
    public void Reading_a_journal_that_is_not_there_makes_none()
    {
        var refused = Assert.ThrowsAny<Exception>(() => new JournalReader(Store));
        Assert.True(refused is FileNotFoundException or JournalCorruptException, refused.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    [Fact]
    public async Task Events_become_objects_and_unknown_ones_are_refused_with_their_place()
    {
        var registry = new EventRegistryBuilder().Add<string>("said").Build();
        await using var host = await OpenAsync();
        await (await host.RecoveredAsync("sweep")).WriteAsync("a", "b");
        Assert.Equal(["a", "b"], host.Journal.Reader.ReadEvents(registry).Select(e => e.Event));
        var other = new EventRegistryBuilder().Add<string>("heard").Build();
        var refused = Assert.Throws<JournalCorruptException>(() => host.Journal.Reader.ReadEvents(other).Count());
        Assert.Equal((host.Journal.Location, "sweep", 1L), (refused.Location, refused.PersistenceId, refused.SequenceNr));
        Assert.Contains("unknown name 'said'", refused.Problem, StringComparison.Ordinal);
    }
}

public sealed class SqliteJournalContractTestsOnAkka : JournalContractTests
{
    protected override JournalStore Store => new JournalStore.Sqlite(Path.Combine(Folder, "journal.db"));
}

public sealed class PostgreSqlJournalContractTests : JournalContractTests
{
    private readonly string _database = PostgresServer.Shared.CreateDatabase();

    protected override JournalStore Store => new JournalStore.PostgreSql(_database, "run-1");
}
