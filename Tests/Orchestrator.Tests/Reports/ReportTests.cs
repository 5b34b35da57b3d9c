using System.Text.Json;
using System.Xml.Linq;
using Spectre.Console;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Tests.Reports;

public sealed class ReportTests : IDisposable
{
    private readonly SyntheticSweep _synthetic = new();

    public void Dispose() => _synthetic.Dispose();

    private string Read(string name) => File.ReadAllText(Path.Combine(_synthetic.Folder, name));

    [Fact]
    public void Pages_say_when_they_were_written_and_how_long_devices_worked_and_the_canonical_report_does_not()
    {
        var start = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
        TrialHistory Trial(int minutes) => new(
            new TrialId("corpus"), "prepare", TrialPhase.Succeeded, 1, "cpu-0", start, start.AddMinutes(minutes), TimeSpan.FromMinutes(
                40), null);
        var times = ReportTimes.Describe([Trial(50), Trial(90)], start.AddHours(2));
        Assert.Equal(
            "Written 2026-01-31 14:00:00 UTC. Trials ran from 2026-01-31 12:00:00 UTC to 2026-01-31 13:30:00 UTC; devices worked 1h 20m "
                + "on them.", times);
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        var canonical = Read("report.json");
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder, times: times);
        Assert.Equal(canonical, Read("report.json"));
        Assert.EndsWith($"\n---\n\n{times}\n", Read("report.md"), StringComparison.Ordinal);
        Assert.Equal(times, XDocument.Parse(Read("report.html")).Descendants("footer").Single().Value);
    }

    [Fact]
    public void The_document_holds_the_numbers_of_the_sweep()
    {
        var report = ReportBuilder.Build(_synthetic.Sweep);
        Assert.Equal(3, report.Models.Count);
        Assert.Equal(SyntheticSweep.Bigram, report.Corpus!.BigramLoss);

        var dense = report.Models[0];
        Assert.Equal((2, 2, 2), (dense.Holds, dense.TasksReached, dense.TasksCounted));
        Assert.Equal(Math.Sqrt(81 * 161), dense.GeometricMeanEdges!.Value, 9);

        var sparse = report.Models[1];
        Assert.Equal((1, 1, 1), (sparse.Holds, sparse.TasksReached, sparse.TasksCounted));
        Assert.Equal(21, sparse.GeometricMeanEdges!.Value, 9);
        Assert.False(sparse.Tasks[1].Best!.Reached);

        var best = dense.Tasks[0].Best!;
        Assert.Equal(
            (2, 44, 81, 0.225, 0.125, 0.135, true),
            (best.Index, best.Nodes, best.Edges, best.LossBefore, best.Loss, best.TestLoss, best.Reached));
        Assert.Equal([Math.Log10(5001), Math.Log10(82)], dense.Tasks[0].BestSoFar.Select(b => b!.Value));
        Assert.Equal("diverged", dense.Tasks[0].Prunings[0].Failure);
        Assert.Null(report.Models[2].Trained);
        Assert.Null(report.Models[2].GeometricMeanEdges);
    }

    [Fact]
    public void The_report_begins_with_how_many_circuits_hold_and_calls_no_pairs_held_out()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        Assert.StartsWith(
            "# Sweep syn\\_thetic\n\n## Summary\n\n3 of 4 circuits hold on test pairs; 1 misses the target.\n", Read("report.md"),
            StringComparison.Ordinal);
        Assert.DoesNotContain("held-out", Read("report.md"), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Read("report.json"));
        var model = json.RootElement.GetProperty("models")[1];
        Assert.Equal(1, model.GetProperty("holds").GetInt32());
        var tasks = model.GetProperty("tasks").EnumerateArray();
        Assert.Equal(["holds", "missesTarget"], tasks.Select(t => t.GetProperty("verdict").GetString()));
    }

    [Fact]
    public void What_is_left_out_of_the_corpus_is_said_by_reason()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        const string Words = "Left out of the corpus: 17 files with other endings, 1 damaged line. corpus/corpus.json has examples";
        Assert.Contains(Words, Read("report.md"), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Read("report.json"));
        var leftOut = json.RootElement.GetProperty("corpus").GetProperty("leftOut").EnumerateArray();
        Assert.Equal(
            [("otherEnding", 17, 5000), ("damaged", 1, 20)],
            leftOut.Select(
                o => (o.GetProperty("reason").GetString(), o.GetProperty("count").GetInt32(), o.GetProperty("bytes").GetInt32())));
    }

    [Fact]
    public void A_task_that_is_not_learned_is_listed_with_advice_and_is_in_no_mean()
    {
        var model = _synthetic.Sweep.Models[0];
        var measured = model.Tasks[1].Evaluated! with { CalibratedLoss = 0.6 };
        var unlearned = model.Tasks[1] with { Search = null, Validation = null, Evaluated = measured };
        var sweep = _synthetic.Sweep with { Models = [model with { Tasks = [model.Tasks[0], unlearned] }] };
        ReportWriter.Write(sweep, _synthetic.Folder);
        var markdown = Read("report.md");
        Assert.Contains("1 of 2 circuits holds on test pairs; 1 not learned.", markdown, StringComparison.Ordinal);
        Assert.Contains(
            @"| d32n2-l1-r0 | set\_or\_string | not learned: calibrated loss 0.600, guessing gives 0.693 |", markdown,
            StringComparison.Ordinal);
        Assert.Contains("train longer, show it more often (corpus.idioms.focus), take a wider or denser model", markdown,
            StringComparison.Ordinal);
        Assert.Contains("81 (1 of 2 tasks)", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_margin_the_best_circuit_is_the_probe_that_the_bisection_chose()
    {
        var (model, task) = (_synthetic.Sweep.Models[0], _synthetic.Sweep.Models[0].Tasks[0]);
        var outcome = task.Search!.Best!.Outcome!;
        var chosen = task.Search.Best with
        {
            Outcome = outcome with
            {
                Curve = [.. outcome.Curve, new ProbeResult(60, 200, 0.3, 0.1, 2, 0.5)],
                Circuit = outcome.Circuit! with { Nodes = 60, Edges = 200, ValidationLoss = 0.1 },
            },
        };
        var search = task.Search with
        {
            Best = chosen,
            Prunings = [.. task.Search.Prunings.Select(
                p => p.Index == chosen.Index ? chosen : p)]
        };
        var sweep = _synthetic.Sweep with
        {
            Spec = _synthetic.Sweep.Spec with { Pruning = new() { Margin = 0.04 } },
            Models = [model with { Tasks = [task with { Search = search }] }],
        };
        var reported = Assert.Single(ReportBuilder.Build(sweep).Models[0].Tasks);
        Assert.Equal((60, 0.3, 2, 0.5), (reported.Best!.Nodes, reported.Best.LossBefore, reported.Best.Scale, reported.Best.Shift));
        Assert.Equal((60, 200, 0.1), (reported.Prunings[2].Nodes, reported.Prunings[2].Edges, reported.Prunings[2].Loss));
    }

    [Fact]
    public void Equal_sweeps_give_the_same_bytes_wherever_they_lie()
    {
        using var other = new SyntheticSweep();
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        ReportWriter.Write(other.Sweep, other.Folder);
        ReportWriter.Write(other.Sweep, other.Folder);
        var files = Directory.GetFiles(_synthetic.Folder, "*", SearchOption.AllDirectories).Select(
            f => Path.GetRelativePath(_synthetic.Folder, f)).Order().ToList();
        Assert.Equal(
            files,
            Directory.GetFiles(other.Folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(other.Folder, f)).Order());
        foreach (var file in files)
            Assert.Equal(File.ReadAllBytes(Path.Combine(_synthetic.Folder, file)), File.ReadAllBytes(Path.Combine(other.Folder, file)));
        foreach (var text in new[] { Read("report.json"), Read("report.md"), Read("report.html") })
            Assert.DoesNotContain(_synthetic.Folder, text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_json_reads_back_and_is_versioned()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        using var json = JsonDocument.Parse(Read("report.json"));
        Assert.Equal(
            ("sweeps-report", 1),
            (json.RootElement.GetProperty("format").GetString(), json.RootElement.GetProperty("version").GetInt32()));
        Assert.Equal("completed", json.RootElement.GetProperty("status").GetString());
        Assert.Equal(
            81, json.RootElement.GetProperty("models")[0].GetProperty("tasks")[0].GetProperty("best").GetProperty("edges").GetInt32());
        var back = JsonSerializer.Deserialize<ReportDocument>(Read("report.json"), JobJson.Options)!;
        Assert.Equal(Read("report.json"), System.Text.Encoding.UTF8.GetString(ReportBuilder.ToJson(back)));
    }

    [Fact]
    public void Every_field_of_the_json_is_in_the_readme()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        using var json = JsonDocument.Parse(Read("report.json"));
        var documented = System.Text.RegularExpressions.Regex.Matches(
            File.ReadAllText(RepositoryFile.Path("Orchestrator/Reports/README.md")), @"\w+").Select(m => m.Value).ToHashSet();
        Assert.Empty(Fields(json.RootElement).Distinct().Except(documented));

        // The sweep file's options have a document of their own; a file is its path, digest and size everywhere.
        static IEnumerable<string> Fields(JsonElement e) => e.ValueKind switch
        {
            JsonValueKind.Object => e.EnumerateObject().SelectMany(p =>
                p.Name is "spec" or "hyperparameters" or "center"
                    || (p.Value.ValueKind == JsonValueKind.Object && p.Value.TryGetProperty("path", out _))
                    ? [p.Name]
                    : Fields(p.Value).Prepend(p.Name)),
            JsonValueKind.Array => e.EnumerateArray().SelectMany(Fields),
            _ => [],
        };
    }

    [Fact]
    public void The_html_is_well_formed_and_needs_nothing_else()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        var html = XDocument.Parse(Read("report.html"));
        Assert.DoesNotContain(html.Descendants(), e => e.Name.LocalName is "link" or "img" or "iframe");
        Assert.All(html.Descendants("script"), e => Assert.Null(e.Attribute("src")));
        Assert.All(
            html.Descendants().Attributes().Where(a => a.Name.LocalName is "href" or "src"),
            a => Assert.StartsWith("#", a.Value, StringComparison.Ordinal));
        Assert.All(
            html.Descendants().Where(e => e.Name.LocalName == "style"),
            s => Assert.DoesNotContain("url(", s.Value, StringComparison.Ordinal));
        // An element that is not void must not close itself: HTML would leave it open.
        Assert.DoesNotContain(html.Descendants("td").Concat(html.Descendants("th")).Concat(html.Descendants("p")), e => e.IsEmpty);
        // Tables come before charts.
        Assert.True(
            Read("report.html").IndexOf("<table", StringComparison.Ordinal) < Read("report.html").IndexOf(
                "<svg", StringComparison.Ordinal));
        Assert.All(html.Descendants("{http://www.w3.org/2000/svg}svg"), s => Assert.NotNull(s.Attribute("aria-label")));
        Assert.Equal(
            html.Descendants().Attributes("id").Count(), html.Descendants().Attributes("id").Select(a => a.Value).Distinct().Count());
    }

    [Fact]
    public void The_html_has_each_circuit_beside_its_drawing_for_the_viewer()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        var (text, html) = (Read("report.html"), XDocument.Parse(Read("report.html")));
        var circuits = html.Descendants("script").Where(e => e.Attribute("data-circuit") is not null).ToList();
        Assert.Equal(4, circuits.Count);
        foreach (var circuit in circuits)
        {
            var figure = html.Descendants("figure").Single(f => f.Attribute("id")!.Value == circuit.Attribute("data-circuit")!.Value);
            Assert.Contains(figure.Descendants(), e => e.Name.LocalName == "svg");
            using var json = JsonDocument.Parse(circuit.Value);
            Assert.Equal("sweeps-circuit", json.RootElement.GetProperty("format").GetString());
            // HTML reads a script up to its end tag and no further: what it has inside must not look like one.
            Assert.DoesNotContain('<', circuit.Value);
        }
        Assert.Single(html.Descendants("script"), e => e.Attribute("type") is null);
        Assert.Equal(html.Descendants("script").Count(), text.Split("</script").Length - 1);
    }

    [Fact]
    public void The_html_tables_show_the_numbers_of_the_sweep()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        var rows = XDocument.Parse(Read("report.html")).Descendants("tr").Select(r => r.Elements().Select(c => c.Value).ToList()).ToList();
        Assert.Contains(["d32n2-l0.25-r0", "0.25", "0.25", "7,890", "123,456", "2.650", "2.750", "3.750", "12.5 %", "4.5", "1 of 2",
            "21 (1 of 2 tasks)"], rows);
        Assert.Contains(["d32n2-l1-r0", "single_double_quote", "0.050", "0.060", "44", "81", "0.225", "0.125", "0.135", "93.8 %", "holds"],
            rows);
        Assert.Contains(["d32n2-l0.25-r0", "set_or_string", "0.050", "0.060", "24", "41", "0.400", "0.300", "0.310", "93.8 %",
            "misses the target"], rows);
        Assert.Contains(["d32n2-l1-r0", "single_double_quote", "44", "81", "0.125", "0.135", "43", "40", "0.125", "0.145", "2.025"], rows);
        Assert.Contains(["d32n2-l0.25-r0", "set_or_string", "24", "41", "0.300", "0.310", "23", "20", "0.300", "0.320", "–"], rows);
        Assert.Contains(["models/d32n2-l0.0625-r0", "loss is NaN at step 40 | last good checkpoint <none>"], rows);
        Assert.Contains(["d32n2-l1-r0", "set_or_string", "84", "161", "0.060", "0.100", "1.500", "0.250", "75.0 %", "0.200",
            "70 of 84", "0.125", "0.375", "87.5 %", "0.950"], rows);
        Assert.Contains(
            ["d32n2-l1-r0", "set_or_string", "distractor", "2", "0.500", "0.625", "75.0 %", "68.8 %", "1.250", "0.750", "93.8 %"], rows);
        Assert.Contains(["d32n2-l1-r0", "set_or_string", "dilution", "32", "–", "–", "–", "–", "–", "–", "–"], rows);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_circuits_do_while_more_and_more_is_resampled_is_summed_up_over_those_that_hold(bool isDetailed)
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder, isDetailed ? null : ["d32n2-l0.25-r0"]);
        var table = XDocument.Parse(Read("report.html")).Descendants("table").Single(
            t => t.Element("caption")!.Value.StartsWith("Other nodes resampled", StringComparison.Ordinal));
        var rows = table.Descendants("tr").Select(r => r.Elements().Select(c => c.Value).ToList()).ToList();
        Assert.Equal(
            ["model", "circuits", "loss, none resampled", "loss, a quarter resampled", "loss, half resampled", "loss, all resampled",
                "decided rightly, none resampled", "decided rightly, a quarter resampled", "decided rightly, half resampled",
                "decided rightly, all resampled"], rows[0]);
        // Of the second model the circuit that misses the target does not count.
        Assert.Equal(["d32n2-l1-r0", "2", "0.100", "0.150", "0.200", "0.250", "100.0 %", "95.0 %", "87.5 %", "75.0 %"], rows[1]);
        Assert.Equal(["d32n2-l0.25-r0", "1", "0.100", "0.025", "0.200", "0.250", "100.0 %", "95.0 %", "87.5 %", "75.0 %"], rows[2]);
        Assert.Equal(3, rows.Count);
    }

    [Fact]
    public void A_drawing_is_of_the_circuit_that_was_validated_and_its_caption_counts_what_is_drawn()
    {
        var (model, task) = (_synthetic.Sweep.Models[0], _synthetic.Sweep.Models[0].Tasks[0]);
        var cleaned = _synthetic.Store.WriteBytes("validations/cleaned/circuit.json", SyntheticSweep.Circuit(task.Task, 9, 0.1).ToBytes());
        var validation = task.Validation! with { Circuit = cleaned, Nodes = 13, Edges = 19 };
        var sweep = _synthetic.Sweep with { Models = [model with { Tasks = [task with { Validation = validation }] }] };
        ReportWriter.Write(sweep, _synthetic.Folder);
        Assert.Contains(
            "in d32n2-l1-r0: 13 nodes, 19 edges, loss 0.100, test loss 0.110; validations/cleaned/circuit.json", Read("report.md"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Every_plot_that_the_markdown_names_is_a_well_formed_file()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder);
        var markdown = Read("report.md");
        var named = System.Text.RegularExpressions.Regex.Matches(markdown, @"\]\((plots/[^)]+)\)").Select(m => m.Groups[1].Value).ToList();
        Assert.Equal(
            ["plots/validation-loss.svg", "plots/training-loss.svg", "plots/l0.svg", "plots/frontier.svg",
             "plots/matched-d32n2-l0.25-r0.svg", "plots/edges-vs-target-loss.svg", "plots/loss-vs-size-single_double_quote.svg",
             "plots/loss-vs-size-set_or_string.svg", "plots/necessity.svg", "plots/learned-vs-attribution.svg",
             "plots/search-single_double_quote.svg", "plots/search-set_or_string.svg",
             "plots/observations-d32n2-l1-r0-single_double_quote.svg", "plots/observations-d32n2-l1-r0-set_or_string.svg",
             "plots/observations-d32n2-l0.25-r0-single_double_quote.svg", "plots/observations-d32n2-l0.25-r0-set_or_string.svg",
             "plots/circuit-d32n2-l1-r0-single_double_quote.svg", "plots/circuit-d32n2-l1-r0-set_or_string.svg",
             "plots/circuit-d32n2-l0.25-r0-single_double_quote.svg", "plots/circuit-d32n2-l0.25-r0-set_or_string.svg"],
            named);
        foreach (var plot in named) Assert.Equal("svg", XDocument.Parse(Read(plot)).Root!.Name.LocalName);
        // A bar or a bracket in a reason must not break the table.
        Assert.Contains(
            @"| models/d32n2-l0.0625-r0 | loss is NaN at step 40 \| last good checkpoint \<none\> |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_with_one_model_in_detail_draws_that_one_and_has_all_in_its_tables()
    {
        ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder, ["d32n2-l0.25-r0"]);
        var markdown = Read("report.md");
        Assert.Contains("plots/circuit-d32n2-l0.25-r0-set_or_string.svg", markdown, StringComparison.Ordinal);
        Assert.Contains("plots/observations-d32n2-l0.25-r0-set_or_string.svg", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("circuit-d32n2-l1-r0", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("observations-d32n2-l1-r0", markdown, StringComparison.Ordinal);
        Assert.Contains("| d32n2-l1-r0 | set", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_that_has_only_begun_has_a_report()
    {
        var begun = _synthetic.Sweep with
        {
            Status = SweepStatus.Unfinished,
            Prepared = null,
            Models = [.. _synthetic.Sweep.Models.Select(m => m with { Trained = null, Failure = null, Selected = false, Tasks = [] })],
            Failures = [],
        };
        ReportWriter.Write(begun, _synthetic.Folder);
        Assert.Contains("Not complete yet", Read("report.md"), StringComparison.Ordinal);
        Assert.NotNull(XDocument.Parse(Read("report.html")).Root);
    }

    [Fact]
    public void A_damaged_artifact_is_named()
    {
        var path = _synthetic.Sweep.Models[0].Trained!.Curve.Path;
        File.AppendAllText(Path.Combine(_synthetic.Folder, path), " ");
        var error = Assert.Throws<JobFailedException>(() => ReportWriter.Write(_synthetic.Sweep, _synthetic.Folder));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_terminal_shows_the_same_tables()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(writer)
            });
        console.Profile.Width = 120;
        console.Write(TerminalSummary.Of(_synthetic.Sweep));
        foreach (var part in new[] { "d32n2-l0.25-r0", "21 (1 of 2 tasks)", "set_or_string", "0.310", "misses the target", "<none>",
            "3 of 4 circuits hold on test pairs; 1 misses the target." })
            Assert.Contains(part, writer.ToString(), StringComparison.Ordinal);
        Assert.All(writer.ToString().Split('\n'), line => Assert.True(line.Length <= 120));
    }
}
