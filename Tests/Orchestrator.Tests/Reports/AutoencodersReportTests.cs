using System.Globalization;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Reports.Svg;

namespace Sweeps.Orchestrator.Tests.Reports;

public sealed class AutoencodersReportTests : IDisposable
{
    private const string Location = "1.resid_in";

    private readonly SyntheticSweep _synthetic = new();

    public void Dispose() => _synthetic.Dispose();

    [Fact]
    public void A_sweep_without_autoencoders_says_nothing_of_them()
    {
        var report = ReportBuilder.Build(_synthetic.Sweep);
        Assert.Null(AutoencodersSection.Of(report));
        Assert.Null(InterpretabilitySection.Of(report));
    }

    [Fact]
    public void Each_dictionary_has_a_row_with_its_measures_and_baselines_stand_below()
    {
        var table = Assert.Single(AutoencodersSection.Of(Report())!.Tables);
        Assert.Equal("Dictionaries of 1.resid_in in d32n2-l1-r0", table.Caption);
        Assert.Equal(4 + 1 + 2, table.Rows.Count);
        Assert.Equal(
            ["TopK, ratio 2, k 4, seed 0", "64", "4", "0.25", "0.125", "0.050", "75.0 %", "10.0 %", "50", "0.95", "0.9"], table.Rows[0]);
        Assert.Equal(["L1, ratio 2, α 0.001, seed 0 (failed)", .. Enumerable.Repeat(Format.None, 10)], table.Rows[4]);
        Assert.Equal(["PCA, the largest, k 4", Format.None, "4", "0.5"], table.Rows[5].Take(4));
    }

    [Fact]
    public void A_plot_has_a_line_for_each_kind_and_ratio_and_for_each_baseline()
    {
        var figure = AutoencodersSection.Of(Report())!.Figures.Single(one => one.Name == "autoencoders-fvu-d32n2-l1-r0-1.resid_in");
        var text = string.Join('|', Texts(figure.Drawing));
        Assert.Contains("TopK, ratio 2", text, StringComparison.Ordinal);
        Assert.Contains("PCA, the largest", text, StringComparison.Ordinal);
        // What has failed has no point.
        Assert.DoesNotContain("L1", text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_was_stopped_early_has_its_measures_and_the_reason_and_is_in_no_plot()
    {
        var at = Dictionaries();
        var stopped = at.Autoencoders[0] with
        {
            Options = new AutoencoderOptions { Kind = AutoencoderKind.L1Tied, Ratio = 2, Alpha = 0.5 },
            Trained = at.Autoencoders[0].Trained! with { Stopped = new AutoencoderStop(40, 0.95, 0.25, 0.9, null) },
        };
        var section = AutoencodersSection.Of(ReportBuilder.Build(With(at with { Autoencoders = [.. at.Autoencoders, stopped] })))!;
        Assert.Equal(["L1 tied, ratio 2, α 0.5, seed 0 (stopped early)", "64", "4", "0.25"], section.Tables[0].Rows[5].Take(4));
        Assert.Equal(
            ["L1 tied, ratio 2, α 0.5, seed 0", "stopped early at step 40: FVU 0.950 is above 0.9"], Assert.Single(section.Tables[1].Rows));
        Assert.DoesNotContain(
            section.Figures, one => Texts(one.Drawing).Exists(text => text.Contains("L1 tied, ratio", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_map_of_similarities_has_the_mean_of_both_directions_between_seeds()
    {
        var map = AutoencodersSection.Of(Report())!.Figures.Single(one => one.Name == "autoencoders-mmcs-d32n2-l1-r0-1.resid_in-topk");
        var texts = Texts(map.Drawing);
        Assert.Equal(
            ["TopK of 1.resid_in in d32n2-l1-r0: MMCS between seeds", "k 4", "k 8", "ratio 2", "0.7", "active features asked for"], texts);
    }

    [Fact]
    public void What_features_mean_has_a_row_for_each_scored_dictionary_with_intervals()
    {
        var section = InterpretabilitySection.Of(Report())!;
        var table = Assert.Single(section.Tables);
        Assert.Equal(2, table.Rows.Count);
        Assert.Equal(
            ["topk-x2-k4-s0", "40", "0.61 (0.51 to 0.71)", Format.None, Format.None, "0.01 (-0.01 to 0.03)"], table.Rows[0].Take(6));
        Assert.Equal("PCA, the largest", table.Rows[1][0]);
    }

    [Fact]
    public void The_files_of_a_report_have_the_sections_and_the_plots()
    {
        ReportWriter.Write(WithDictionaries(), _synthetic.Folder);
        var page = File.ReadAllText(Path.Combine(_synthetic.Folder, "report.md"));
        Assert.Contains("## Sparse autoencoders\n", page, StringComparison.Ordinal);
        Assert.Contains("## What features mean\n", page, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_synthetic.Folder, "plots"), "autoencoders-*.svg"));
        Assert.Contains("\"dictionaries\": [", File.ReadAllText(Path.Combine(_synthetic.Folder, "report.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_and_every_baseline_has_a_word_of_its_own()
    {
        var words = Enum.GetValues<AutoencoderKind>().Select(DictionaryWords.Of)
            .Concat(Enum.GetValues<BaselineKind>().Select(DictionaryWords.Of)).ToList();
        Assert.Equal(words.Distinct(), words);
    }

    [Fact]
    public void A_heat_map_shows_each_number_and_a_bar_of_that_length()
    {
        var drawing = new HeatMap { Title = "t", XLabel = "x", Columns = ["a", "b"], Rows = [("r", [0.5, null]), ("s", [1, 0])] }.Draw();
        var bars = drawing.ToElement().Descendants().Where(one => one.Name.LocalName == "rect")
            .Select(one => double.Parse(one.Attribute("width")!.Value, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal([bars[1] / 2, bars[1], 0], bars);
        Assert.Equal(["t", "a", "b", "r", "0.5", "s", "1", "0", "x"], Texts(drawing));
    }

    private static List<string> Texts(SvgCanvas drawing) =>
        [.. drawing.ToElement().Elements().Where(one => one.Name.LocalName == "text").Select(one => one.Value)];

    private ReportDocument Report() => ReportBuilder.Build(WithDictionaries());

    private SweepReadModel WithDictionaries() => With(Dictionaries());

    private SweepReadModel With(DictionariesSnapshot dictionaries) => _synthetic.Sweep with
    {
        Models = [_synthetic.Sweep.Models[0] with { Dictionaries = [dictionaries] }, .. _synthetic.Sweep.Models.Skip(1)],
    };

    private static DictionariesSnapshot Dictionaries()
    {
        var (first, second) = (Topk(4, 0), Topk(4, 1));
        return new DictionariesSnapshot(
            Location,
            [
                first with { Scores = Scores(0.61) }, second, Topk(8, 0), Topk(8, 1),
                new AutoencoderSnapshot(
                    "1.resid_in-l1-x2-a0.001-s0", new AutoencoderOptions { Kind = AutoencoderKind.L1, Ratio = 2, Alpha = 1e-3 }, null,
                    "it diverged", null),
            ],
            new EvaluateDictionariesResult(
                [.. new[] { 4, 8 }.Select(k => new MeasuredBaseline(BaselineKind.Pca, k, Ref("pca"), Metrics(k, 2.0 / k)))],
                [
                    new DictionarySimilarity(first.Name, second.Name, 0.6, 0.1),
                    new DictionarySimilarity(second.Name, first.Name, 0.8, 0.2),
                    new DictionarySimilarity(first.Name, "1.resid_in-topk-x2-k8-s0", 0.1, 0),
                ]),
            [new BaselineSnapshot($"{Location}-pca", BaselineKind.Pca, Scores(0.3))]);
    }

    private static AutoencoderSnapshot Topk(int k, ulong seed) => new(
        $"1.resid_in-topk-x2-k{k}-s{seed}", new AutoencoderOptions { Ratio = 2, K = k, Seed = seed },
        new TrainAutoencoderResult(Ref("a"), Ref("c"), 64, 100, 100_000, null, 0, Metrics(k, 1.0 / k)), null, null);

    private static DictionaryMetrics Metrics(int k, double fvu) => new(1000, k, fvu, 2, 2.125, 2.5, 3, 0.05, 0.1, 50, 0.95, 0.9, 0);

    private static ScoreFeaturesResult Scores(double rule) => new(
        Ref("features"), 60, new DictionaryScores(
            40, new MeanWithInterval(rule, rule - 0.1, rule + 0.1, 40), null, null, new MeanWithInterval(0.01, -0.01, 0.03, 40), null,
            null, null, null));

    private static ArtifactRef Ref(string path) => new(path, new string('0', 64), 1);
}
