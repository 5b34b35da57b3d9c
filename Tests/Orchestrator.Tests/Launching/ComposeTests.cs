using System.Globalization;
using System.Text.Json;
using Npgsql;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Tests;

namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>ops/compose, read as YAML by others, against what the Compose specification asks for, and against the program.</summary>
public sealed class ComposeTests
{
    private static readonly string[] _nodes = ["orchestrator-1", "orchestrator-2", "device"];

    private readonly JsonElement _file = Read();

    [Fact]
    public void Two_nodes_may_coordinate_and_those_with_devices_can_be_scaled()
    {
        Assert.Equal(
            [.. _nodes.Concat(["database", "prometheus", "grafana"]).Order()],
            Services.EnumerateObject().Select(service => service.Name).Order());
        foreach (var node in _nodes)
        {
            Assert.Equal(node == "device" ? "device" : "orchestrator", Role(node));
            Assert.Equal(["node"], Strings(Service(node), "command"));
        }
        // Each of which several containers of one service cannot share.
        foreach (var key in new[] { "container_name", "hostname", "ports" })
            Assert.False(Service("device").TryGetProperty(key, out _), key);
    }

    [Fact]
    public void What_services_refer_to_is_there_and_what_is_there_is_used()
    {
        foreach (var kind in new[] { "networks", "volumes", "configs", "secrets" })
        {
            var used = Services.EnumerateObject().Where(service => service.Value.TryGetProperty(kind, out _))
                .SelectMany(service => service.Value.GetProperty(kind).EnumerateArray())
                .Select(value => value.ValueKind == JsonValueKind.String ? value.GetString()!.Split(':')[0] : Text(value, "source"))
                .Where(name => !name.StartsWith('.')).Distinct().Order();
            Assert.Equal(_file.GetProperty(kind).EnumerateObject().Select(value => value.Name).Order(), used);
        }
        Assert.True(_file.GetProperty("networks").GetProperty("cluster").GetProperty("internal").GetBoolean());
        foreach (var node in _nodes)
        {
            Assert.Equal("service_healthy", Text(Service(node).GetProperty("depends_on").GetProperty("database"), "condition"));
            Assert.True(File.Exists(RepositoryFile.Path(Path.Combine("ops/compose", Build(node, "context"), Build(node, "dockerfile")))));
        }
        Assert.True(File.Exists(RepositoryFile.Path(Path.Combine("ops/compose", ConfigFile))));
    }

    [Fact]
    public void Every_service_says_whether_it_is_well_and_the_program_has_the_command_that_nodes_are_asked_by()
    {
        foreach (var service in Services.EnumerateObject())
        {
            var check = service.Value.GetProperty("healthcheck");
            Assert.Equal("CMD", Strings(check, "test")[0]);
            foreach (var key in new[] { "interval", "timeout", "start_period" }) Assert.True(Duration(check, key) > TimeSpan.Zero, key);
            Assert.True(check.GetProperty("retries").GetInt32() > 0);
        }
        Assert.Equal(["CMD", "sweeps", "cluster", "--json"], Strings(Service("device").GetProperty("healthcheck"), "test"));
    }

    [Fact]
    public void A_stop_gives_nodes_the_time_that_their_checkpoints_may_take()
    {
        var unit = File.ReadLines(RepositoryFile.Path("ops/systemd/sweeps.service"))
            .Single(line => line.StartsWith("TimeoutStopSec=", StringComparison.Ordinal));
        foreach (var node in _nodes)
        {
            Assert.Equal(
                TimeSpan.FromSeconds(int.Parse(unit.Split('=')[1], CultureInfo.InvariantCulture)),
                Duration(Service(node), "stop_grace_period"));
            Assert.Equal("on-failure", Service(node).GetProperty("restart").GetString());
        }
    }

    [Theory]
    [InlineData("orchestrator-1")]
    [InlineData("orchestrator-2")]
    [InlineData("device")]
    public void Its_configuration_is_one_of_a_node_that_the_program_accepts_and_fits_the_services(string service)
    {
        var options = Options(service);
        Assert.Empty(options.Validate().Concat(options.Cluster.Validate()).Concat(options.Cluster.Lacks()));
        var database = Service("database").GetProperty("environment");
        var connection = new NpgsqlConnectionStringBuilder(options.Store.Postgresql);
        Assert.Equal(
            ("database", database.GetProperty("POSTGRES_DB").GetString(), database.GetProperty("POSTGRES_USER").GetString(), null),
            (connection.Host, connection.Database, connection.Username, connection.Password));
        // By the name of a secret that the service has; a password is in no other file.
        Assert.Equal(
            Strings(Service(service), "secrets").Select(name => $"/run/secrets/{name}"), [connection.Passfile!, options.Http.TokenFile]);
        Assert.Contains($"targets:{options.Http.DiscoveryFolder}", Strings(Service(service), "volumes"));
        Assert.Contains($"sweeps:{options.Cluster.Folder}", Strings(Service(service), "volumes"));
        Assert.Contains(Strings(Service(service), "tmpfs"), mount => mount.Split(':')[0] == options.Cluster.State);
        Assert.Equal(("host-of-it", "host-of-it"), (options.Cluster.Name, options.Cluster.Host));
        Assert.Equal([Role(service)], options.Cluster.Roles);
    }

    [Fact]
    public void Secrets_are_files_that_no_commit_has()
    {
        var ignored = File.ReadAllLines(RepositoryFile.Path(".gitignore"));
        foreach (var secret in _file.GetProperty("secrets").EnumerateObject())
            Assert.StartsWith("./secrets/", secret.Value.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Contains("/ops/compose/secrets/", ignored);
    }

    private JsonElement Services => _file.GetProperty("services");

    private string ConfigFile => _file.GetProperty("configs").GetProperty("cluster").GetProperty("file").GetString()!;

    private NodeOptions Options(string service)
    {
        var role = Role(service);
        return ClusterFile.Load(
            RepositoryFile.Path(Path.Combine("ops/compose", ConfigFile)),
            name => name switch { "HOSTNAME" => "host-of-it", "SWEEPS_ROLE" => role, _ => null });
    }

    private static JsonElement Read()
    {
        // Refuses a key that stands twice, which the parser would let pass.
        const string Script = """
            import json, sys, yaml
            class Loader(yaml.SafeLoader):
                def construct_mapping(self, node, deep=False):
                    keys = [self.construct_object(key) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
                    assert len(keys) == len(set(keys)), keys
                    return super().construct_mapping(node, deep)
            json.dump(yaml.load(sys.stdin, Loader), sys.stdout)
            """;
        var text = File.ReadAllText(RepositoryFile.Path("ops/compose/compose.yaml"));
        return JsonDocument.Parse(DebianPython.Run(text, "-c", Script)).RootElement;
    }

    private JsonElement Service(string name) => Services.GetProperty(name);

    private string Build(string service, string key) => Text(Service(service).GetProperty("build"), key);

    private string Role(string service) => Text(Service(service).GetProperty("environment"), "SWEEPS_ROLE");

    private static string Text(JsonElement element, string key) => element.GetProperty(key).GetString()!;

    private static List<string> Strings(JsonElement element, string key) =>
    [
        .. element.GetProperty(key).EnumerateArray().Where(value => value.ValueKind == JsonValueKind.String)
            .Select(value => value.GetString()!),
    ];

    private static TimeSpan Duration(JsonElement element, string key)
    {
        var text = element.GetProperty(key).GetString()!;
        Assert.EndsWith("s", text, StringComparison.Ordinal);
        return TimeSpan.FromSeconds(int.Parse(text[..^1], CultureInfo.InvariantCulture));
    }
}
