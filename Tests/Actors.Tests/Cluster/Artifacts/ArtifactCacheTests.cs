using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Artifacts;

namespace Sweeps.Actors.Tests.Cluster.Artifacts;

/// <summary>What a node with a folder of its own keeps there, and what a job may rely on.</summary>
public sealed class ArtifactCacheTests
{
    private const int Size = 400_000;

    [Fact]
    public async Task What_was_not_used_for_longest_goes_first_and_the_limit_holds()
    {
        await using var node = await GivingNode.StartAsync();
        using var cache = node.Cache(2 * Size + 100);
        var (a, b, c) = (node.Give("m/a", Size, 1), node.Give("m/b", Size, 2), node.Give("m/c", Size, 3));
        foreach (var file in new[] { a, b, a, c }) Stage(cache, node, file).Dispose();
        Assert.Equal(["a", "c"], Names(cache));
        Stage(cache, node, b).Dispose();
        Assert.Equal(["b", "c"], Names(cache));
    }

    [Fact]
    public async Task What_a_job_needs_or_writes_stays_beyond_the_limit()
    {
        await using var node = await GivingNode.StartAsync();
        using var cache = node.Cache(1 << 20);
        var (a, b, c) = (node.Give("m/a", Size, 1), node.Give("m/b", Size, 2), node.Give("m/c", Size, 3));
        var job = cache.Stage("sweep", [a, b], "out", node.Address, _ => false, CancellationToken.None);
        cache.StoreOf("sweep").WriteBytes("out/model", new byte[3 * Size]);
        using (Stage(cache, node, c)) Assert.Equal(["a", "b", "c", "model"], Names(cache));
        cache.MakeRoom(0);
        Assert.Equal(["a", "b", "model"], Names(cache));
        job.Dispose();
        cache.MakeRoom(0);
        Assert.True(Directory.GetFiles(cache.Root, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) <= 1 << 20);
        Assert.DoesNotContain("a", Names(cache));
    }

    [Fact]
    public async Task What_jobs_write_counts_too()
    {
        await using var node = await GivingNode.StartAsync();
        using var cache = node.Cache(2 * Size);
        Stage(cache, node, node.Give("m/a", Size, 1)).Dispose();
        // The file system's clock may stand some milliseconds behind.
        File.SetLastAccessTimeUtc(cache.StoreOf("sweep").FullPath("m/a"), DateTime.UtcNow.AddMinutes(-1));
        cache.StoreOf("sweep").WriteBytes("out/model", new byte[Size]);
        cache.Count(Size);
        Assert.Equal(["a", "model"], Names(cache));
        cache.StoreOf("sweep").WriteBytes("out/masks", new byte[Size]);
        cache.Count(Size);
        Assert.Equal(["masks", "model"], Names(cache));
        Assert.False(Directory.Exists(Path.Combine(cache.Root, "sweep", "m"))); // with nothing in it
    }

    [Fact]
    public async Task What_it_has_survives_a_restart_and_is_checked_before_a_job_is_given_it()
    {
        await using var node = await GivingNode.StartAsync();
        var (sound, damaged) = (node.Give("m/sound", Size, 1), node.Give("m/damaged", Size, 2));
        string path;
        using (var before = node.Cache(1 << 30))
        {
            Stage(before, node, sound, damaged).Dispose();
            path = before.StoreOf("sweep").FullPath("m/damaged");
        }
        using (var file = File.OpenWrite(path)) file.WriteByte(9);
        using var after = node.Cache(1 << 30);
        File.Delete(node.There.FullPath("m/sound")); // who asked for it again would not get it
        Stage(after, node, sound, damaged).Dispose();
        Assert.Null(after.StoreOf("sweep").FindDamage(damaged));
        Assert.Null(after.StoreOf("sweep").FindDamage(sound));
    }

    [Fact]
    public async Task A_file_that_was_damaged_since_is_fetched_again_once_a_job_has_failed()
    {
        await using var node = await GivingNode.StartAsync();
        using var cache = node.Cache(1 << 30);
        var file = node.Give("m/a", Size, 1);
        Stage(cache, node, file).Dispose();
        var path = cache.StoreOf("sweep").FullPath("m/a");
        var written = File.GetLastWriteTimeUtc(path);
        using (var stream = File.OpenWrite(path)) stream.WriteByte(9);
        File.SetLastWriteTimeUtc(path, written); // as a disk that forgets would leave it
        Stage(cache, node, file).Dispose();
        Assert.NotNull(cache.StoreOf("sweep").FindDamage(file));
        cache.Doubt("sweep");
        Stage(cache, node, file).Dispose();
        Assert.Null(cache.StoreOf("sweep").FindDamage(file));
    }

    [Fact]
    public async Task Several_jobs_that_want_one_file_at_once_fetch_it_once()
    {
        var content = new byte[1000];
        var head = ScriptedServer.Head("200 OK", "Content-Length: 1000");
        // It would answer a second request with nothing, and refuse a third.
        using var once = new ScriptedServer([.. head, .. content], head);
        await using var node = await GivingNode.StartAsync();
        using var cache = node.Cache(1 << 30);
        var file = ScriptedServer.Ref("m/a", content);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () => cache.Stage("sweep", [file], null, once.Address, _ => false, CancellationToken.None).Dispose(),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Single(once.Requests);
        Assert.Null(cache.StoreOf("sweep").FindDamage(file));
    }

    [Fact]
    public async Task A_file_that_is_lost_for_good_fails_the_job_unless_it_can_do_without()
    {
        await using var node = await GivingNode.StartAsync();
        using var cache = node.Cache(1 << 30);
        var lost = new ArtifactRef("m/checkpoint", new string('a', 64), 10);
        var failure = Assert.Throws<JobFailedException>(() => Stage(cache, node, lost));
        Assert.Equal(FailureKind.World, failure.Kind);
        Assert.Contains($"has no m/checkpoint with SHA-256 {lost.Sha256} to give", failure.Message, StringComparison.Ordinal);
        cache.Stage("sweep", [lost], null, node.Address, file => file == lost, CancellationToken.None).Dispose();
    }

    [Fact]
    public async Task A_folder_that_is_not_its_own_is_refused()
    {
        await using var node = await GivingNode.StartAsync();
        Directory.CreateDirectory(node.Path("cache"));
        File.WriteAllText(node.Path("cache/thesis.tex"), "years of work");
        Assert.Contains(
            "expected an empty folder for the cache", Assert.Throws<ArgumentException>(() => node.Cache(1 << 20)).Message,
            StringComparison.Ordinal);
        File.Delete(node.Path("cache/thesis.tex"));
        ClusterFolder.Mark(node.Path("cache"));
        Assert.Contains(
            "expected shared = true", Assert.Throws<ArgumentException>(() => node.Cache(1 << 20)).Message, StringComparison.Ordinal);
        File.Delete(node.Path($"cache/{ClusterFolder.MarkName}"));
        using var first = node.Cache(1 << 20);
        Assert.Contains(
            "which another node uses", Assert.Throws<IOException>(() => node.Cache(1 << 20)).Message, StringComparison.Ordinal);
    }

    private static IDisposable Stage(ArtifactCache cache, GivingNode node, params ArtifactRef[] files) =>
        cache.Stage("sweep", files, null, node.Address, _ => false, CancellationToken.None);

    private static IEnumerable<string> Names(ArtifactCache cache) =>
        Directory.GetFiles(cache.Root, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)!)
            .Where(name => name != ArtifactCache.MarkName).Order(StringComparer.Ordinal);
}
