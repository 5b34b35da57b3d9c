using Spectre.Console;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

/// <summary>Tables in narrow terminals.</summary>
public sealed class FittingTableTests
{
    private static readonly ReportTable _table = new(
        "prunings", ["pruning", "from", "objective", "a long heading", "weight_decay", "lr"],
        [
            ["0", "center", "1.857", "1,234,567", "0.000474", "0.0628"],
            ["11", "model", "1.973", "89", "0.00128", "0.0178"],
        ]);

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void No_number_is_broken_and_every_line_fits(int width)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(new FittingTable(_table));
        var lines = output.ToString().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        foreach (var cell in _table.Rows.SelectMany(row => row.Skip(1)))
            Assert.Contains(lines, line => line.Split('│').Select(part => part.Trim()).Contains(cell, StringComparer.Ordinal));
    }

    [Fact]
    public void What_does_not_fit_follows_with_the_first_column_again()
    {
        var parts = new FittingTable(_table).Parts(40);
        Assert.True(parts.Count > 1);
        Assert.All(parts, part => Assert.Equal(0, part[0]));
        Assert.Equal([1, 2, 3, 4, 5], parts.SelectMany(part => part.Skip(1)));
        Assert.Single(new FittingTable(_table).Parts(200));
    }
}
