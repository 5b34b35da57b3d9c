using Sweeps.Actors.Persistence;
using Sweeps.Actors.Persistence.Sqlite;
using static Sweeps.Actors.Tests.Persistence.JournalContract;

namespace Sweeps.Actors.Tests.Persistence;

/// <summary>
/// The files of a journal as a killed process leaves them, cut at every byte and with every byte changed: what is read is what was written, up to the last commit
/// that is whole, or it is refused. Pages of 512 bytes, the smallest there are, so that "every byte" is thousands and not millions.
/// </summary>
public sealed class JournalTortureTests : IAsyncLifetime, IDisposable
{
    private const int PageBytes = 512;
    private const int InFile = 8;
    private const int InLog = 1;

    private readonly TestFolder _folder = new();
    private readonly string _path;
    private byte[] _file = [];
    private byte[] _log = [];
    private string[] _written = [];

    public JournalTortureTests() => _path = Path.Combine(_folder.Root, "damaged.db");

    private string LogPath => _path + "-wal";

    public async Task InitializeAsync()
    {
        using (var connection = SqliteExtensions.Open(_folder.Journal, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWriteCreate))
            connection.Execute($"PRAGMA page_size = {PageBytes}; VACUUM");
        // What the first process stores is in the file when it has ended; what the second one stores is still in the log.
        await using (var first = SqliteJournal.Open(_folder.Journal))
        {
            for (var i = 1; i <= InFile; i++) await AppendAsync(first, i);
            await first.SaveSnapshotAsync("a", new StoredSnapshot(2, Event("state")));
        }
        await using var journal = SqliteJournal.Open(_folder.Journal);
        for (var i = InFile + 1; i <= InFile + InLog; i++) await AppendAsync(journal, i);
        _written = [.. journal.ReadAll().Select(Line)];
        (_file, _log) = (Read(_folder.Journal), Read(_folder.Journal + "-wal"));
        Assert.Equal(PageBytes, (_file[16] << 8) + _file[17]);
        Assert.Equal(3 * (InFile + InLog), _written.Length);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_log_cut_at_any_byte_is_read_up_to_its_last_whole_commit()
    {
        File.WriteAllBytes(_path, _file);
        File.WriteAllBytes(LogPath, _log);
        var lengths = new SortedSet<int>();
        for (var length = _log.Length - 1; length >= 0; length--)
        {
            Truncate(LogPath, length);
            lengths.Add(AssertPrefixOrRefused($"log cut at {length}") ?? throw new InvalidOperationException($"refused at {length}: expected what was there before"));
        }
        // From what the file alone holds, commit by commit.
        Assert.Equal(Enumerable.Range(3 * InFile, 3 * InLog).Where(events => events % 3 != 1), lengths);
    }

    [Fact]
    public void A_log_with_any_byte_changed_is_read_up_to_the_commit_before_it_or_refused()
    {
        File.WriteAllBytes(_path, _file);
        File.WriteAllBytes(LogPath, _log);
        var random = new KeyedRandom(20251122, "log");
        for (var at = 0; at < _log.Length; at++)
        {
            Flip(LogPath, _log, at, random);
            AssertPrefixOrRefused($"byte {at} of the log");
            Restore(LogPath, _log, at);
        }
        Assert.Equal(_written.Length, AssertPrefixOrRefused("nothing"));
    }

    [Fact]
    public void A_file_cut_at_any_byte_of_its_last_pages_is_refused_or_whole()
    {
        var whole = Checkpointed();
        for (var length = whole.Length - 1; length > whole.Length - (2 * PageBytes); length--)
        {
            Truncate(_path, length);
            var read = AssertPrefixOrRefused($"file cut at {length}");
            Assert.True(read is null || read == _written.Length, $"from a file cut at {length} of {whole.Length} bytes {read} of {_written.Length} events were read");
        }
    }

    [Fact]
    public void A_file_with_any_byte_of_its_last_pages_or_its_header_changed_is_refused_or_read_as_it_was_written()
    {
        var whole = Checkpointed();
        var random = new KeyedRandom(20251122, "file");
        var refused = 0;
        foreach (var at in Enumerable.Range(0, PageBytes).Concat(Enumerable.Range(whole.Length - (5 * PageBytes), 5 * PageBytes)))
        {
            Flip(_path, whole, at, random);
            var read = AssertPrefixOrRefused($"byte {at} of the file");
            Assert.True(read is null || read == _written.Length, $"with byte {at} changed {read} of {_written.Length} events were read");
            if (read is null) refused++;
            Restore(_path, whole, at);
        }
        Assert.True(refused > 1000, $"{refused} changes were refused");
    }

    [Fact]
    public async Task The_writer_refuses_what_the_reader_refuses_and_recovers_no_other_events()
    {
        var whole = Checkpointed();
        var random = new KeyedRandom(20251122, "writer");
        for (var at = 0; at < whole.Length; at += whole.Length / 30)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= (byte)(1 << random.Next(8));
            foreach (var file in Directory.GetFiles(_folder.Root, "damaged.db*")) File.Delete(file);
            await File.WriteAllBytesAsync(_path, damaged);
            try
            {
                await using var journal = SqliteJournal.Open(_path);
                List<string> events = [];
                foreach (var stream in (string[])["a", "b", "trial:models/m"]) events.AddRange((await journal.ReadAsync(stream, 0, 1000)).Events.Select(Line));
                Assert.Equal(_written.Order(StringComparer.Ordinal), events.Order(StringComparer.Ordinal));
            }
            catch (Exception e) when (e is JournalException or JournalCorruptException)
            {
                Assert.Contains(_path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Two commits: of two events, then of one.</summary>
    private static async Task AppendAsync(SqliteJournal journal, int i)
    {
        // Some spill over several pages.
        var text = new string((char)('A' + i), i % 4 == 0 ? 900 : 20);
        await journal.AppendAsync("a", (2 * i) - 1, [Event($"a{i}"), Event($"again {i} {text}")]);
        await journal.AppendAsync(i % 2 == 0 ? "b" : "trial:models/m", (i + 1) / 2, [Event($"b{i}")]);
    }

    private static string Line(StoredEvent stored) => $"{stored.PersistenceId} {stored.SequenceNr} {stored.Event.Name} {stored.Event.Version} {Text(stored)}";

    /// <summary>The whole journal in one file, without a log.</summary>
    private byte[] Checkpointed()
    {
        File.WriteAllBytes(_path, _file);
        File.WriteAllBytes(LogPath, _log);
        using (var connection = SqliteExtensions.Open(_path, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite)) connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Assert.False(File.Exists(LogPath));
        return File.ReadAllBytes(_path);
    }

    /// <summary>How many events were read; null when the journal was refused.</summary>
    private int? AssertPrefixOrRefused(string what)
    {
        File.Delete(_path + "-shm");
        try
        {
            var read = new SqliteJournalReader(_path).ReadAll().Select(Line).ToList();
            Assert.True(read.SequenceEqual(_written.Take(read.Count)), $"{what}: other events were read than were written");
            return read.Count;
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            Assert.StartsWith(_path, e.Message, StringComparison.Ordinal);
            return null;
        }
    }

    private static void Flip(string path, byte[] whole, int at, KeyedRandom random) => Put(path, at, (byte)(whole[at] ^ (1 << random.Next(8))));

    private static void Restore(string path, byte[] whole, int at) => Put(path, at, whole[at]);

    private static void Put(string path, int at, byte value)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Position = at;
        file.WriteByte(value);
    }

    private static void Truncate(string path, int length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.SetLength(length);
    }

    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
