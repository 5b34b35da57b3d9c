using System.Collections.Immutable;
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

    /// <summary>Two trainings that are guessed to take 300 seconds each, and eight prunings of 100.</summary>
    private static SweepWork Work => new(
        [new GroupWork("m", 2, Guess(300, 100))], [SweepStage.Prepare, SweepStage.Train, SweepStage.Search], Tasks: 1, Rounds: 2,
        BatchSize: 4)
    {
        GroupOfModel = ImmutableDictionary<ModelId, string>.Empty.Add(new ModelId("m"), "m").Add(new ModelId("m2"), "m"),
    };

    private static TrialChanged Changed(TrialPhase phase, int attempt = 1, string? reason = null) =>
        new(_train, "train", phase, attempt, phase == TrialPhase.Running ? "cpu-0" : null, reason);

    [Fact]
    public void Rate_and_time_left_are_those_of_the_attempt()
    {
        var progress = new RunProgress(Work, _time, []);
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
    public void The_whole_is_weighed_in_seconds_and_what_is_measured_corrects_what_was_guessed()
    {
        var progress = new RunProgress(Work, _time, []);
        Assert.Equal((0, null), (progress.Fraction, progress.TimeLeft));
        progress.Apply(new DeviceChanged("cpu-0", DeviceStatus.Ready, null));
        // A training takes 30 seconds where 300 were guessed: so will, about, the other one, and a pruning 10.
        progress.Apply(Changed(TrialPhase.Running));
        progress.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(0, 300, null)));
        _time.Advance(30);
        progress.Apply(Changed(TrialPhase.Succeeded));
        Assert.InRange(progress.TimeLeft!.Value.TotalSeconds, 110, 3 * 110);
        // The other one bears it out, and prunings take 20 seconds.
        var other = new TrialId("models/m2");
        progress.Apply(new TrialChanged(other, "train", TrialPhase.Running, 1, "cpu-0", null));
        _time.Advance(30);
        progress.Apply(new TrialChanged(other, "train", TrialPhase.Succeeded, 1, null, null));
        for (var i = 0; i < 4; i++) Prune(progress, i, 20);
        progress.Apply(new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, false, 0.15));
        Assert.InRange(progress.TimeLeft!.Value.TotalSeconds, 80, 1.3 * 80);
        Assert.InRange(progress.Fraction, 0.55, 0.7);
    }

    [Fact]
    public void What_is_done_never_falls_and_is_not_all_before_the_last_stage_has_ended()
    {
        var progress = new RunProgress(Work, _time, []);
        var done = 0.0;
        foreach (var message in Run())
        {
            _time.Advance(7);
            progress.Apply(message);
            Assert.InRange(progress.Fraction, done, 0.999);
            done = progress.Fraction;
        }
        progress.Apply(new StageProgressed(SweepStage.Search, 1, 1));
        Assert.Equal(1, progress.Fraction);
        Assert.Equal(TimeSpan.Zero, progress.TimeLeft);

        static IEnumerable<SweepProgress> Run()
        {
            yield return new StageProgressed(SweepStage.Prepare, 1, 1);
            yield return Changed(TrialPhase.Running);
            yield return new TrialProgressed(_train, "cpu-0", new JobProgress(150, 300, 2));
            yield return new TrialProgressed(_train, "cpu-0", new JobProgress(300, 300, 2));
            // What follows a training counts steps of its own, and an attempt that is lost begins anew.
            yield return new TrialProgressed(_train, "cpu-0", new JobProgress(1, 10, null));
            yield return Changed(TrialPhase.Waiting, reason: "its process ended");
            yield return Changed(TrialPhase.Running, attempt: 2);
            yield return new TrialProgressed(_train, "cpu-0", new JobProgress(200, 300, 2));
            yield return Changed(TrialPhase.Succeeded, attempt: 2);
            yield return new StageProgressed(SweepStage.Train, 2, 2);
            yield return new SearchProgressed(_search, 0, 2, 3, 1.5, _circuit, false, 0.15);
            yield return new SearchProgressed(_search, 2, 2, 8, 1.5, _circuit, true, 0.15);
        }
    }

    [Fact]
    public void What_earlier_runs_did_counts_with_the_time_that_it_took()
    {
        var start = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
        var past = new TrialHistory(_train, "train", TrialPhase.Succeeded, 1, "cpu-0", start, start, TimeSpan.FromSeconds(30), null);
        var progress = new RunProgress(Work, _time, [past]);
        progress.Apply(new StageProgressed(SweepStage.Train, 1, 2));
        Assert.InRange(progress.Fraction, 30.0 / (30 + (3 * 110)), 30.0 / (30 + 110));
    }

    [Fact]
    public void A_search_that_ended_early_has_no_work_left_and_says_so()
    {
        var ended = new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, true, 0.15);
        var progress = new RunProgress(Work, _time, []);
        progress.Apply(new StageProgressed(SweepStage.Prepare, 1, 1));
        progress.Apply(new StageProgressed(SweepStage.Train, 2, 2));
        progress.Apply(ended);
        progress.Apply(new StageProgressed(SweepStage.Search, 1, 1));
        Assert.Equal(1, progress.Fraction);
        Assert.Contains("round 1/2, ended early, best so far", RunText.Search(ended), StringComparison.Ordinal);
    }

    [Fact]
    public void Trainings_that_a_search_ends_without_are_no_work_left_and_rounds_wait_for_one_another()
    {
        RunProgress progress = Begun(Work with { TrainingBatch = 1 }), atOnce = Begun(Work);
        _time.Advance(10);
        foreach (var run in new[] { progress, atOnce }) run.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(30, 300, null)));
        // Eight devices do not make the second round begin before the first has ended: a training of 100 seconds or more follows.
        Assert.InRange((progress.TimeLeft - atOnce.TimeLeft)!.Value.TotalSeconds, 100, 300);
        var early = new StageProgressed(SweepStage.Train, 1, 1, Skipped: 1);
        Assert.Equal("models: all 1 done; 1 fewer than planned, since searches ended early", RunText.Ended(early));
        Assert.Equal("models 1/1", RunText.Count(early));
        progress.Apply(Changed(TrialPhase.Succeeded));
        progress.Apply(early);
        Assert.True(progress.IsComplete(early));
        progress.Apply(new SearchProgressed(_search, 2, 2, 8, 1.5, _circuit, true, 0.15));
        progress.Apply(new StageProgressed(SweepStage.Search, 1, 1));
        Assert.Equal((1, TimeSpan.Zero), (progress.Fraction, progress.TimeLeft));

        RunProgress Begun(SweepWork work)
        {
            var run = new RunProgress(work, _time, []);
            run.Apply(new StageProgressed(SweepStage.Prepare, 1, 1));
            for (var i = 0; i < 8; i++) run.Apply(new DeviceChanged($"cpu-{i}", DeviceStatus.Ready, null));
            run.Apply(Changed(TrialPhase.Running));
            run.Apply(new TrialProgressed(_train, "cpu-0", new JobProgress(0, 300, null)));
            return run;
        }
    }

    [Fact]
    public void Trainings_some_of_which_will_be_stopped_are_less_work_and_one_that_is_past_that_is_a_whole()
    {
        var all = new RunProgress(Work, _time, []);
        var some = new RunProgress(Work with { Groups = [Work.Groups[0] with { TrainedPart = 0.5 }] }, _time, []);
        var other = new TrialId("models/m2");
        Apply(new StageProgressed(SweepStage.Prepare, 1, 1), new DeviceChanged("cpu-0", DeviceStatus.Ready, null));
        Apply(Changed(TrialPhase.Running), new TrialProgressed(_train, "cpu-0", new JobProgress(0, 300, null)));
        _time.Advance(30);
        Apply(Changed(TrialPhase.Succeeded), new TrialChanged(other, "train", TrialPhase.Running, 1, "cpu-0", null));
        Apply(new TrialProgressed(other, "cpu-0", new JobProgress(0, 300, null)));
        // Half of a training, which takes 30 seconds or more by what is known.
        Assert.InRange(Less(), 15, 100);
        _time.Advance(20);
        Apply(new TrialProgressed(other, "cpu-0", new JobProgress(225, 300, null)));
        Assert.Equal(0, Less(), tolerance: 1e-6);

        double Less() => (all.TimeLeft - some.TimeLeft)!.Value.TotalSeconds;

        void Apply(params IReadOnlyList<SweepProgress> messages)
        {
            foreach (var message in messages)
            {
                all.Apply(message);
                some.Apply(message);
            }
        }
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
        var work = Work with { Tasks = 2 };
        var progress = new RunProgress(work, _time, []);
        var view = new LogRunView(progress, new Terminal(output, TextWriter.Null, false), _time);
        view.OnNext(new StageProgressed(SweepStage.Prepare, 1, 1));
        view.OnNext(new StageProgressed(SweepStage.Train, 2, 2));
        var searches = new StageProgressed(SweepStage.Search, 0, 1, Skipped: 1);
        view.OnNext(searches);
        Assert.Equal("searches 0/1 (1 task not learned)", RunText.Count(searches));
        view.OnNext(new StageProgressed(SweepStage.Search, 1, 1, Skipped: 1));
        Assert.Equal(1, progress.Fraction);
        var none = new StageProgressed(SweepStage.Search, 0, 0, Skipped: 2);
        Assert.Equal("searches: none; 2 tasks not learned, left out", RunText.Ended(none));
        Assert.EndsWith("searches: all 1 done; 1 task not learned, left out\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_has_a_line_for_what_matters_and_none_for_the_rest()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var view = new LogRunView(new RunProgress(Work, _time, []), new Terminal(output, TextWriter.Null, false), _time);
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
        var feature = new TrialId("autoencoders/m/topk");
        view.OnNext(new TrialChanged(feature, "autoencoder", TrialPhase.Running, 1, "cpu-0", null));
        view.OnNext(new TrialProgressed(feature, "cpu-0", new JobProgress(1, 500, 0.5)));
        _time.Advance(10);
        view.OnNext(new TrialProgressed(feature, "cpu-0", new JobProgress(101, 500, 0.25)));
        view.OnNext(new SearchProgressed(_search, 0, 2, 3, 1.5, _circuit, false, 0.15));
        view.OnNext(new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, false, 0.15));
        view.OnNext(new DeviceChanged("cpu-0", DeviceStatus.Lost, "it did not start five times"));
        Assert.StartsWith(
            "2026-01-31 12:00:00 [00:00:00   0%] train models/m began on cpu-0\n", output.ToString(), StringComparison.Ordinal);
        // Each line has the time, how long the run lasts, how much is done, and the time left.
        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Matches(@"^2026-01-31 12:00:\d\d \[00:00:\d\d  [ \d]\d%(, [\dms ]+ left)?\] ", line));
        Assert.Equal("""
            train models/m began on cpu-0
            models/m on cpu-0, step 1/300, loss 4.500
            models/m on cpu-0, step 101/300, loss 3.250, 10 steps/s, 19s left
            train models/m waits for another attempt: its process ended with exit code 137
            train models/m goes on, attempt 2 on cpu-0
            train models/m done
            models: all 2 done
            corpus: all 1 ended, 1 of them failed
            searches/m/bracket_counting: dense products
            probe searches/m/bracket_counting/0000/probes/7 failed: out of memory
            autoencoders/m/topk on cpu-0, step 101/500, loss 0.250, 10 steps/s, 39s left
            searches/m/bracket_counting: round 1/2, best so far 34 edges, 12 nodes, loss 0.125
            device cpu-0 is lost: it did not start five times
            """, string.Join('\n', lines.Select(line => line[(line.IndexOf(']', StringComparison.Ordinal) + 2)..])));
    }

    [Fact]
    public void Json_has_an_object_per_line_and_at_most_one_of_progress_per_trial_and_second()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var view = new JsonRunView(new RunProgress(Work, _time, []), new Terminal(output, TextWriter.Null, false), _time);
        view.OnNext(Changed(TrialPhase.Running));
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 4.5)));
        _time.Advance(0.5);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(2, 300, 4.5)));
        _time.Advance(0.5);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(3, 300, double.NaN)));
        view.OnNext(new DeviceChanged("cpu-0", DeviceStatus.Ready, null));
        Assert.Equal("""
            {"event":"runProgressed","time":"2026-01-31T12:00:00.0000000+00:00","fraction":0,"elapsedSeconds":0,"secondsLeft":null}
            {"event":"trialChanged","time":"2026-01-31T12:00:00.0000000+00:00","trial":"models/m","kind":"train","phase":"running","attempt":1,"device":"cpu-0","reason":null}
            {"event":"trialProgressed","time":"2026-01-31T12:00:00.0000000+00:00","trial":"models/m","device":"cpu-0","progress":{"step":1,"steps":300,"loss":4.5,"note":null}}
            {"event":"trialProgressed","time":"2026-01-31T12:00:01.0000000+00:00","trial":"models/m","device":"cpu-0","progress":{"step":3,"steps":300,"loss":"NaN","note":null}}
            {"event":"deviceChanged","time":"2026-01-31T12:00:01.0000000+00:00","device":"cpu-0","status":"ready","reason":null}

            """, output.ToString());
    }

    [Fact]
    public async Task The_live_view_draws_until_it_is_disposed()
    {
        using var output = new StringWriter { NewLine = "\n" };
        await using (var view = new LiveRunView(
            new RunWatch(new RunProgress(Work, _time, [])), "s in runs/s", new Terminal(output, TextWriter.Null, true),
            TimeProvider.System))
        {
            view.OnNext(Changed(TrialPhase.Running));
            view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 4.5)));
            view.OnNext(new SearchProgressed(_search, 1, 2, 4, 1.5, _circuit, false, 0.15));
        }
        Assert.Contains("s in runs/s", output.ToString(), StringComparison.Ordinal);
    }

    private static ImmutableDictionary<SweepStage, double> Guess(double train, double pruning) =>
        ImmutableDictionary<SweepStage, double>.Empty.Add(SweepStage.Train, train).Add(SweepStage.Search, pruning);

    private void Prune(RunProgress progress, int index, double seconds)
    {
        var pruning = new TrialId($"searches/m/bracket_counting/{index:0000}");
        var circuit = new TrialId($"{pruning}/circuit");
        progress.Apply(new TrialChanged(pruning, "prune", TrialPhase.Running, 1, "cpu-0", null));
        _time.Advance(seconds / 2);
        progress.Apply(new TrialChanged(pruning, "prune", TrialPhase.Succeeded, 1, null, null));
        progress.Apply(new TrialChanged(circuit, "circuit", TrialPhase.Running, 1, "cpu-0", null));
        _time.Advance(seconds / 2);
        progress.Apply(new TrialChanged(circuit, "circuit", TrialPhase.Succeeded, 1, null, null));
    }

    [Fact]
    public void Each_trial_has_a_log_of_its_own_and_a_pruning_one_with_its_probes()
    {
        var folder = Directory.CreateTempSubdirectory("logs").FullName;
        var logs = new TrialLogs(folder, _time);
        logs.OnNext(Changed(TrialPhase.Running));
        logs.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 4.5)));
        _time.Advance(5);
        logs.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(50, 300, 4)));
        logs.OnNext(Changed(TrialPhase.Failed, reason: "the loss is NaN"));
        var probe = new TrialId("searches/m/bracket_counting/0000/probes/7");
        logs.OnNext(new TrialChanged(probe, "probe", TrialPhase.Running, 1, "cpu-0", null));
        Assert.Equal(
            "2026-01-31 12:00:00.000 +00:00 train models/m, attempt 1: running on cpu-0\n"
                + "2026-01-31 12:00:00.000 +00:00 models/m on cpu-0: step 1/300, loss 4.500\n"
                + "2026-01-31 12:00:05.000 +00:00 train models/m, attempt 1: failed: the loss is NaN\n",
            File.ReadAllText(Path.Combine(folder, "logs/models/m.log")));
        Assert.Contains(
            $"probe {probe}, attempt 1: running", File.ReadAllText(Path.Combine(folder, "logs/searches/m/bracket_counting/0000.log")),
            StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void What_another_process_reads_of_a_run_is_what_it_draws_and_is_gone_when_the_run_is()
    {
        var folder = Directory.CreateTempSubdirectory("status").FullName;
        var view = new StatusFileView(new RunWatch(new RunProgress(Work, _time, [])), folder, _time);
        view.OnNext(Changed(TrialPhase.Running));
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(1, 300, 6)));
        _time.Advance(1);
        view.OnNext(new TrialProgressed(_train, "cpu-0", new JobProgress(60, 300, 4.5)));
        var status = RunStatus.Read(folder, _time)!;
        Assert.Equal((_train, 60), (status.Running.Single().Id, status.Running.Single().Progress!.Step));
        Assert.NotNull(status.TimeLeft);
        _time.Advance(31);
        Assert.Null(RunStatus.Read(folder, _time));
        Assert.True(view.DisposeAsync().AsTask().IsCompletedSuccessfully);
        Assert.Empty(Directory.GetFiles(folder));
        Directory.Delete(folder, recursive: true);
    }
}
