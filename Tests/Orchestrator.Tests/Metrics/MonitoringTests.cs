using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sweeps.Orchestrator.Tests.Launching;
using Sweeps.Tests;

namespace Sweeps.Orchestrator.Tests.Metrics;

/// <summary>ops/prometheus and ops/grafana, by the judgement of Prometheus and of Grafana's own types.</summary>
public sealed partial class MonitoringTests
{
    private static readonly string _prometheus = RepositoryFile.Path("ops/prometheus");

    [ProgramFact("promtool")]
    public async Task Prometheus_takes_the_configuration_and_each_rule_fires_when_it_should_and_not_otherwise()
    {
        foreach (string[] arguments in (string[][])
            [
                ["check", "config", "--lint=all", "--lint-fatal", Path.Combine(_prometheus, "prometheus.yml")],
                ["test", "rules", Path.Combine(_prometheus, "rules_test.yml")],
            ])
        {
            var (exitCode, said) = await SystemProgram.RunAsync("promtool", arguments);
            Assert.True(exitCode == 0, said);
        }
    }

    [Fact]
    public void Every_alert_has_a_test_in_which_it_fires_one_in_which_it_is_silent_and_a_section_of_the_runbook()
    {
        var rules = Yaml("rules.yml").GetProperty("groups").EnumerateArray()
            .SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Where(rule => rule.TryGetProperty("alert", out _)).ToList();
        var tests = Yaml("rules_test.yml").GetProperty("tests").EnumerateArray()
            .SelectMany(test => test.GetProperty("alert_rule_test").EnumerateArray())
            .ToLookup(test => test.GetProperty("alertname").GetString()!, test => test.GetProperty("exp_alerts").GetArrayLength());
        var sections = Heading().Matches(File.ReadAllText(RepositoryFile.Path("docs/runbook.md")))
            .Select(heading => heading.Groups[1].Value);
        var names = rules.Select(rule => rule.GetProperty("alert").GetString()!).ToList();
        Assert.Equal(12, names.Count);
        Assert.Equal(names, sections);
        foreach (var rule in rules)
        {
            var name = rule.GetProperty("alert").GetString()!;
            Assert.Contains(tests[name], firing => firing == 0);
            Assert.Contains(tests[name], firing => firing > 0);
            var notes = rule.GetProperty("annotations");
            Assert.Equal($"docs/runbook.md#{name.ToLowerInvariant()}", notes.GetProperty("runbook").GetString());
            Assert.Contains(rule.GetProperty("labels").GetProperty("severity").GetString(), (string[])["critical", "warning"]);
        }
    }

    [Fact]
    public void Dashboards_are_what_their_program_writes() =>
        Assert.Empty(DebianPython.Run("", RepositoryFile.Path("ops/grafana/dashboards.py"), "--check"));

    [ProgramFact("npm")]
    public async Task Dashboards_are_as_Grafanas_own_types_want_them_and_their_queries_as_Prometheus_does()
    {
        var folder = RepositoryFile.Path("Tests/metrics/grafana");
        var (exitCode, said) = await SystemProgram.RunAsync("npm", "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund");
        Assert.True(exitCode == 0, said);
        (exitCode, said) = await SystemProgram.RunAsync("node", Path.Combine(folder, "check.mjs"));
        Assert.True(exitCode == 0, said);
        Assert.Equal("3 dashboards are as Grafana's types want them\n", said);
    }

    [Fact]
    public void The_Prometheus_of_compose_is_that_of_ops_with_the_token_of_its_nodes()
    {
        var compose = JsonNode.Parse(Yaml("../compose/prometheus.yml").GetRawText())!;
        var job = compose["scrape_configs"]![0]!.AsObject();
        Assert.Equal("/run/secrets/token", job["authorization"]!["credentials_file"]!.GetValue<string>());
        job.Remove("authorization");
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Yaml("prometheus.yml").GetRawText()), compose), compose.ToJsonString());
    }

    [ProgramFact("prometheus")]
    public async Task Real_processes_are_scraped_dashboards_have_data_and_what_is_done_to_processes_raises_the_alert_meant_for_it()
    {
        var folder = Directory.CreateTempSubdirectory("sweeps-metrics-");
        try
        {
            var program = Path.Combine(AppContext.BaseDirectory, "sweeps.dll");
            var (exitCode, said) = await SystemProgram.RunAsync(
                "/usr/bin/python3", RepositoryFile.Path("Tests/metrics/metrics.py"), "--dir", Path.Combine(folder.FullName, "run"),
                "--sweeps", $"dotnet {program}");
            Assert.True(exitCode == 0, said);
            Assert.Contains("metrics: done in", said, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static JsonElement Yaml(string file) => JsonDocument.Parse(DebianPython.Run(
        "", "-c", "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))", Path.Combine(_prometheus, file)))
        .RootElement;

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
