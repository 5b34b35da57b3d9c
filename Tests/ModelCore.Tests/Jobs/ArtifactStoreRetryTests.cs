using Sweeps.Tests;

namespace Sweeps.ModelCore.Tests.Jobs;

public sealed class ArtifactStoreRetryTests : IDisposable
{
    private const int Busy = 16; // EBUSY
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int OverQuota = 122;

    private readonly string _root = Directory.CreateTempSubdirectory("sweeps-").FullName;
    private readonly ImpatientTime _time = new();
    private readonly ArtifactStore _store;

    public ArtifactStoreRetryTests() => _store = new ArtifactStore(_root, DiskRetries.Policy.Build(_time));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_write_that_fails_once_is_done_again_from_its_start()
    {
        var tries = 0;
        var artifact = _store.Write("x", stream =>
        {
            stream.WriteByte(7);
            if (++tries == 1) throw new IOException("the drive is away", Busy);
        });
        Assert.Equal((2, 1, 1L), (tries, _time.Waits, artifact.Bytes));
        Assert.Equal([7], _store.ReadVerified(artifact));
        Assert.Single(Directory.GetFiles(_root));
    }

    [Fact]
    public void A_read_that_fails_once_is_done_again()
    {
        _store.WriteBytes("x", [7]);
        var tries = 0;
        Assert.Equal(7, _store.Read(_store.FullPath("x"), file =>
            ++tries == 1 ? throw new IOException("the drive is away", Busy) : file.ReadByte()));
        Assert.Equal((2, 1), (tries, _time.Waits));
    }

    [Fact]
    public void A_disk_that_does_not_come_back_is_told_after_five_tries()
    {
        var tries = 0;
        var failed = Assert.Throws<JobFailedException>(() => _store.Write("x", _ =>
        {
            tries++;
            throw new IOException("the drive is away", Busy);
        }));
        Assert.Equal((5, FailureKind.World), (tries, failed.Kind));
        Assert.Contains("the drive is away", failed.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoSpace)]
    [InlineData(ReadOnly)]
    [InlineData(OverQuota)]
    public void What_only_a_person_can_mend_is_told_at_once(int error)
    {
        var tries = 0;
        Assert.Throws<JobFailedException>(() => _store.Write("x", _ =>
        {
            tries++;
            throw new IOException("refused", error);
        }));
        Assert.Equal((1, 0), (tries, _time.Waits));
    }

    [Fact]
    public void A_disk_that_is_full_is_known_by_the_systems_own_error()
    {
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Assert.False(DiskRetries.MayPass(Assert.ThrowsAny<IOException>(() => full.Write([1]))));
    }

    [Fact]
    public void A_missing_file_a_missing_folder_and_a_path_that_is_too_long_are_told_at_once()
    {
        foreach (var path in new[] { "gone", "gone/gone", new string('x', 300) })
            Assert.Throws<JobFailedException>(() => _store.Describe(path));
        Assert.Throws<JobFailedException>(() => _store.WriteBytes(new string('x', 300), [1]));
        Assert.Equal(0, _time.Waits);
    }

    [Fact]
    public void A_folder_that_cannot_be_synced_does_not_unsay_that_the_new_file_is_there()
    {
        var path = Path.Combine(_root, "x");
        File.WriteAllBytes(path, [1]);
        var e = Assert.Throws<IOException>(() =>
            AtomicFile.Write(path, stream => stream.WriteByte(2), _ => throw new IOException("cannot sync the folder", Busy)));
        Assert.Contains(
            $"the new file {path} is in place, but may not survive a power cut: cannot sync", e.Message, StringComparison.Ordinal);
        Assert.Equal(Busy, e.HResult);
        Assert.Equal([2], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_root));
    }
}
