using Microsoft.Data.Sqlite;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Persistence.Sqlite;
using static Sweeps.Actors.Tests.Persistence.JournalContract;

namespace Sweeps.Actors.Tests.Persistence;

/// <summary>A damaged file is never read as good.</summary>
public sealed class JournalDamageTests : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new();
    private string[] _written = [];

    public async Task InitializeAsync()
    {
        await using var journal = SqliteJournal.Open(_folder.Journal);
        for (var i = 1; i <= 30; i++)
        {
            await journal.AppendAsync("a", i, [Event($"a{i} {new string('.', 1500)}")]);
            await journal.AppendAsync("b", i, [Event($"b{i}")]);
        }
        await journal.SaveSnapshotAsync("a", new StoredSnapshot(10, Event("state")));
        _written = [.. journal.ReadAll().Select(Text)];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("UPDATE event SET payload = CAST(replace(CAST(payload AS TEXT), 'a7 ', 'a8 ') AS BLOB) WHERE persistence_id = 'a'", 7)]
    [InlineData("UPDATE event SET name = 'sold' WHERE persistence_id = 'a' AND sequence_nr = 7", 7)]
    [InlineData("UPDATE event SET version = 2 WHERE persistence_id = 'a' AND sequence_nr = 7", 7)]
    [InlineData("UPDATE event SET checksum = zeroblob(16) WHERE persistence_id = 'a' AND sequence_nr = 7", 7)]
    [InlineData("UPDATE event SET payload = x'00', checksum = checksum WHERE persistence_id = 'a' AND sequence_nr = 30", 30)]
    [InlineData("UPDATE stream SET checksum = zeroblob(16) WHERE persistence_id = 'a'", 30)]
    [InlineData("UPDATE stream SET highest_nr = 29 WHERE persistence_id = 'a'", 30)]
    public async Task A_change_within_a_stream_is_found_when_it_is_read(string change, long at)
    {
        Change(change);
        await using var journal = SqliteJournal.Open(_folder.Journal);
        var corrupt = await Assert.ThrowsAsync<JournalCorruptException>(() => journal.ReadAsync("a", 0, 1000));
        Assert.Equal((_folder.Journal, "a", at), (corrupt.Location, corrupt.PersistenceId, corrupt.SequenceNr));
        Assert.Equal("a", Assert.Throws<JournalCorruptException>(() => journal.ReadAll("a").Count()).PersistenceId);
        Assert.Equal(30, (await journal.ReadAsync("b", 0, 1000)).Events.Count);
    }

    [Fact]
    public async Task A_change_is_found_when_recovery_starts_after_a_snapshot()
    {
        Change("UPDATE event SET payload = x'00' WHERE persistence_id = 'a' AND sequence_nr = 11");
        await using var journal = SqliteJournal.Open(_folder.Journal);
        Assert.Equal(11, (await Assert.ThrowsAsync<JournalCorruptException>(() => journal.ReadAsync("a", 10, 5))).SequenceNr);
    }

    [Theory]
    [InlineData("DELETE FROM event WHERE persistence_id = 'a' AND sequence_nr = 7")]
    [InlineData("DELETE FROM event WHERE persistence_id = 'a' AND sequence_nr = 30")]
    [InlineData("DELETE FROM event WHERE persistence_id = 'b'; DELETE FROM stream WHERE persistence_id = 'b'")]
    [InlineData("UPDATE meta SET events = 61")]
    public void Missing_events_are_found_at_once(string change)
    {
        Change(change);
        Assert.Contains("were committed", Assert.Throws<JournalCorruptException>(() => SqliteJournal.Open(_folder.Journal)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gap_is_found_even_when_the_counts_were_made_to_fit()
    {
        Change(
            """
            DELETE FROM event WHERE persistence_id = 'a' AND sequence_nr = 7;
            UPDATE event SET position = 13 WHERE position = 60;
            UPDATE meta SET events = 59;
            """);
        await using var journal = SqliteJournal.Open(_folder.Journal);
        var corrupt = await Assert.ThrowsAsync<JournalCorruptException>(() => journal.ReadAsync("a", 0, 1000));
        Assert.Equal(("a", 7L), (corrupt.PersistenceId, corrupt.SequenceNr));
    }

    [Fact]
    public async Task A_damaged_snapshot_is_not_loaded()
    {
        Change("UPDATE snapshot SET sequence_nr = 11");
        await using var journal = SqliteJournal.Open(_folder.Journal);
        await Assert.ThrowsAsync<SnapshotUnreadableException>(() => journal.LoadSnapshotAsync("a"));
    }

    [Fact]
    public async Task A_file_truncated_at_any_length_is_refused()
    {
        var whole = await File.ReadAllBytesAsync(_folder.Journal);
        for (var length = 0; length < whole.Length; length += 1777)
        {
            await File.WriteAllBytesAsync(_folder.Journal, whole[..length]);
            await Assert.ThrowsAsync<JournalCorruptException>(async () =>
            {
                // Usually refused on opening; a cut through the last event's own bytes shows in its checksum.
                await using var journal = SqliteJournal.Open(_folder.Journal);
                journal.ReadAll().Count();
            });
        }
    }

    [Fact]
    public void A_journal_that_has_vanished_is_not_begun_anew_in_silence()
    {
        File.Delete(_folder.Journal);
        Assert.Contains("restore it", Assert.Throws<JournalCorruptException>(() => SqliteJournal.Open(_folder.Journal)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_flipped_bit_is_refused_or_without_effect()
    {
        var whole = await File.ReadAllBytesAsync(_folder.Journal);
        var random = new KeyedRandom(20251121, "flips");
        var refused = 0;
        for (var i = 0; i < 80; i++)
        {
            var damaged = (byte[])whole.Clone();
            var at = random.Next(damaged.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(_folder.Journal, damaged);
            try
            {
                await using var journal = SqliteJournal.Open(_folder.Journal);
                // Free space, or a snapshot: what can be read is what was written.
                Assert.Equal(_written, journal.ReadAll().Select(Text).ToArray());
            }
            catch (Exception e) when (e is JournalCorruptException or JournalException)
            {
                refused++;
            }
        }
        Assert.True(refused > 40, $"{refused} of 80 flips were refused");
    }

    [Theory]
    [InlineData("PRAGMA application_id = 1", "not a journal")]
    [InlineData("PRAGMA user_version = 2", "version 2")]
    public void Another_kind_of_file_is_refused_by_writer_and_reader(string change, string problem)
    {
        Change(change);
        Assert.Contains(problem, Assert.Throws<JournalCorruptException>(() => SqliteJournal.Open(_folder.Journal)).Message, StringComparison.Ordinal);
        Assert.Contains(problem, Assert.Throws<JournalCorruptException>(() => new SqliteJournalReader(_folder.Journal)).Message, StringComparison.Ordinal);
    }

    private void Change(string sql)
    {
        using var connection = SqliteExtensions.Open(_folder.Journal, SqliteOpenMode.ReadWrite);
        connection.Execute(sql);
    }
}
