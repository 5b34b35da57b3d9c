using System.Text.RegularExpressions;
using Sweeps.Actors.Metrics;

namespace Sweeps.Orchestrator.Tests.Metrics;

/// <summary>What instruments are called and said to be.</summary>
public sealed partial class InstrumentsTests
{
    // By OpenTelemetry's general guidelines for names; a unit is no part of one.
    private static readonly string[] _units = ["", "s", "By", "W", "Cel"];

    private static readonly string[] _labels =
    [
        "sweep", "kind", "stage", "state", "model", "task", "device", "node", "reason", "outcome", "check", "of", "gpu", "role", "status",
        "folder", "version", "runtime", "torch_device", "libtorch", "capability",
    ];

    public static TheoryData<string> Names => [.. Instruments.All.Select(of => of.Name)];

    [Fact]
    public void The_page_is_what_the_instruments_say()
    {
        var (path, expected) = (RepositoryFile.Path("docs/metrics.md"), MetricsPage.Of(Instruments.All));
        if (Environment.GetEnvironmentVariable("SWEEPS_WRITE_METRICS") == "1") File.WriteAllText(path, expected);
        Assert.True(File.ReadAllText(path) == expected, "docs/metrics.md is another: `make metrics-page` writes it anew");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instrument_is_named_and_described_as_the_others(string name)
    {
        var of = Instruments.All.Single(other => other.Name == name);
        Assert.Matches(Words(), name);
        Assert.DoesNotMatch(UnitAtEnd(), name);
        Assert.True(_units.Contains(of.Unit) || Annotation().IsMatch(of.Unit), of.Unit);
        Assert.False(of.Description.EndsWith('.'));
        Assert.True(char.IsUpper(of.Description[0]) || char.IsDigit(of.Description[0]));
        Assert.InRange(of.Limit, 1, 4000);
        Assert.Equal(of.Labels.Length, of.Labels.Distinct().Count());
        Assert.All(of.Labels, label => Assert.Contains(label, _labels));
    }

    [GeneratedRegex(@"^sweeps(\.[a-z][a-z0-9]*)+$")]
    private static partial Regex Words();

    [GeneratedRegex(@"(seconds|bytes|total|ratio|count)$")]
    private static partial Regex UnitAtEnd();

    [GeneratedRegex(@"^\{[a-z]+\}$")]
    private static partial Regex Annotation();
}
