using Sweeps.Orchestrator.Reports;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Tests.Reports;

/// <summary>What a report says of searches over the training.</summary>
public sealed class TrainingSearchReportTests
{
    private static readonly SweepSpec _spec = new()
    {
        Name = "s",
        Corpus = new CorpusOptions { Idioms = new() },
        Model = new ModelConfig { NLayer = 1, DModel = 32, NCtx = 16 },
        Training = new TrainingOptions { L0 = 0.5, PeakLr = 0.01 },
        TrainingSearch = new TrainingSearchOptions { Rounds = 3, BatchSize = 3, Algorithm = "local" },
    };

    [Fact]
    public void Each_training_stands_with_its_hyperparameters_its_loss_and_what_became_of_it()
    {
        var report = Report([3, double.NaN, null], [2.5, 2.25]);
        var table = TrainingSearchTables.Of(report, report.TrainingSearches[0]).Tables[0];
        Assert.Equal(["model", "", "from", "round", "peak_lr", "validation loss"], table.Columns);
        Assert.Equal(["", "failed", "forgotten", "", "best", "not ended yet"], table.Rows.Select(row => row[1]));
        Assert.Equal(["centre", "random", "random"], table.Rows.Take(3).Select(row => row[2]));
        Assert.Equal(["1", "1", "1", "2", "2", "2"], table.Rows.Select(row => row[3]));
        Assert.Equal(("0.01", "3.000"), (table.Rows[0][4], table.Rows[0][5]));
        Assert.Equal("2.250", table.Rows[4][5]);
        var why = TrainingSearchTables.Of(report, report.TrainingSearches[0]).Tables[^1];
        Assert.Equal(["failed: it diverged", "forgotten: a bug"], why.Rows.Select(row => row[1]));
        var best = Assert.Single(Assert.Single(TrainingSearchTables.Best(report)).Rows);
        Assert.Equal(["d32n1-l0.5-r0", "d32n1-l0.5-r0-s04", "1", "5", "2", "3.000", "2.250"], best.Take(7));
        Assert.Contains("chosen on validation loss", Assert.Single(TrainingSearchTables.Words(report)), StringComparison.Ordinal);
    }

    [Fact]
    public void While_it_goes_on_all_that_is_suggested_is_listed_and_afterwards_the_best_alone()
    {
        var going = Report([3, 2, 4]);
        Assert.Equal(9, going.Models.Count);
        Assert.Equal(6, ReportTables.Models(going).Rows.Count);
        Assert.Null(going.Models[8].PeakLr);
        Assert.NotNull(going.Models[5].PeakLr);
        var ended = Report([3, 2, 4], [2, 2, 1.5], [1, 2, 3]);
        Assert.Equal("d32n1-l0.5-r0-s06", Assert.Single(ReportTables.Models(ended).Rows)[0]);
        Assert.Equal([2, 1.5, 1], ended.TrainingSearches[0].BestSoFar);
        Assert.Equal(StopReason.Rounds, ended.TrainingSearches[0].Ended);
    }

    [Fact]
    public void Without_a_search_nothing_is_said()
    {
        var report = ReportBuilder.Build(Sweep(_spec with { TrainingSearch = new() }));
        Assert.Empty(TrainingSearchTables.Words(report));
        Assert.Empty(TrainingSearchTables.Best(report));
        Assert.Empty(TrainingSearchTables.Progress(report));
    }

    [Fact]
    public void A_training_that_was_stopped_early_stands_with_the_step_the_loss_and_the_place_and_is_counted()
    {
        var spec = _spec with
        {
            TrainingSearch = _spec.TrainingSearch with { Rounds = 1 },
            EarlyStopping = new EarlyStoppingOptions { Trainings = TrainingStopping.Asha },
        };
        var models = SweepPlan.Of(spec).Models;
        var report = ReportBuilder.Build(Sweep(
            spec, new RecordRung(models[0].Trial, 2500, 3), new RecordRung(models[1].Trial, 2500, 4),
            new RecordRung(models[2].Trial, 2500, 2)));
        Assert.Equal(["", "Stopped"], report.Models.Take(2).Select(m => m.Stopped is null ? "" : "Stopped"));
        var table = Assert.Single(EarlyStoppingTables.Stopped(report));
        Assert.Equal([models[1].Id.Value, "2,500", "4.000", "2 of 2", "3.000"], Assert.Single(table.Rows));
        var search = TrainingSearchTables.Of(report, report.TrainingSearches[0]);
        Assert.Equal(["not ended yet", "stopped early", "not ended yet"], search.Tables[0].Rows.Select(row => row[1]));
        Assert.Contains("0 failed, 1 were stopped early and 0 were forgotten", search.Paragraphs[0], StringComparison.Ordinal);
        Assert.Equal("1", Assert.Single(TrainingSearchTables.Best(report)).Rows[0][3]);
        Assert.Contains("1 stopped early, 0 failures", SummarySection.Of(report).Paragraphs[0], StringComparison.Ordinal);
        Assert.Equal("stopped early", ReportTables.Models(report).Rows[1][^1]);
        Assert.Contains("best 1 / 3 of its group (asha)", Assert.Single(EarlyStoppingTables.Words(report)), StringComparison.Ordinal);
        Assert.Contains(
            "\"stopped\": {\n    \"rule\": \"asha\",\n    \"step\": 2500,",
            System.Text.Encoding.UTF8.GetString(ReportBuilder.ToJson(report)),
            StringComparison.Ordinal);
        Assert.Empty(EarlyStoppingTables.Words(Report([3, 2, 4])));
    }

    /// <summary>The report after rounds with these losses; NaN diverged, and null met a fault of the program.</summary>
    private static ReportDocument Report(params double?[][] rounds)
    {
        List<SweepCommand> commands = [];
        var models = SweepPlan.Of(_spec).Models;
        foreach (var (round, losses) in rounds.Index())
            foreach (var (place, loss) in losses.Index())
            {
                var trial = models[(3 * round) + place].Trial;
                commands.Add(loss switch
                {
                    null => new RecordTrialFailure(trial, "a bug", ByTheProgram: true),
                    double.NaN => new RecordTrialFailure(trial, "it diverged"),
                    { } number => new RecordTrialResult(
                        trial, new TrainResult(Ref("m"), Ref("c"), Ref("t"), 10, 9, 8, 0.5, number, number, 0, 3)),
                });
            }
        return ReportBuilder.Build(Sweep(_spec, commands));
    }

    private static SweepReadModel Sweep(SweepSpec spec, params IEnumerable<SweepCommand> commands)
    {
        var corpus = new PrepareResult(new CorpusArtifacts(Ref("e"), Ref("m"), Ref("t"), Ref("v")), 300, 1, 1, 1, 1, 4);
        SweepCommand[] all = [new SubmitSweep(spec), new RecordTrialResult(SweepPlan.Preparation, corpus), .. commands];
        var (state, events) = (SweepState.Initial, new List<StoredEvent>());
        foreach (var happened in all.SelectMany(command => Decide(command)))
            events.Add(
                new StoredEvent(
                    SweepJournal.Sweep, events.Count + 1, SweepJournal.Sweep, default, SweepJournal.Registry.Serialize(happened)));
        return SweepReadModel.Load(new Events(events));

        SweepEvent[] Decide(SweepCommand command)
        {
            var decided = SweepState.Decide(state, command).Events;
            state = decided.Aggregate(state, SweepState.Apply);
            return [.. decided];
        }
    }

    private static ArtifactRef Ref(string path) => new(path, new string('0', 64), 1);

    private sealed class Events(IReadOnlyList<StoredEvent> events) : IJournalReader
    {
        public string Location => "memory";

        public IReadOnlyList<string> Streams(string prefix = "") => [SweepJournal.Sweep];

        public IEnumerable<StoredEvent> ReadStream(string stream) => events.Where(e => e.Stream == stream);

        public IEnumerable<StoredEvent> ReadAll(string prefix = "") =>
            events.Where(e => e.Stream.StartsWith(prefix, StringComparison.Ordinal));
    }
}
