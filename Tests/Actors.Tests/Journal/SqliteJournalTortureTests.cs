using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>
/// The files of a journal as a killed process leaves them, cut at every byte and with every byte changed: what is read is what was written,
/// up to the last commit that is whole, or it is refused. Pages of 512 bytes, the smallest there are, so that "every byte" is thousands and
/// not millions.
/// </summary>
public sealed class SqliteJournalTortureTests : JournalTests, IAsyncLifetime
{
    private const int PageBytes = 512;
    private const int InFile = 8;
    private const int InLog = 1;

    private readonly string _path;
    private byte[] _file = [];
    private byte[] _log = [];
    private string[] _written = [];

    public SqliteJournalTortureTests() => _path = Path.Combine(Folder, "damaged.db");

    protected override JournalStore Store => new JournalStore.Sqlite(Path.Combine(Folder, "journal.db"));

    private string LogPath => _path + "-wal";

    public async Task InitializeAsync()
    {
        Change($"PRAGMA page_size = {PageBytes}; VACUUM");
        // What the first process stores is in the file when it has ended; what the second one stores is still in the log.
        await using (var first = await OpenAsync())
        {
            for (var i = 1; i <= InFile; i++) await AppendAsync(first, i);
            await (await first.RecoveredAsync("a")).SnapshotAsync("state");
        }
        await using var host = await OpenAsync();
        for (var i = InFile + 1; i <= InFile + InLog; i++) await AppendAsync(host, i);
        _written = [.. host.Journal.Reader.ReadAll().Select(Line)];
        (_file, _log) = (ReadShared(Path.Combine(Folder, "journal.db")), ReadShared(Path.Combine(Folder, "journal.db-wal")));
        Assert.Equal(PageBytes, (_file[16] << 8) + _file[17]);
        Assert.Equal(3 * (InFile + InLog), _written.Length);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void A_log_cut_at_any_byte_is_read_up_to_its_last_whole_commit()
    {
        File.WriteAllBytes(_path, _file);
        File.WriteAllBytes(LogPath, _log);
        var lengths = new SortedSet<int>();
        for (var length = _log.Length - 1; length >= 0; length--)
        {
            Truncate(LogPath, length);
            lengths.Add(AssertPrefixOrRefused($"log cut at {length}")
                ?? throw new InvalidOperationException($"refused at {length}: expected what was there before"));
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
            Assert.True(
                read is null || read == _written.Length,
                $"from a file cut at {length} of {whole.Length} bytes {read} of {_written.Length} events were read");
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
    public async Task An_actor_recovers_no_other_events_than_the_reader()
    {
        var whole = Checkpointed();
        var random = new KeyedRandom(20251122, "writer");
        string[] streams = ["a", "b", "trial:models/m"];
        for (var at = 0; at < whole.Length; at += whole.Length / 30)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= (byte)(1 << random.Next(8));
            foreach (var file in Directory.GetFiles(Folder, "damaged.db*")) File.Delete(file);
            await File.WriteAllBytesAsync(_path, damaged);
            try
            {
                await using var host = await JournalHost.OpenAsync(new JournalStore.Sqlite(_path), Folder);
                var recovered = await Task.WhenAll(streams.Select(async stream => (stream, Texts: await host.Actor(stream).Recovered)));
                foreach (var (stream, texts) in recovered)
                {
                    var expected = _written
                        .Where(line => line.StartsWith($"{stream} ", StringComparison.Ordinal))
                        .Select(line => line.Split(' ', 3)[2])
                        .ToArray();
                    // A snapshot stands for the events before it.
                    Assert.Equal(texts is ["state", ..] ? expected[^(texts.Count - 1)..] : expected, texts.Where(text => text != "state"));
                }
            }
            catch (Exception e) when (e is JournalException or JournalCorruptException)
            {
                Assert.Contains(_path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Two commits: of two events, then of one.</summary>
    private static async Task AppendAsync(JournalHost host, int i)
    {
        // Some spill over several pages.
        var text = new string((char)('A' + i), i % 4 == 0 ? 900 : 20);
        await (await host.RecoveredAsync("a")).WriteAsync($"a{i}", $"again {i} {text}");
        await (await host.RecoveredAsync(i % 2 == 0 ? "b" : "trial:models/m")).WriteAsync($"b{i}");
    }

    /// <summary>The whole journal in one file, without a log.</summary>
    private byte[] Checkpointed()
    {
        File.WriteAllBytes(_path, _file);
        File.WriteAllBytes(LogPath, _log);
        using (var connection = Connect(new JournalStore.Sqlite(_path)))
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            command.ExecuteScalar();
        }
        Assert.False(File.Exists(LogPath));
        return File.ReadAllBytes(_path);
    }

    /// <summary>How many events were read; null when the journal was refused.</summary>
    private int? AssertPrefixOrRefused(string what)
    {
        File.Delete(_path + "-shm");
        try
        {
            var read = new JournalReader(new SqliteStore(_path)).ReadAll().Select(Line).ToList();
            Assert.True(read.SequenceEqual(_written.Take(read.Count)), $"{what}: other events were read than were written");
            return read.Count;
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            Assert.StartsWith(_path, e.Message, StringComparison.Ordinal);
            return null;
        }
    }

    private static void Flip(string path, byte[] whole, int at, KeyedRandom random)
        => Put(path, at, (byte)(whole[at] ^ (1 << random.Next(8))));

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

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
