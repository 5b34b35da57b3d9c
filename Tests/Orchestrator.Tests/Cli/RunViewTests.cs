using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Planning;
using Sweeps.Orchestrator.Cli.Running;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What a run shows of its messages, as numbers, as a log and as JSON.</summary>
public sealed class RunViewTests
{
    private static readonly TrialId _train = new("models/m");
    private static readonly SearchId _search = new(new ModelId("m"), "bracket_counting");
    private static readonly CircuitResult _circuit = new(new ArtifactRef("c.json", "00", 1), 12, 34, 0.125, 0.14, 1);

    private readonly SteppedTime _time = new();

    /// <summary>Two trainings of 300 operations and eight prunings of 100.</summary>
    private static SweepEstimate Estimate => new("s", new TrialCounts(2, 1, 1, 8, 80), [], TrainingFlops: 600, PruningFlops: 800, 1, 1);

    private static TrialChanged Changed(TrialPhase phase, int attempt = 1, string? reason = null) => new(_train, "train", phase, attempt, phase == TrialPhase.Running ? "cpu-0" : null, reason);

    [Fact]
    public void Rate_and_time_left_are_those_of_the_attempt()
    {
        var progress = new RunProgress(Estimate, _time);
        progress.Apply(Changed(TrialPhase.Running));
        progress.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(100, 300, 2.5)));
        Assert.Null(progress.Running.Single().TimeLeft);
        _time.Advance(10);
        progress.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(150, 300, 2)));
        Assert.Equal(5, progress.Running.Single().StepsPerSecond);
        Assert.Equal(TimeSpan.FromSeconds(30), progress.Running.Single().TimeLeft);
        progress.Apply(Changed(TrialPhase.Succeeded));
        Assert.Empty(progress.Running);
    }

    [Fact]
    public void The_whole_is_weighed_by_work_and_counts_what_earlier_runs_did()
    {
        var progress = new RunProgress(Estimate, _time);
        Assert.Equal(0, progress.Fraction);
        progress.Apply(new StageProgressed(SweepStage.Train, 1, 2));
        Assert.Equal(300.0 / 1400, progress.Fraction, 12);
        progress.Apply(Changed(TrialPhase.Running));
        progress.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(0, 300, null)));
        _time.Advance(60);
        progress.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(150, 300, null)));
        Assert.Equal(450.0 / 1400, progress.Fraction, 12);
        // A minute brought 150 of the 950 that are left.
        Assert.Equal(60 * 950 / 150.0, progress.TimeLeft!.Value.TotalSeconds, 6);
        progress.Apply(new SearchProgressed(_search, 1, 1, 8, 1.5, _circuit, true, 0.15));
        progress.Apply(new StageProgressed(SweepStage.Train, 2, 2));
        Assert.Equal(1, progress.Fraction);
    }

    [Fact]
    public void What_is_done_never_falls_while_a_training_ends()
    {
        var progress = new RunProgress(Estimate, _time);
        progress.Apply(new StageProgressed(SweepStage.Train, 0, 2));
        progress.Apply(Changed(TrialPhase.Running));
        progress.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(300, 300, 2)));
        Assert.Equal(300.0 / 1400, progress.Fraction, 12);
        // What follows a training counts steps of its own, and the stage hears of its end last.
        foreach (var message in (SweepProgress[])[
            new TrialProgressed(_train, "cpu-0", new JobProgress(1, 10, null)), Changed(TrialPhase.Succeeded), new StageProgressed(SweepStage.Train, 1, 2)])
        {
            progress.Apply(message);
            Assert.Equal(300.0 / 1400, progress.Fraction, 12);
        }
    }

    [Fact]
    public void A_search_that_ended_early_has_no_work_left_and_says_so()
    {
        var ended = new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, true, 0.15);
        var progress = new RunProgress(Estimate, _time);
        progress.Apply(new StageProgressed(SweepStage.Train, 2, 2));
        progress.Apply(ended);
        Assert.Equal(1, progress.Fraction);
        Assert.Contains("round 1/2, ended early, best so far", RunText.Search(ended), StringComparison.Ordinal);
    }

    [Fact]
    public void A_best_circuit_that_misses_the_target_says_so()
    {
        var search = new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit with { ValidationLoss = 0.543 }, false, 0.15);
        Assert.EndsWith("best so far 34 edges, 12 nodes, loss 0.543, misses the target of 0.15", RunText.Search(search),
            StringComparison.Ordinal);
        Assert.EndsWith("loss 0.125", RunText.Best(search with { Circuit = _circuit }), StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_that_are_not_learned_have_no_work_left_and_stand_beside_what_is_done()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var estimate = Estimate with { Trials = new TrialCounts(1, 2, 2, 8, 80) };
        var progress = new RunProgress(estimate, _time);
        var view = new LogRunView(progress, new Terminal(output, TextWriter.Null, false), _time);
        view.OnNext(new StageProgressed(SweepStage.Train, 1, 1));
        var searches = new StageProgressed(SweepStage.Search, 0, 1, Skipped: 1);
        view.OnNext(searches);
        Assert.Equal("searches 0/1 (1 task not learned)", RunText.Count(searches));
        Assert.Equal(1000.0 / 1400, progress.Fraction, 12);
        view.OnNext(new StageProgressed(SweepStage.Search, 1, 1, Skipped: 1));
        var none = new StageProgressed(SweepStage.Search, 0, 0, Skipped: 2);
        Assert.Equal("searches: none; 2 tasks not learned, left out", RunText.Ended(none));
        Assert.EndsWith("searches: all 1 done; 1 task not learned, left out\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_has_a_line_for_what_matters_and_none_for_the_rest()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var view = new LogRunView(new RunProgress(Estimate, _time), new Terminal(output, TextWriter.Null, false), _time);
        view.OnNext(Changed(TrialPhase.Waiting));
        view.OnNext(Changed(TrialPhase.Running));
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 4.5)));
        _time.Advance(5);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(50, 300, 4)));
        _time.Advance(5);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(101, 300, 3.25)));
        view.OnNext(Changed(TrialPhase.Waiting, reason: "its process ended with exit code 137"));
        view.OnNext(Changed(TrialPhase.Running, attempt: 2));
        view.OnNext(Changed(TrialPhase.Succeeded, attempt: 2));
        view.OnNext(new StageProgressed(SweepStage.Train, 1, 1));
        view.OnNext(new StageProgressed(SweepStage.Train, 2, 2));
        view.OnNext(new StageProgressed(SweepStage.Train, 2, 2));
        view.OnNext(new StageProgressed(SweepStage.Prepare, 1, 1, Failed: 1));
        foreach (var pruning in new[] { "0000", "0001" })
        {
            var prune = new TrialId($"searches/m/bracket_counting/{pruning}");
            view.OnNext(new TrialChanged(prune, "prune", TrialPhase.Running, 1, "cpu-0", null));
            view.OnNext(new TrialProgressed(prune, "cpu-0", new JobProgress(0, 45, null, "dense products")));
            view.OnNext(new TrialProgressed(prune, "cpu-0", new JobProgress(9, 45, 0.5, "dense products")));
            view.OnNext(new TrialChanged(prune, "prune", TrialPhase.Succeeded, 1, null, null));
        }
        var probe = new TrialId("searches/m/bracket_counting/0000/probes/7");
        view.OnNext(new TrialChanged(probe, "probe", TrialPhase.Running, 1, "cpu-0", null));
        view.OnNext(new TrialProgressed(probe, "cpu-0", new JobProgress(0, 1, null)));
        view.OnNext(new TrialChanged(probe, "probe", TrialPhase.Failed, 1, null, "out of memory"));
        view.OnNext(new SearchProgressed(_search, 0, 2, 3, 1.5, _circuit, false, 0.15));
        view.OnNext(new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, false, 0.15));
        view.OnNext(new DeviceChanged("cpu-0", DeviceStatus.Lost, "it did not start five times"));
        Assert.Equal("""
            [00:00:00   0%] train models/m began on cpu-0
            [00:00:00   0%] models/m on cpu-0, step 1/300, loss 4.500
            [00:00:10   7%] models/m on cpu-0, step 101/300, loss 3.250, 10 steps/s, 19s left
            [00:00:10   0%] train models/m waits for another attempt: its process ended with exit code 137
            [00:00:10   0%] train models/m goes on, attempt 2 on cpu-0
            [00:00:10  21%] train models/m done
            [00:00:10  43%] models: all 2 done
            [00:00:10  43%] corpus: all 1 ended, 1 of them failed
            [00:00:10  43%] searches/m/bracket_counting: dense products
            [00:00:10  43%] probe searches/m/bracket_counting/0000/probes/7 failed: out of memory
            [00:00:10  71%] searches/m/bracket_counting: round 1/2, best so far 34 edges, 12 nodes, loss 0.125
            [00:00:10  71%] device cpu-0 is lost: it did not start five times

            """, output.ToString());
    }

    [Fact]
    public void Json_has_an_object_per_line_and_at_most_one_of_progress_per_trial_and_second()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var view = new JsonRunView(new Terminal(output, TextWriter.Null, false), _time);
        view.OnNext(Changed(TrialPhase.Running));
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 4.5)));
        _time.Advance(0.5);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(2, 300, 4.5)));
        _time.Advance(0.5);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(3, 300, double.NaN)));
        view.OnNext(new DeviceChanged("cpu-0", DeviceStatus.Ready, null));
        Assert.Equal("""
            {"event":"trialChanged","trial":"models/m","kind":"train","phase":"running","attempt":1,"device":"cpu-0","reason":null}
            {"event":"trialProgressed","trial":"models/m","device":"cpu-0","progress":{"step":1,"steps":300,"loss":4.5,"note":null}}
            {"event":"trialProgressed","trial":"models/m","device":"cpu-0","progress":{"step":3,"steps":300,"loss":"NaN","note":null}}
            {"event":"deviceChanged","device":"cpu-0","status":"ready","reason":null}

            """, output.ToString());
    }

    [Fact]
    public async Task The_live_view_draws_until_it_is_disposed()
    {
        using var output = new StringWriter { NewLine = "\n" };
        await using (var view = new LiveRunView(new RunProgress(Estimate, _time), "s in runs/s", new Terminal(output, TextWriter.Null, true), TimeProvider.System))
        {
            view.OnNext(Changed(TrialPhase.Running));
            view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 4.5)));
            view.OnNext(new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, false, 0.15));
        }
        Assert.Contains("s in runs/s", output.ToString(), StringComparison.Ordinal);
    }
}
