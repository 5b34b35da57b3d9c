using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>The node's configuration, and the file of it that the repository has.</summary>
public sealed class ClusterFileTests
{
    private static string Shipped => RepositoryFile.Path(ClusterFile.DefaultName);

    [Fact]
    public void The_repository_s_file_names_every_option_with_its_default()
    {
        var written = HoconConfig.ParseFile(Shipped).Root.Fields.Keys;
        Assert.Equal(OptionSchema.Of(typeof(NodeOptions)).Select(option => option.Key).Order(), written.Order());
        var (expected, actual) = (new NodeOptions(), ClusterFile.Load(Shipped));
        Assert.Equal(expected.Devices, actual.Devices);
        Assert.Equal(expected, actual with { Devices = expected.Devices });
    }

    [Fact]
    public void Durations_and_sizes_have_units_and_ranges()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "heartbeat_timeout = 2 minutes, max_line_bytes = 1 MiB, memory_per_device = 3 GiB, devices = [\"cpu=2\"]");
            var options = ClusterFile.Load(path);
            Assert.Equal((TimeSpan.FromMinutes(2), 1 << 20, 3L << 30), (options.HeartbeatTimeout, options.MaxLineBytes, options.MemoryPerDevice));
            File.WriteAllText(path, "heartbeat_timeout = soon\ndevices = [gpu]\nmax_line_bytes = 1k\nhartbeat_timeout = 1 s");
            Assert.Equal(
            [
                $"{path}:1: heartbeat_timeout is \"soon\" (a string): expected a duration such as 10 s",
                $"{path}:2: devices has gpu: expected auto, cpu, cpu=N, cuda or cuda:N",
                $"{path}:3: max_line_bytes is 1024: expected at least 64 KiB",
                $"{path}:4: hartbeat_timeout is not known: did you mean heartbeat_timeout?",
            ],
            Assert.Throws<InvalidConfigurationException>(() => ClusterFile.Load(path)).Problems.Select(problem => problem.ToString()));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
