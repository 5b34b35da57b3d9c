using Sweeps.Actors.Persistence;
using Sweeps.Actors.Persistence.Sqlite;
using static Sweeps.Actors.Tests.Persistence.JournalContract;

namespace Sweeps.Actors.Tests.Persistence;

public sealed class SqliteJournalContractTests : JournalContract, IDisposable
{
    private readonly TestFolder _folder = new();

    public SqliteJournalContractTests() => Journal = SqliteJournal.Open(_folder.Journal);

    protected override IJournal Journal { get; }

    public void Dispose() => _folder.Dispose();
}

/// <summary>Opening, closing, crashing, and who may be there at the same time.</summary>
public sealed class SqliteJournalTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_acknowledged_is_there_after_closing_and_opening()
    {
        await using (var journal = SqliteJournal.Open(_folder.Journal))
        {
            await journal.AppendAsync("a", 1, [Event("one")]);
            await journal.SaveSnapshotAsync("a", new StoredSnapshot(1, Event("state")));
        }
        await using (var journal = SqliteJournal.Open(_folder.Journal))
        {
            Assert.Equal(["one"], (await journal.ReadAsync("a", 0, 10)).Events.Select(Text));
            Assert.NotNull(await journal.LoadSnapshotAsync("a"));
            await journal.AppendAsync("a", 2, [Event("two")]);
        }
    }

    [Fact]
    public async Task What_was_acknowledged_survives_a_crash_at_any_moment()
    {
        var crashed = Path.Combine(_folder.Root, "crashed.db");
        await using var journal = SqliteJournal.Open(_folder.Journal);
        for (var i = 1; i <= 40; i++)
        {
            await journal.AppendAsync("a", i, [Event($"{i}")]);
            // The files as a killed process leaves them.
            File.Copy(_folder.Journal, crashed, overwrite: true);
            File.Copy(_folder.Journal + "-wal", crashed + "-wal", overwrite: true);
            await using var recovered = SqliteJournal.Open(crashed);
            Assert.Equal(Enumerable.Range(1, i).Select(n => $"{n}"), (await recovered.ReadAsync("a", 0, 100)).Events.Select(Text));
        }
    }

    [Fact]
    public async Task A_torn_end_of_the_log_loses_whole_commits_only()
    {
        var torn = Path.Combine(_folder.Root, "torn.db");
        await using var journal = SqliteJournal.Open(_folder.Journal);
        for (var i = 1; i <= 20; i += 2) await journal.AppendAsync("a", i, [Event($"{i}"), Event($"{i + 1}")]);
        var log = await ReadShared(_folder.Journal + "-wal");
        var seen = new HashSet<long>();
        for (var length = log.Length; length > 0; length -= 3001)
        {
            File.Copy(_folder.Journal, torn, overwrite: true);
            await File.WriteAllBytesAsync(torn + "-wal", log[..length]);
            File.Delete(torn + ".lock");
            await using var recovered = SqliteJournal.Open(torn);
            var page = await recovered.ReadAsync("a", 0, 100);
            Assert.Equal(0, page.HighestSequenceNr % 2);
            Assert.Equal(page.HighestSequenceNr, page.Events.Count);
            seen.Add(page.HighestSequenceNr);
        }
        Assert.True(seen.Count > 5);
    }

    [Fact]
    public async Task A_second_opener_is_refused_and_told_who_has_it()
    {
        await using (SqliteJournal.Open(_folder.Journal))
        {
            var refused = Assert.Throws<JournalLockedException>(() => SqliteJournal.Open(_folder.Journal));
            Assert.Contains($"process {Environment.ProcessId}", refused.Message, StringComparison.Ordinal);
        }
        await using var next = SqliteJournal.Open(_folder.Journal);
    }

    [Fact]
    public async Task A_stream_without_a_snapshot_is_not_looked_up_among_those_of_others()
    {
        await using (var journal = SqliteJournal.Open(_folder.Journal))
        {
            await journal.AppendAsync("large", 1, [Event("one")]);
            await journal.SaveSnapshotAsync("large", new StoredSnapshot(1, Event("state")));
        }
        await using (var journal = SqliteJournal.Open(_folder.Journal))
        {
            await journal.AppendAsync("small", 1, [Event("one")]);
            // Whoever looks finds nothing to look at.
            Change("ALTER TABLE snapshot RENAME TO elsewhere");
            Assert.Null(await journal.LoadSnapshotAsync("small"));
            await Assert.ThrowsAnyAsync<JournalException>(() => journal.LoadSnapshotAsync("large"));
            Change("ALTER TABLE elsewhere RENAME TO snapshot");
            Assert.NotNull(await journal.LoadSnapshotAsync("large"));
        }
    }

    [Fact]
    public async Task A_reader_follows_while_the_writer_is_at_work_and_after_it_has_gone()
    {
        var journal = SqliteJournal.Open(_folder.Journal);
        await journal.AppendAsync("a", 1, [Event("one")]);
        var reader = new SqliteJournalReader(_folder.Journal);
        Assert.Equal(["one"], reader.ReadAll().Select(Text));
        using (var half = reader.ReadAll().GetEnumerator())
        {
            Assert.True(half.MoveNext());
            await journal.AppendAsync("a", 2, [Event("two")]);
            Assert.False(half.MoveNext());
        }
        Assert.Equal(["one", "two"], reader.ReadAll().Select(Text));
        await journal.DisposeAsync();
        Assert.Equal(["one", "two"], reader.ReadAll().Select(Text));
        Assert.Equal(["a"], reader.PersistenceIds());
    }

    [Fact]
    public void Reading_a_journal_that_is_not_there_creates_none()
    {
        Assert.Throws<FileNotFoundException>(() => new SqliteJournalReader(_folder.Journal));
        Assert.False(File.Exists(_folder.Journal));
    }

    [Fact]
    public async Task A_failed_commit_fails_all_its_appends_and_leaves_nothing_behind()
    {
        await using var journal = SqliteJournal.Open(_folder.Journal);
        await journal.AppendAsync("a", 1, [Event("one")]);
        Change("CREATE TRIGGER no BEFORE INSERT ON event WHEN NEW.name = 'refused' BEGIN SELECT RAISE(ABORT, 'disk says no'); END");
        var failed = await Assert.ThrowsAsync<JournalException>(
            () => journal.AppendAsync("a", 2, [Event("two"), new SerializedEvent("refused", 1, "x"u8.ToArray())]));
        Assert.Contains("disk says no", failed.Message, StringComparison.Ordinal);
        await journal.AppendAsync("a", 2, [Event("second")]);
        Assert.Equal(["one", "second"], (await journal.ReadAsync("a", 0, 10)).Events.Select(Text));
        Assert.Equal(["one", "second"], journal.ReadAll().Select(Text));
    }

    [Fact]
    public async Task Closing_finishes_what_was_asked_for_and_refuses_the_rest()
    {
        var journal = SqliteJournal.Open(_folder.Journal);
        var appends = Enumerable.Range(1, 300).Select(i => journal.AppendAsync("a", i, [Event($"{i}")])).ToArray();
        await journal.DisposeAsync();
        Assert.All(appends, a => Assert.True(a.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<JournalException>(() => journal.AppendAsync("a", 301, [Event("late")]));
        Assert.Equal(300, new SqliteJournalReader(_folder.Journal).ReadAll().Count());
    }

    private static async Task<byte[]> ReadShared(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }

    private void Change(string sql)
    {
        using var connection = SqliteExtensions.Open(_folder.Journal, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite);
        connection.Execute(sql);
    }
}
