using Sweeps.Actors.Cluster;
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
        var sections = HoconConfig.ParseFile(Shipped).Root;
        Assert.Equal(["sweeps", "akka"], sections.Fields.Keys);
        var written = (HoconObject)sections.Find("sweeps")!.Value.Value;
        Assert.Equal(OptionSchema.Of(typeof(NodeOptions)).Select(option => option.Key).Order(), written.Fields.Keys.Order());
        Assert.Equal(
            OptionSchema.Of(typeof(StoreOptions)).Select(option => option.Key),
            ((HoconObject)written.Find("store")!.Value.Value).Fields.Keys);
        var (expected, actual) = (new NodeOptions(), ClusterFile.Load(Shipped));
        Assert.Equal(expected.Devices, actual.Devices);
        Assert.Equal(expected.Cluster.Roles, actual.Cluster.Roles);
        Assert.Equal(expected.Cluster.SeedNodes, actual.Cluster.SeedNodes);
        var cluster = actual.Cluster with { Roles = expected.Cluster.Roles, SeedNodes = expected.Cluster.SeedNodes };
        Assert.Equal(expected.Http.Hosts, actual.Http.Hosts);
        Assert.Equal(expected.Http.AllowedPaths, actual.Http.AllowedPaths);
        var http = actual.Http with { Hosts = expected.Http.Hosts, AllowedPaths = expected.Http.AllowedPaths };
        Assert.Equal(expected, actual with { Devices = expected.Devices, Cluster = cluster, Http = http });
        Assert.Equal(
            OptionSchema.Of(typeof(HttpOptions)).Select(option => option.Key).Order(),
            ((HoconObject)written.Find("http")!.Value.Value).Fields.Keys.Order());
        Assert.Equal(
            OptionSchema.Of(typeof(ClusterOptions)).Select(option => option.Key).Order(),
            ((HoconObject)written.Find("cluster")!.Value.Value).Fields.Keys.Order());
    }

    [Fact]
    public void Durations_and_sizes_have_units_and_ranges()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(
                path, "sweeps { heartbeat_timeout = 2 minutes, max_line_bytes = 1 MiB, memory_per_device = 3 GiB, devices = [\"cpu=2\"] }");
            var options = ClusterFile.Load(path);
            Assert.Equal(
                (TimeSpan.FromMinutes(2), 1 << 20, 3L << 30), (options.HeartbeatTimeout, options.MaxLineBytes, options.MemoryPerDevice));
            File.WriteAllText(
                path, "sweeps {\nheartbeat_timeout = soon\ndevices = [gpu]\nmax_line_bytes = 1k\nhartbeat_timeout = 1 s\n}\nswepes = 1");
            Assert.Equal(
            [
                $"{path}:2: sweeps.heartbeat_timeout is \"soon\" (a string): expected a duration such as 10 s",
                $"{path}:3: sweeps.devices has gpu: expected auto, cpu, cpu=N, cuda or cuda:N",
                $"{path}:4: sweeps.max_line_bytes is 1024: expected at least 64 KiB",
                $"{path}:5: sweeps.hartbeat_timeout is not known: did you mean sweeps.heartbeat_timeout?",
                $"{path}:7: swepes is not known: did you mean sweeps?",
            ],
            Assert.Throws<InvalidConfigurationException>(() => ClusterFile.Load(path)).Problems.Select(problem => problem.ToString()));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_section_of_akka_is_passed_on_and_is_no_option_of_a_node()
    {
        Assert.Equal("", Load("sweeps { max_failed_starts = 2 }").Akka);
        Assert.Equal(
            """{"actor": {"default-dispatcher": {"throughput": 5}}, "log-config-on-start": true}""",
            Load("akka.actor.default-dispatcher.throughput = 5\nakka { log-config-on-start = true }").Akka);
        Assert.Equal("file:1: akka is 3 (a number): expected a section { ... }", Problem("akka = 3"));
        Assert.StartsWith(
            "file:1: sweeps.akka is not known: expected one of devices, ", Problem("sweeps { akka {} }"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_outside_of_its_section_is_refused_with_the_key_that_it_has_now()
        => Assert.Equal(
            "file:2: threads_per_device stands outside of a section: the options of a node stand in sweeps { ... } now; write "
                + "sweeps.threads_per_device",
            Problem("sweeps { devices = [cpu] }\nthreads_per_device = 1"));

    private static string Problem(string text) => Assert.Throws<InvalidConfigurationException>(() => Load(text)).Message;

    private static NodeOptions Load(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return ClusterFile.Load(path);
        }
        catch (InvalidConfigurationException e)
        {
            throw new InvalidConfigurationException(
                e.Problems.Select(problem => problem with { Origin = problem.Origin with { Source = "file" } }));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
