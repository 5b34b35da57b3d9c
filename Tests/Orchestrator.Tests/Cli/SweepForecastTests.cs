using System.Diagnostics;
using System.Text.Json;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Planning;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>How long a sweep is said to take, of what was measured.</summary>
public sealed class SweepForecastTests : IDisposable
{
    private static readonly GroupTimes _times = new(
        SparseStep: 0.01, DenseStep: 0.03, PruneStart: 0.5, PruneStep: 0.02, Probe: 0.1, Circuit: 0.2, Evaluate: 0.4);

    private readonly string _folder = Directory.CreateTempSubdirectory("forecast").FullName;

    private static SweepSpec Spec => new()
    {
        Name = "s",
        Corpus = new() { Idioms = new() },
        Tokenizer = new() { VocabSize = 300 },
        Model = new() { NLayer = 1, DModel = 32, NCtx = 16 },
        Training = new() { Steps = 1000, BatchSize = 2, EvalEvery = 1000, EvalBatches = 1, MeanCacheTokens = 32 },
        Grid = new() { L0 = [1], PeakLr = [1e-3, 1e-2] },
        Tasks = ["single_double_quote", "set_or_string"],
        Pruning = new() { Steps = 50 },
        Search = new() { Rounds = 3, BatchSize = 4 },
        Validate = false,
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Units_take_what_was_measured_of_their_parts()
    {
        var forecast = SweepForecast.Of(
            Spec, new Dictionary<string, GroupTimes> { [SweepPlan.Of(Spec).Models[0].Group] = _times }, devices: 2);
        // A thousand steps, an evaluation and a pass for the means, each a third of a step.
        AssertStage(SweepStage.Train, 2, 1000 * 0.01);
        AssertStage(SweepStage.Evaluate, 2, 0.4);
        var nodes = SweepEstimate.Of(Spec).Models[0].Nodes;
        AssertStage(SweepStage.Search, 24, 0.5 + (50 * 0.02) + 0.2 + (0.35 * BisectionPlan.MaxProbes(nodes) * 0.1));
        Assert.Equal(forecast.Stages.Sum(stage => stage.Seconds) / 2 / 0.9 / 3600, forecast.Hours, 9);
        var halved = forecast.Halved.ToDictionary(half => half.Option);
        Assert.Equal(
            ["grid.peak_lr", "pruning.steps", "search.batch_size", "search.rounds", "tasks", "training.steps"],
            halved.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((3, 2), (halved["search.rounds"].From, halved["search.rounds"].To));
        Assert.All(forecast.Halved, half => Assert.InRange(half.Hours, forecast.Hours / 2, 0.999 * forecast.Hours));

        void AssertStage(SweepStage stage, int units, double each)
        {
            var of = forecast.Stages.Single(s => s.Stage == stage);
            Assert.Equal(units, of.Units);
            Assert.Equal(each, of.Seconds / of.Units, 0.01 * each);
        }
    }

    [Fact]
    public void Rounds_of_a_search_over_the_training_can_be_halved()
    {
        var spec = Spec with { Grid = Spec.Grid with { PeakLr = [] }, TrainingSearch = new() { Rounds = 4, BatchSize = 3 } };
        var forecast = SweepForecast.Of(
            spec, new Dictionary<string, GroupTimes> { [SweepPlan.Of(spec).Models[0].Group] = _times }, devices: 2);
        Assert.Equal(12, forecast.Stages.Single(s => s.Stage == SweepStage.Train).Units);
        var halved = forecast.Halved.ToDictionary(half => half.Option);
        Assert.Equal((4, 2), (halved["training_search.rounds"].From, halved["training_search.rounds"].To));
        Assert.Equal((3, 2), (halved["training_search.batch_size"].From, halved["training_search.batch_size"].To));
    }

    [Fact]
    public void Steps_of_a_training_that_begins_dense_take_longer_until_it_is_sparse()
    {
        var sparse = Spec.Training with { L0 = 0.125, L0AnnealInitial = 0.125 };
        var dense = sparse with { L0AnnealInitial = 1, L0Anneal = L0Anneal.Exponential, L0AnnealFraction = 1, L0AnnealStart = 0 };
        Assert.Equal(10, _times.Training(sparse, 16), 0.1);
        // Half of the way in the logarithm, on average.
        Assert.Equal(20, _times.Training(dense, 16), 0.3);
    }

    [Theory]
    [InlineData("", 1)]
    // What compares learning rates, or leads to models that are left out of the measurement, is left out too.
    [InlineData("early_stopping.trainings = asha, grid.peak_lr = [0.01, 0.02]", 1)]
    [InlineData(
        "grid { dense_d_model = [32], peak_lr = [0.1, 0.2] }, bridges { dense = d32n1-l1-r0-lr0.1, sparse = [d16n1-l0.5-r0-lr0.1] }", 2)]
    [InlineData("grid.dense_d_model = [32], bridges { dense = d32n1-l1-r0, sparse = [d16n1-l0.5-r0] }", 3)]
    public async Task A_dry_run_measures_steps_on_this_machine_and_leaves_nothing_behind(string options, int measured)
    {
        var file = Path.Combine(_folder, "sweep.hocon");
        await File.WriteAllTextAsync(file, $"{SweepProcess.Sweep}\n{options}");
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["TMPDIR"] = _folder;
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), "run", file, "--dry-run", "--devices", "cpu",
            "--json" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == ExitCode.Ok, await error);
        var forecast = JsonDocument.Parse((await output).Trim().Split('\n')[^1]).RootElement.GetProperty("forecast");
        Assert.Equal((1, measured), (forecast.GetProperty("devices").GetInt32(), forecast.GetProperty("measuredGroups").GetInt32()));
        Assert.InRange(forecast.GetProperty("hours").GetDouble(), 1e-4, 1);
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder));
    }
}
