using System.Text;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests.Jobs;

public sealed class ArtifactStoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sweeps-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_was_written_is_verified_and_leaves_no_temporary_file()
    {
        var store = new ArtifactStore(_root);
        var artifact = store.WriteBytes("a/b/c.bin", Encoding.UTF8.GetBytes("hello"));
        Assert.Equal(new ArtifactRef("a/b/c.bin", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5), artifact);
        Assert.Equal("hello", Encoding.UTF8.GetString(store.ReadVerified(artifact)));
        Assert.Equal(["c.bin"], Directory.GetFiles(Path.Combine(_root, "a/b")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_damaged_a_cut_and_a_missing_file_are_refused_by_name()
    {
        var store = new ArtifactStore(_root);
        var artifact = store.WriteBytes("model.safetensors", [1, 2, 3]);
        var path = store.FullPath(artifact.Path);

        File.WriteAllBytes(path, [1, 2, 4]);
        var damaged = Assert.Throws<JobFailedException>(() => store.Verify(artifact));
        Assert.Equal(FailureKind.World, damaged.Kind);
        Assert.Contains(path, damaged.Message, StringComparison.Ordinal);
        Assert.Contains(artifact.Sha256, damaged.Message, StringComparison.Ordinal);

        File.WriteAllBytes(path, [1, 2]);
        Assert.Contains("expected 3", Assert.Throws<JobFailedException>(() => store.Verify(artifact)).Message, StringComparison.Ordinal);
        File.Delete(path);
        Assert.Contains(path, Assert.Throws<JobFailedException>(() => store.Verify(artifact)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file()
    {
        var store = new ArtifactStore(_root);
        var old = store.WriteBytes("x", [1]);
        Assert.Throws<JobFailedException>(() => store.Write("x", stream =>
        {
            stream.Write([2, 3]);
            throw new IOException("disk full", 28);
        }));
        Assert.Equal([1], store.ReadVerified(old));
        Assert.Single(Directory.GetFiles(_root));
    }

    [Fact]
    public void A_file_or_a_folder_with_what_is_in_it_is_deleted_and_a_missing_one_is_no_error()
    {
        var store = new ArtifactStore(_root);
        store.WriteBytes("a/checkpoints/1.bin", [1]);
        store.WriteBytes("a/checkpoints/2.bin", [1]);
        store.WriteBytes("a/model.bin", [2]);
        store.Delete("a/checkpoints/1.bin");
        Assert.Equal(["2.bin"], Directory.GetFileSystemEntries(Path.Combine(_root, "a", "checkpoints")).Select(Path.GetFileName));
        store.Delete("a/checkpoints");
        store.Delete("a/checkpoints");
        store.Delete("a/checkpoints/2.bin");
        Assert.Equal(["model.bin"], Directory.GetFileSystemEntries(Path.Combine(_root, "a")).Select(Path.GetFileName));
        Assert.Throws<ArgumentException>(() => store.Delete("../a"));
    }

    [Fact]
    public void A_file_that_is_gone_or_another_is_damaged_and_one_out_of_reach_is_not()
    {
        var store = new ArtifactStore(_root);
        var file = store.WriteBytes("x", [1, 2]);
        Assert.Null(store.FindDamage(file));
        store.WriteBytes("x", [1, 3]);
        Assert.Contains("SHA-256", store.FindDamage(file), StringComparison.Ordinal);
        store.Delete("x");
        Assert.Contains("cannot read artifact", store.FindDamage(file), StringComparison.Ordinal);
        Directory.CreateDirectory(store.FullPath("x"));
        Assert.Equal(FailureKind.World, Assert.Throws<JobFailedException>(() => store.FindDamage(file)).Kind);
    }

    [Fact]
    public void What_a_killed_writer_left_is_deleted_and_nothing_else()
    {
        var store = new ArtifactStore(_root);
        store.WriteBytes("a/b.bin", [1]);
        // A kill is a writer that never returns, so that the rename never comes.
        string? left = null;
        store.Write("a/c.bin", _ => left = Directory.GetFiles(Path.Combine(_root, "a"), "*.tmp").Single());
        File.WriteAllBytes(left!, [2]);
        store.DeleteTemporaries();
        Assert.Equal(["b.bin", "c.bin"], Directory.GetFiles(Path.Combine(_root, "a")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../outside")]
    public void A_path_that_leaves_the_folder_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => new ArtifactStore(_root).FullPath(path));

    [Fact]
    public void The_cache_drops_what_was_used_longest_ago_and_disposes_of_it()
    {
        var disposed = new List<string>();
        using var cache = new LruCache<Item>(100, item => item.Bytes);
        Item Get(string key, long bytes = 40) => cache.GetOrAdd(key, () => new Item(key, bytes, disposed));

        var a = Get("a");
        Get("b");
        Assert.Same(a, Get("a"));
        Get("c");
        Assert.Equal(["b"], disposed);
        Assert.Same(a, Get("a"));
        Get("huge", 1000);
        Assert.Equal(1, cache.Count);
        Assert.Equal(1000, cache.Bytes);
        Assert.Equal(["b", "c", "a"], disposed);
    }

    private sealed record Item(string Key, long Bytes, List<string> Disposed) : IDisposable
    {
        public void Dispose() => Disposed.Add(Key);
    }
}
