using System.Xml.Linq;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

public sealed class SearchComparisonTests : IDisposable
{
    private readonly SyntheticSweep _synthetic = new();

    public void Dispose() => _synthetic.Dispose();

    private ReportDocument First => ReportBuilder.Build(_synthetic.Sweep);

    /// <summary>The same sweep under another name, its objectives shifted after the first round.</summary>
    private ReportDocument Second(double shift, string? without = null) => First with
    {
        Name = "other",
        Models = [.. First.Models.Select(
            m => m with { Tasks = [.. m.Tasks.Where(t => t.Task != without).Select(
                t => t with { BestSoFar = [t.BestSoFar[0], t.BestSoFar[1] + shift] })] })],
    };

    [Fact]
    public void Ratios_are_geometric_means_over_searches_of_the_same_model_and_task()
    {
        var table = Ratios(SearchComparison.Of([First, Second(-0.5)]));
        Assert.Equal(["task", "sweep", "searches", "after 1", "after 2", "smaller", "equal", "larger"], table.Columns);
        Assert.Equal(["single_double_quote", "other", "2", "1", "0.3162", "2", "0", "0"], table.Rows[0]);
        Assert.Equal(["set_or_string", "other", "2", "1", "0.3162", "2", "0", "0"], table.Rows[1]);
    }

    [Fact]
    public void Searches_of_tasks_without_a_circuit_are_in_no_ratio_and_are_listed()
    {
        var other = Second(-0.5);
        var empty = other with
        {
            Models = [other.Models[0] with { Tasks = [.. other.Models[0].Tasks.Select(Empty)] }, .. other.Models.Skip(1)],
        };
        var tables = SearchComparison.Of([First, empty]).Page().Sections[0].Tables;
        Assert.Equal(["1", "2"], tables[0].Rows.Select(row => row[2]));
        Assert.Equal([["single_double_quote", First.Models[0].Id, "empty"]], tables[2].Rows);
        Assert.Equal(4, tables[1].Rows.Count);

        static ReportTask Empty(ReportTask task, int index) => index == 0 ? task with { Verdict = CircuitVerdict.Empty } : task;
    }

    [Fact]
    public void Equal_searches_have_the_ratio_one_and_count_as_equal() =>
        Assert.Equal(
            ["single_double_quote", "other", "2", "1", "1", "0", "2", "0"], Ratios(SearchComparison.Of([First, Second(0)])).Rows[0]);

    [Fact]
    public void Only_searches_that_all_sweeps_have_ended_are_compared()
    {
        var comparison = SearchComparison.Of([First, Second(0, without: "set_or_string")]);
        Assert.All(comparison.Searches, search => Assert.Equal("single_double_quote", search.Task));
        Assert.Equal(2, comparison.Searches.Count);
        var open = Second(0) with
        {
            Models = [.. First.Models.Select(
                m => m with { Tasks = [.. m.Tasks.Select(t => t with { Completed = false })] })]
        };
        Assert.Throws<InvalidDataException>(() => SearchComparison.Of([First, open]));
    }

    [Fact]
    public void Models_that_are_not_the_same_do_not_compare()
    {
        var other = Second(0) with
        {
            Models = [.. First.Models.Select(
                m => m with { Trained = m.Trained is null ? null : m.Trained with { Sha256 = "other" } })]
        };
        Assert.Contains(
            "another model", Assert.Throws<InvalidDataException>(() => SearchComparison.Of([First, other])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_written_with_a_well_formed_plot_for_each_task()
    {
        ReportWriter.WriteMarkdown(
            SearchComparison.Of([First, Second(-0.5)]).Page(), new ArtifactStore(_synthetic.Folder), "comparison.md");
        var text = File.ReadAllText(Path.Combine(_synthetic.Folder, "comparison.md"));
        foreach (var task in new[] { "single_double_quote", "set_or_string" })
        {
            Assert.Contains($"plots/search-{task}.svg", text, StringComparison.Ordinal);
            var plot = XDocument.Load(Path.Combine(_synthetic.Folder, $"plots/search-{task}.svg"));
            var texts = plot.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
            // The models' own lines are in the picture, but the legend has one entry for each sweep.
            Assert.Contains("other", texts);
            Assert.DoesNotContain(texts, t => t.Contains("d32n2", StringComparison.Ordinal));
            Assert.Equal(6 + 2, plot.Descendants().Count(e => e.Name.LocalName == "polyline"));
        }
    }

    private static ReportTable Ratios(SearchComparison comparison) => comparison.Page().Sections[0].Tables[0];
}
