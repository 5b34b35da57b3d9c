using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Devices;

public sealed class MachineMemoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("memory").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_lowest_limit_up_to_the_root_counts()
    {
        Write("a/b/memory.max", "max");
        Write("a/memory.max", "3000000");
        Write("memory.max", "5000000");
        Assert.Equal(3_000_000, Limit("0::/a/b"));
    }

    [Fact]
    public void A_group_that_a_container_does_not_see_is_passed_over()
    {
        Write("memory/memory.limit_in_bytes", "7000000");
        Assert.Equal(7_000_000, Limit("5:devices:/\n4:memory:/outside/of/it\n0::/"));
    }

    [Fact]
    public void Without_a_limit_there_is_none()
    {
        Write("a/memory.max", "max");
        Assert.Null(Limit("0::/a"));
        Assert.Null(MachineMemory.Limit(Path.Combine(_root, "missing"), _root));
    }

    [Fact]
    public void This_machine_has_memory() =>
        Assert.InRange(MachineMemory.Bytes(), 1 << 20, 1L << 50);

    private long? Limit(string groups)
    {
        Write("groups", groups + "\n");
        return MachineMemory.Limit(Path.Combine(_root, "groups"), _root);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
