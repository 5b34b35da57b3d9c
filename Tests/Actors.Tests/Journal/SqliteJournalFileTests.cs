using Microsoft.Data.Sqlite;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>The file of a journal: which are refused, what a crash leaves, and who may read it.</summary>
public sealed class SqliteJournalFileTests : JournalTests
{
    protected override JournalStore Store => new JournalStore.Sqlite(Path);

    private string Path => System.IO.Path.Combine(Folder, "journal.db");

    [Fact]
    public async Task What_was_acknowledged_survives_a_crash_at_any_moment()
    {
        var crashed = Directory.CreateDirectory(System.IO.Path.Combine(Folder, "crashed")).FullName;
        await using var host = await OpenAsync();
        var sweep = await host.RecoveredAsync("sweep");
        for (var i = 1; i <= 25; i++)
        {
            await sweep.WriteAsync($"{i}");
            // The files as a killed process leaves them.
            foreach (var file in Directory.GetFiles(crashed)) File.Delete(file);
            foreach (var end in (string[])["", "-wal"]) File.Copy(Path + end, System.IO.Path.Combine(crashed, $"journal.db{end}"));
            var store = new JournalStore.Sqlite(System.IO.Path.Combine(crashed, "journal.db"));
            Assert.Equal(Enumerable.Range(1, i).Select(n => $"sweep {n} {n}"), new JournalReader(store).ReadAll().Select(Line));
            if (i % 5 > 0) continue;
            await using var next = await JournalHost.OpenAsync(store, crashed);
            Assert.Equal(Enumerable.Range(1, i).Select(n => $"{n}"), await next.Actor("sweep").Recovered);
        }
    }

    [Fact]
    public async Task A_run_that_was_stopped_in_order_leaves_one_file_and_the_lock()
    {
        await using (var host = await OpenAsync())
        {
            var sweep = await host.RecoveredAsync("sweep");
            await sweep.WriteAsync("a");
            await sweep.SnapshotAsync("a");
            Assert.Single(host.Journal.Reader.ReadAll());
            Assert.True(File.Exists($"{Path}-wal"));
        }
        Assert.Equal(
            ["journal.db", "journal.db.lock"], Directory.GetFiles(Folder).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_run_that_was_stopped_in_order_is_read_where_nothing_can_be_written()
    {
        await using (var host = await OpenAsync()) await (await host.RecoveredAsync("sweep")).WriteAsync("a");
        var before = File.GetLastWriteTimeUtc(Path);
        OtherUser.RunWithoutWriting(Folder, () =>
        {
            var reader = new JournalReader(Store);
            reader.CheckIntegrity();
            Assert.Equal(["sweep 1 a"], reader.ReadAll().Select(Line));
            Assert.Equal(["sweep"], reader.Streams());
            using var elsewhere = new TempFolder();
            var copy = System.IO.Path.Combine(elsewhere.Root, "copy.db");
            reader.CopyTo(copy);
            Assert.Equal(["sweep 1 a"], new JournalReader(new JournalStore.Sqlite(copy)).ReadAll().Select(Line));
        });
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path));
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
    }

    [Fact]
    public async Task A_run_that_was_killed_is_not_read_where_nothing_can_be_written_and_the_reason_is_said()
    {
        var running = Directory.CreateDirectory(System.IO.Path.Combine(Folder, "running")).FullName;
        var store = new JournalStore.Sqlite(System.IO.Path.Combine(running, "journal.db"));
        await using (var host = await JournalHost.OpenAsync(store, running))
        {
            await (await host.RecoveredAsync("sweep")).WriteAsync("a");
            foreach (var end in (string[])["", "-wal"]) File.Copy(store.Path + end, Path + end);
        }
        OtherUser.RunWithoutWriting(
            Folder,
            () => AssertContains("was not stopped in order", Assert.Throws<JournalException>(() => new JournalReader(Store))));
        Assert.Equal(["sweep 1 a"], Read());
    }

    [Fact]
    public async Task A_path_that_SQLite_cannot_open_is_refused_before_anything_is_made()
    {
        // As long as it may be, byte by byte; names of at most 255 bytes each.
        var folder = Folder;
        while (folder.Length < SqliteStore.MaxPathBytes - 110) folder = System.IO.Path.Combine(folder, new string('d', 90));
        var longest = System.IO.Path.Combine(folder, new string('f', SqliteStore.MaxPathBytes - folder.Length - 1));
        await using (await RunJournal.OpenAsync(new JournalStore.Sqlite(longest), folder, "test"))
        {
        }
        var above = System.IO.Path.Combine(Folder, "new", longest[(Folder.Length + 1)..]);
        var refused = await Assert.ThrowsAsync<JournalException>(
            () => RunJournal.OpenAsync(new JournalStore.Sqlite(above), System.IO.Path.GetDirectoryName(above)!, "test"));
        Assert.Contains($"at most {SqliteStore.MaxPathBytes} bytes", refused.Message, StringComparison.Ordinal);
        AssertContains("shorter path", Assert.Throws<JournalException>(() => new JournalReader(new JournalStore.Sqlite(longest + "é"))));
        Assert.False(Directory.Exists(System.IO.Path.Combine(Folder, "new")));
    }

    [Theory]
    [InlineData("PRAGMA application_id = 1", "this is not a journal")]
    [InlineData("PRAGMA user_version = 1", "an earlier version of Sweeps wrote it")]
    [InlineData("PRAGMA user_version = 3", "has version 3")]
    public async Task Another_kind_of_file_is_refused_by_writer_and_reader(string change, string problem)
    {
        await using (await OpenAsync())
        {
        }
        Change(change);
        Assert.Contains(problem, (await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync())).Problem, StringComparison.Ordinal);
        Assert.Contains(problem, Assert.Throws<JournalCorruptException>(() => new JournalReader(Store)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(Path, string.Join('\n', Enumerable.Repeat("not a journal", 1000)));
        Assert.StartsWith(Path, (await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync())).Message, StringComparison.Ordinal);
        Assert.StartsWith(Path, Assert.Throws<JournalCorruptException>(() => new JournalReader(Store)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_journal_that_has_vanished_is_not_begun_anew_in_silence(bool gone)
    {
        await using (await OpenAsync())
        {
        }
        if (gone) File.Delete(Path);
        else await File.WriteAllBytesAsync(Path, []);
        AssertContains("restore it", await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync()));
        File.Delete($"{Path}.lock");
        await using var anew = await OpenAsync();
    }

    [Fact]
    public async Task A_creation_that_was_cut_short_is_done_again()
    {
        await File.WriteAllBytesAsync(Path, []);
        await File.WriteAllTextAsync($"{Path}.lock", "Belongs to the jour");
        await using var host = await OpenAsync();
        await (await host.RecoveredAsync("sweep")).WriteAsync("a");
    }

    [Fact]
    public async Task Looking_for_a_snapshot_reads_an_index_and_not_the_snapshots()
    {
        await using (await OpenAsync())
        {
        }
        using var connection = (SqliteConnection)Connect(Store);
        using var command = connection.CreateCommand();
        command.CommandText =
            "EXPLAIN QUERY PLAN SELECT snapshot FROM snapshot WHERE persistence_id = 'x' ORDER BY sequence_number DESC LIMIT 1";
        using var plan = command.ExecuteReader();
        Assert.True(plan.Read());
        Assert.Contains("USING INDEX sqlite_autoindex_snapshot_1", plan.GetString(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_truncated_at_any_length_is_refused()
    {
        await WriteAsync();
        var whole = await File.ReadAllBytesAsync(Path);
        for (var length = 0; length < whole.Length; length += 1777)
        {
            await File.WriteAllBytesAsync(Path, whole[..length]);
            await Assert.ThrowsAsync<JournalCorruptException>(async () =>
            {
                // Usually refused on opening; a cut through the last event's own bytes shows in its checksum.
                await using var journal = await RunJournal.OpenAsync(Store, Folder, "test");
                journal.Reader.ReadAll().Count();
            });
        }
    }

    [Fact]
    public async Task Any_flipped_bit_is_refused_or_without_effect()
    {
        await WriteAsync();
        string[] written = [.. Read()];
        var whole = await File.ReadAllBytesAsync(Path);
        var random = new KeyedRandom(20251121, "flips");
        var refused = 0;
        for (var i = 0; i < 80; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(Path, damaged);
            try
            {
                await using var journal = await RunJournal.OpenAsync(Store, Folder, "test");
                // Free space, a time, or a snapshot: what can be read is what was written.
                Assert.Equal(written, journal.Reader.ReadAll().Select(Line).ToArray());
            }
            catch (Exception e) when (e is JournalCorruptException or JournalException)
            {
                Assert.StartsWith(Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.True(refused > 40, $"{refused} of 80 flips were refused");
    }

    private async Task WriteAsync()
    {
        await using var host = await OpenAsync();
        var (a, b) = (await host.RecoveredAsync("a"), await host.RecoveredAsync("b"));
        for (var i = 0; i < 3; i++)
        {
            await a.WriteAsync([.. Enumerable.Range(0, 10).Select(n => $"a {i} {n} {new string('.', 1500)}")]);
            await b.WriteAsync([.. Enumerable.Range(0, 10).Select(n => $"b {i} {n}")]);
        }
        await a.SnapshotAsync("state");
    }
}
