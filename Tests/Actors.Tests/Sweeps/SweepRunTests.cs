using System.Text;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Sweeps;

/// <summary>The whole orchestrator, in virtual time.</summary>
public class SweepRunTests
{
    // Odd, so that both kinds of crash are met: before the write is stored, and after.
    private const int CrashStride = 17;

    private static readonly SweepSpec _spec = FakeResults.Spec;

    private static readonly Lazy<(string Model, int Writes)> _undisturbed = new(() =>
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, devices: 2);
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Empty(simulation.Errors);
        return (Simulation.Read(journal), simulation.Writes);
    });

    [Fact]
    public void A_sweep_trains_selects_evaluates_and_searches_to_its_end()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, devices: 3);

        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);

        var model = SweepReadModel.Load(journal);
        Assert.Equal(SweepStatus.Completed, model.Status);
        Assert.Empty(model.Failures);
        Assert.All(model.Models.SelectMany(m => m.Tasks), task =>
        {
            Assert.NotNull(task.Attribution);
            Assert.NotNull(task.Validation);
            Assert.Equal(_spec.TargetLosses, task.Curve!.Points.Select(p => p.Target));
            Assert.NotNull(task.Edges);
        });
        // Of attribution by its own bisection, and of the search's best circuit.
        Assert.Equal(
            model.Models.SelectMany(m => m.Tasks).Select(t => t.Search!.Best!.Outcome!.Circuit!.Circuit).ToHashSet(),
            simulation.Launcher.Requests.Select(r => r.Job).OfType<ValidateJob>().Select(j => j.Circuit).ToHashSet());
        Assert.Equal(
            model.Models.SelectMany(m => m.Tasks).Select(t => t.Search!.Best!.Outcome!.Circuit!.Circuit).ToHashSet(),
            simulation.Launcher.Requests.Select(r => r.Job).OfType<CurveJob>().Select(j => j.Circuit).ToHashSet());
        Assert.Equal(
            model.Models.SelectMany(m => m.Tasks).Select(t => t.Search!.Best!.Outcome!.Circuit!.Circuit).ToHashSet(),
            simulation.Launcher.Requests.Select(r => r.Job).OfType<PruneEdgesJob>().Select(j => j.Circuit).ToHashSet());
        Assert.Equal(4, model.Models.Count);
        Assert.All(model.Models, m => Assert.NotNull(m.Trained));
        foreach (var rates in model.Models.GroupBy(m => m.Plan.Group))
            Assert.Equal(rates.MinBy(m => m.Trained!.ValidationLoss), Assert.Single(rates, m => m.Selected));
        Assert.All(model.Models.Where(m => m.Selected).SelectMany(m => m.Tasks), t =>
        {
            Assert.NotNull(t.Evaluated);
            Assert.True(t.Search!.Completed);
            Assert.Equal(6, t.Search.Prunings.Count);
            Assert.All(t.Search.Prunings, p => Assert.NotNull(p.Outcome!.Circuit));
            Assert.Equal(t.Search.Prunings.Min(p => p.Outcome!.Objective), t.Search.Best!.Outcome!.Objective);
        });
        Assert.All(
            simulation.Launcher.Requests.Select(r => r.Job).OfType<TrainJob>(),
            j => Assert.Equal(FakeResults.Prepared.VocabSize, j.Model.VocabSize));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void The_number_of_devices_changes_nothing_that_a_report_shows(int devices)
    {
        var journal = new Disk();
        new Simulation(journal, _spec, devices).ToEnd();
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_crash_at_any_write_changes_nothing_that_a_report_shows()
    {
        var (expected, writes) = _undisturbed.Value;
        for (var at = 1; at <= writes; at += CrashStride)
        {
            var journal = new Disk();
            var first = new Simulation(journal, _spec, 2, crashAtWrite: at);
            Assert.Null(first.ToEnd());
            Assert.Empty(first.Errors);
            var second = new Simulation(journal, _spec, 2);
            Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
            Assert.Equal(expected, Simulation.Read(journal));
        }
    }

    [Fact]
    public void Crashes_in_a_row_never_stop_the_sweep_from_ending_with_the_same_report()
    {
        var journal = new Disk();
        var runs = 0;
        while (new Simulation(journal, _spec, 2, crashAtWrite: 25).ToEnd() is null)
            Assert.True(++runs < 200, "the sweep makes no progress");
        Assert.True(runs > 5);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void Dying_and_hanging_devices_cost_attempts_and_change_nothing_that_a_report_shows()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 3, (r, d) => r.Attempt > 1 ? Scripts.Smooth(r, d) : r.Job switch
        {
            TrainJob => [Scripts.Progress(r, 5), Scripts.Checkpoint(r, 5), Scripts.Dies(5)],
            PruneJob => [Scripts.Progress(r, 1)], // and never another word: the watchdog's business
            ProbeJob { K: > 10 } => [Scripts.Dies(0.5)],
            EvaluateJob => [Scripts.Fails(r, FailureKind.World, "disk full")],
            _ => Scripts.Smooth(r, d),
        });

        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
        Assert.True(simulation.Launcher.Kills > 0);
        Assert.All(
            simulation.Launcher.Requests.Where(r => r.Job is TrainJob && r.Attempt == 2),
            r => Assert.EndsWith("checkpoint-2", r.ResumeFrom!.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void No_attempt_is_ever_given_out_twice_not_even_at_a_probe_and_across_crashes()
    {
        var journal = new Disk();
        List<(string, int)> given = [];
        for (SweepOutcome? outcome = null; outcome is null;)
        {
            var simulation = new Simulation(
                journal, _spec, 2, (r, d) => r.Job is ProbeJob && r.Attempt == 1 ? [Scripts.Dies(0.5)] : Scripts.Smooth(r, d),
                crashAtWrite: 40);
            outcome = simulation.ToEnd();
            given.AddRange(simulation.Launcher.Requests.Select(r => (r.Trial, r.Attempt)));
        }
        Assert.Equal(given.Distinct(), given);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_silent_process_is_killed_and_its_job_goes_elsewhere()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2, (r, d) => d.Name == "cpu-0" && r.Attempt == 1 ? [] : Scripts.Smooth(r, d));
        simulation.Launcher.Beats = d => d.Name != "cpu-0";
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Contains(
            simulation.Progress.OfType<DeviceChanged>(), d => d.Reason?.Contains("heartbeat_timeout", StringComparison.Ordinal) == true);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void An_old_checkpoint_is_deleted_only_when_two_newer_ones_are_stored_whatever_crashes()
    {
        for (var at = 1; ; at += CrashStride)
        {
            var journal = new Disk();
            HashSet<string> deleted = [];
            List<string> missed = [];
            IEnumerable<Step> Train(RunRequest r)
            {
                if (r.ResumeFrom is { } resumed && deleted.Contains(resumed.Path)) missed.Add(resumed.Path);
                return [.. Enumerable.Range(r.Attempt * 10, 5).Select(step => Scripts.Checkpoint(r, 5, step)), r.Attempt == 1
                    ? Scripts.Dies(1)
                    : Scripts.Result(r, 1)];
            }
            Simulation Start(int? crashAtWrite) =>
                new(journal, _spec, 2, (r, d) => r.Job is TrainJob ? Train(r) : Scripts.Smooth(r, d), crashAtWrite)
                {
                    Delete = path =>
                    {
                        deleted.Add(path);
                        if (path.EndsWith("/checkpoints", StringComparison.Ordinal)) return;
                        var trial = new TrialId(path[..path.LastIndexOf('/')]);
                        var stream = SweepJournal.Trial(trial);
                        string[] stored = [.. journal.ReadAll().Where(
                            e => e.Entity == stream && e.Event.Name == "checkpoint-reached").Select(
                                e => Encoding.UTF8.GetString(e.Event.Payload.Span))];
                        Assert.True(
                            Array.FindIndex(stored, s => s.Contains($"\"{path}\"", StringComparison.Ordinal)) < stored.Length - 2,
                            $"{path} of {string.Join(' ', stored)}");
                    },
                };
            var crashed = Start(at).ToEnd() is null;
            if (crashed)
            {
                var again = Start(null);
                again.ToEnd();
                Assert.Empty(again.Errors);
            }
            Assert.Empty(missed);
            if (crashed) continue;
            Assert.Superset(
                new HashSet<string>(["models/d32n1-l0.5-r0-lr0.01/checkpoint-12", "models/d32n1-l0.5-r0-lr0.01/checkpoint-22"]), deleted);
            break;
        }
    }

    [Fact]
    public void A_model_that_fails_by_its_own_fault_is_left_out_and_listed()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2, (r, d) =>
            r.Job is TrainJob { Training.PeakLr: 0.01 }
                ? [Scripts.Fails(r, FailureKind.Work, "the loss diverged at step 3")]
                : Scripts.Smooth(r, d));

        var outcome = simulation.ToEnd()!;

        Assert.Equal(SweepEnd.Completed, outcome.End);
        Assert.Equal(["models/d32n1-l0.5-r0-lr0.01", "models/d32n1-l0.125-r0-lr0.01"], outcome.Failures.Select(f => f.Subject));
        var model = SweepReadModel.Load(journal);
        Assert.All(model.Models.Where(m => m.Selected), m => Assert.Equal(0.003, m.Plan.Training.PeakLr));
        Assert.Equal(2, model.Models.Count(m => m.Selected));
        Assert.All(model.Models.Where(m => m.Failure is not null), m => Assert.Contains("diverged", m.Failure, StringComparison.Ordinal));
    }

    [Fact]
    public void A_pruning_that_fails_by_its_own_fault_is_told_to_the_search_as_a_failure()
    {
        var journal = new Disk();
        new Simulation(journal, _spec, 2, (r, d) =>
            r.Job is PruneJob && r.Trial.EndsWith("0001", StringComparison.Ordinal) ? [Scripts.Fails(
                r, FailureKind.Work, "NaN")] : Scripts.Smooth(r, d)).ToEnd();
        var search = SweepReadModel.Load(journal).Models.First(m => m.Selected).Tasks[0].Search!;
        Assert.True(search.Completed);
        Assert.Equal("NaN", search.Prunings[1].Outcome!.Failure);
        Assert.Null(search.Prunings[1].Outcome!.Objective);
    }

    [Fact]
    public void A_task_that_the_tokenizer_cannot_express_gets_no_search()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2, (r, d) =>
            r.Job is EvaluateJob { Task: "bracket_counting" }
                ? [Scripts.Fails(r, FailureKind.Work, "both completions begin with the same token")]
                : Scripts.Smooth(r, d));
        var outcome = simulation.ToEnd()!;
        Assert.Equal(SweepEnd.Completed, outcome.End);
        Assert.Equal(2, outcome.Failures.Count);
        Assert.DoesNotContain(simulation.Launcher.Requests, r => r.Job is PruneJob { Task: "bracket_counting" });
    }

    [Fact]
    public void A_world_that_keeps_failing_stops_the_run_and_another_run_goes_on()
    {
        var journal = new Disk();
        var broken = new Simulation(
            journal, _spec, 2,
            (r, d) => r.Job is TrainJob ? [Scripts.Fails(r, FailureKind.World, "no space left on device")] : Scripts.Smooth(r, d));
        var outcome = broken.ToEnd()!;
        Assert.Equal(SweepEnd.Failed, outcome.End);
        Assert.Contains("no space left on device", outcome.Error, StringComparison.Ordinal);

        Assert.Equal(SweepEnd.Completed, new Simulation(journal, _spec, 2).ToEnd()!.End);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void Without_any_device_the_run_fails_with_the_reason_instead_of_waiting()
    {
        var simulation = new Simulation(new Disk(), _spec, 2);
        simulation.Launcher.Starts = _ => false;
        var outcome = simulation.ToEnd()!;
        Assert.Equal(SweepEnd.Failed, outcome.End);
        Assert.Contains("no such program", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2 * new NodeOptions().MaxFailedStarts, simulation.Launcher.Launches);
    }

    [Fact]
    public void One_lost_device_of_two_does_not_stop_the_sweep()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2);
        simulation.Launcher.Starts = d => d.Name != "cpu-1";
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void A_stop_stores_the_last_checkpoints_and_the_next_run_resumes_from_them()
    {
        var journal = new Disk();
        var first = new Simulation(journal, _spec, 2);
        first.ToEnd(() => first.Launcher.Requests.Count(r => r.Job is TrainJob) == 2);
        first.Run.Stop();
        first.ShutDown();
        Assert.Equal(SweepEnd.Stopped, first.Outcome!.End);
        Assert.Equal(0, first.Launcher.Kills);

        var second = new Simulation(journal, _spec, 2);
        Assert.Equal(SweepEnd.Completed, second.ToEnd()!.End);
        var resumed = second.Launcher.Requests.Where(r => r.Job is TrainJob && r.ResumeFrom is not null).ToList();
        Assert.Equal(2, resumed.Count);
        Assert.All(resumed, r => Assert.EndsWith("checkpoint-3", r.ResumeFrom!.Path, StringComparison.Ordinal));
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Fact]
    public void Checkpoints_are_deleted_once_the_result_is_stored_and_no_crash_leaves_them_behind()
    {
        var all = SweepPlan.Of(_spec).Models.Select(m => $"{m.Trial}/checkpoints").ToHashSet();
        for (var at = 1; ; at += CrashStride)
        {
            var journal = new Disk();
            HashSet<string> deleted = [];
            Simulation Start(int? crashAtWrite)
            {
                var simulation = new Simulation(journal, _spec, 2, crashAtWrite: crashAtWrite);
                simulation.Delete = folder =>
                {
                    var trial = new TrialId(folder[..folder.LastIndexOf('/')]);
                    Assert.Equal("trial-succeeded", journal.ReadAll().Last(e => e.Entity == SweepJournal.Trial(trial)).Event.Name);
                    deleted.Add(folder);
                };
                return simulation;
            }
            var crashed = Start(at).ToEnd() is null;
            if (crashed) Start(null).ToEnd();
            foreach (var search in SweepReadModel.Load(journal).Models.SelectMany(m => m.Tasks).Select(t => t.Search!))
                all.UnionWith(search.Prunings.Select(p => $"{search.Id.Pruning(p.Index)}/checkpoints"));
            foreach (var stage in new[] { SweepStage.Attribution, SweepStage.Edges })
                all.UnionWith(
                    SweepReadModel.Load(journal).Models.SelectMany(m => m.Tasks.Select(t => $"{m.Plan.Of(stage, t.Task)}/checkpoints")));
            Assert.Equal(all.Order(), deleted.Order());
            if (!crashed) break;
        }
    }

    [Fact]
    public void Checkpoints_of_a_failed_trial_stay_and_those_that_cannot_be_deleted_stop_nothing()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2, (r, d) =>
            r.Job is TrainJob { Training.PeakLr: 0.01 }
                ? [Scripts.Checkpoint(r, 1), Scripts.Fails(r, FailureKind.Work, "the loss diverged")]
                : Scripts.Smooth(r, d));
        List<string> asked = [];
        simulation.Delete = folder =>
        {
            asked.Add(folder);
            throw new UnauthorizedAccessException("read-only");
        };
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Contains("models/d32n1-l0.5-r0-lr0.003/checkpoints", asked);
        Assert.DoesNotContain("models/d32n1-l0.5-r0-lr0.01/checkpoints", asked);
    }

    [Fact]
    public void A_job_alone_has_all_cores_and_jobs_that_fill_the_devices_one_each()
    {
        var simulation = new Simulation(new Disk(), _spec, devices: 3);
        simulation.ToEnd();
        var threads = simulation.Launcher.Requests.Zip(
            simulation.Launcher.Threads, (request, threads) => (request.Job, threads)).ToLookup(r => r.Job.GetType(), r => r.threads);
        Assert.Equal([3], threads[typeof(PrepareJob)]);
        Assert.Contains(1, threads[typeof(PruneJob)]);
        Assert.All(simulation.Launcher.Threads, n => Assert.InRange(n, 1, 3));
    }

    [Fact]
    public void A_paused_sweep_hands_out_nothing_and_goes_on_when_resumed()
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2);
        simulation.ToEnd(() => simulation.Launcher.Requests.Count > 10);
        simulation.Run.Command(new PauseSweep());
        simulation.Advance(TimeSpan.FromMinutes(10));
        var before = simulation.Launcher.Requests.Count;
        simulation.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(before, simulation.Launcher.Requests.Count);

        simulation.Run.Command(new ResumeSweep());
        Assert.Equal(SweepEnd.Completed, simulation.ToEnd()!.End);
        Assert.Equal(_undisturbed.Value.Model, Simulation.Read(journal));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void A_cancelled_sweep_ends_and_stays_cancelled(int afterRequests)
    {
        var journal = new Disk();
        var simulation = new Simulation(journal, _spec, 2);
        simulation.ToEnd(() => simulation.Launcher.Requests.Count >= afterRequests);
        simulation.Run.Command(new CancelSweep());
        Assert.Equal(SweepEnd.Cancelled, simulation.ToEnd()!.End);
        Assert.Equal(SweepStatus.Cancelled, SweepReadModel.Load(journal).Status);

        var again = new Simulation(journal, _spec, 2);
        Assert.Equal(SweepEnd.Cancelled, again.ToEnd()!.End);
        Assert.Empty(again.Launcher.Requests);
    }

    [Fact]
    public void Another_description_in_the_same_journal_is_refused()
    {
        var journal = new Disk();
        new Simulation(journal, _spec, 2, crashAtWrite: 10).ToEnd();
        var outcome = new Simulation(journal, _spec with { Seed = 8 }, 2).ToEnd()!;
        Assert.Equal(SweepEnd.Failed, outcome.End);
        Assert.Contains("another description", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Finished_work_is_not_done_again_after_a_restart()
    {
        var journal = new Disk();
        var first = new Simulation(journal, _spec, 2, crashAtWrite: _undisturbed.Value.Writes - 3);
        first.ToEnd();
        var second = new Simulation(journal, _spec, 2);
        second.ToEnd();
        Assert.DoesNotContain(second.Launcher.Requests, r => r.Job is PrepareJob or TrainJob or EvaluateJob);
        Assert.True(second.Launcher.Requests.Count < 5);
    }

    [Fact]
    public void A_trial_is_live_while_it_runs()
    {
        var simulation = new Simulation(new Disk(), _spec, 2);
        simulation.ToEnd();
        Assert.Contains(
            simulation.Progress.OfType<TrialProgressed>(),
            p => p.Trial == new TrialId("models/d32n1-l0.5-r0-lr0.01") && p.Progress.Loss == 2.5);
        Assert.Contains(
            simulation.Progress.OfType<SearchProgressed>(), p => p is { RoundsClosed: 2, Rounds: 2, Best: not null, Circuit: not null });
        Assert.Contains(simulation.Progress.OfType<StageProgressed>(), p => p is { Stage: SweepStage.Search, Done: 4, Total: 4 });
        Assert.DoesNotContain(simulation.Progress, p => p is LateMessageRefused);
    }
}
