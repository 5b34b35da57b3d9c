using Sweeps.Search;
using System.Text;
using Sweeps.Domain.Audit;

namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>A sweep that searches the training of its models, in rounds, for each group.</summary>
public class TrainingSearchTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = new GridOptions { L0 = [0.5, 0.25], DModel = [32], NLayer = [1] },
        TrainingSearch = new TrainingSearchOptions
        {
            Rounds = 3,
            BatchSize = 2,
            Space = new Dictionary<string, ParameterOptions> { ["weight_decay"] = new(), ["epsilon"] = new() },
        },
        Tasks = ["bracket_counting"],
        Attribution = false,
        TargetLosses = [],
        EdgePruning = false,
    };

    private static readonly SweepPlan _plan = SweepPlan.Of(_spec);
    private static readonly TrialResultRecorded _prepared = new(SweepPlan.Preparation, FakeResults.Prepared);

    [Fact]
    public void A_group_has_a_model_for_each_suggestion_also_dense_ones_and_imported_models_are_left_alone()
    {
        Assert.Equal(
            ["d32n1-l0.5-r0-s00", "d32n1-l0.5-r0-s01", "d32n1-l0.5-r0-s02"], _plan.Models.Take(3).Select(model => model.Id.Value));
        Assert.Equal([6, 6], _plan.Groups.Select(group => group.Count));
        Assert.All(_plan.Groups, group => Assert.Single(group.DistinctBy(model => model.Group)));
        var more = SweepPlan.Of(_spec with
        {
            Grid = _spec.Grid with { DenseDModel = [16], PeakLr = [0.01] },
            Imported = new Dictionary<string, ImportedModel> { ["theirs"] = Imported.Model },
        });
        Assert.Equal([6, 6, 6, 1], more.Groups.Select(group => group.Count));
        Assert.Equal(0.01, more.Models[0].Training.PeakLr);
        Assert.Null(more.Models[^1].Suggestion);
        var rounds = SweepPlan.Of(_spec with { TrainingSearch = _spec.TrainingSearch with { Rounds = 60 } });
        Assert.Equal("d32n1-l0.5-r0-s119", rounds.Models[119].Id.Value);
        Assert.Equal(_plan.Models[6].Seed, rounds.Models[120].Seed);
    }

    [Fact]
    public void The_first_round_of_each_group_is_suggested_with_the_submission_and_begins_at_the_training()
    {
        var events = Given.Accepts(SweepState.Decide(SweepState.Initial, new SubmitSweep(_spec)));
        Assert.Equal(
            [typeof(SweepSubmitted), typeof(TrainingSearchStarted), typeof(TrainingsSuggested), typeof(TrainingSearchStarted),
                typeof(TrainingsSuggested)],
            events.Select(e => e.GetType()));
        var state = State(events);
        Assert.Equal([SweepPlan.Preparation], state.OpenTrials().Select(t => t.Trial));
        state = SweepState.Apply(state, _prepared);
        Assert.Equal([0, 1, 6, 7], state.Open.Select(item => item.Model));
        Assert.Equal((0, 12), state.Count(SweepStage.Train));
        var jobs = state.OpenTrials().Select(t => (TrainJob)t.Job).ToList();
        Assert.Equal(_plan.Models[0].Training, jobs[0].Training);
        Assert.Equal(_plan.Models[1].Training.Steps, jobs[1].Training.Steps);
        Assert.NotEqual(_plan.Models[1].Training.PeakLr, jobs[1].Training.PeakLr);
        Assert.NotEqual(_plan.Models[1].Training.WeightDecay, jobs[1].Training.WeightDecay);
        Assert.NotEqual(jobs[1].Training.PeakLr, jobs[3].Training.PeakLr);
        Assert.Equal(_plan.Models[1].Training.Beta1, jobs[1].Training.Beta1);
    }

    [Fact]
    public void A_submission_that_is_given_again_suggests_nothing_again() =>
        Given.DoesNothing(SweepState.Decide(Begun(_spec), new SubmitSweep(_spec with { })));

    [Fact]
    public void The_last_training_of_a_round_brings_the_next_and_after_the_last_round_the_best_goes_on()
    {
        var state = Begun(_spec);
        double[] losses = [3, 2.5, 2, 1.5, 2.1, 2.2];
        foreach (var (index, loss) in losses.Index())
        {
            Assert.DoesNotContain(state.Open, item => item.Stage == SweepStage.Evaluate);
            var events = Given.Accepts(SweepState.Decide(state, Trained(_plan.Models[index], loss)));
            var suggested = events.OfType<TrainingsSuggested>().ToList();
            Assert.Equal(index is 1 or 3 ? 1 : 0, suggested.Count);
            Assert.All(suggested, e => Assert.Equal((index + 1) / 2, e.Round));
            Assert.DoesNotContain(events.OfType<StageCompleted>(), e => e.Stage == SweepStage.Train);
            foreach (var e in events)
            {
                state = SweepState.Apply(state, Given.Stored(e));
                if (e is TrainingsSuggested)
                    Assert.Equal([index + 1, index + 2], state.OpenedBy(e).Select(item => item.Model));
                else if (index < 5 && e is TrialResultRecorded)
                    Assert.Empty(state.OpenedBy(e));
            }
        }
        Assert.Equal(["d32n1-l0.5-r0-s03"], state.Selected().Select(model => model.Id.Value));
        Assert.Contains(new WorkItem(SweepStage.Evaluate, 3), state.Open);
        Assert.Equal(StopReason.Rounds, state.TrainingSearches["d32n1-l0.5-r0"].Ended);
    }

    [Fact]
    public void Suggestions_learn_from_the_losses()
    {
        var (falling, rising) = (Last([9, 8, 1, 2]), Last([1, 2, 9, 8]));
        Assert.Equal(2, falling.Suggestions.Count);
        Assert.NotEqual(falling.Suggestions[1], rising.Suggestions[1]);

        static TrainingsSuggested Last(double[] losses)
        {
            var spec = _spec with { TrainingSearch = _spec.TrainingSearch with { Algorithm = "local" } };
            var (state, events) = (Begun(spec), Array.Empty<SweepEvent>());
            foreach (var (index, loss) in losses.Index())
                state = State(events = Given.Accepts(SweepState.Decide(state, Trained(_plan.Models[index], loss))), state);
            return events.OfType<TrainingsSuggested>().Single();
        }
    }

    [Fact]
    public void A_training_that_diverges_is_a_failed_observation_and_one_that_the_program_fails_is_forgotten()
    {
        var (a, b) = (_plan.Models[0].Trial, _plan.Models[1].Trial);
        var state = Told(Begun(_spec), new RecordTrialFailure(a, "it diverged"), new RecordTrialFailure(b, "a bug", ByTheProgram: true));
        var search = state.TrainingSearches["d32n1-l0.5-r0"].Search;
        Assert.Equal(new Observation(0, ObservationStatus.Failure, null, 1), Assert.Single(search.Observations));
        Assert.Equal([1], search.Forgotten);
        Assert.Equal(4, search.Suggestions.Count);
        Assert.Empty(state.Failures());
        Given.Refuses("what it has learned", SweepState.Decide(state, new RetryTrials([a])));
        Given.DoesNothing(SweepState.Decide(state, new RetryTrials([])));
        Assert.Equal(state.TrainingSearches, Given.Stored(SweepSnapshot.Of(state)).State().TrainingSearches);
    }

    [Fact]
    public void A_training_that_is_given_up_by_command_is_forgotten_and_the_next_round_comes()
    {
        var state = Told(Begun(_spec), Trained(_plan.Models[1], 2), new CancelPart(_plan.Models[0].Trial.Value));
        var search = state.TrainingSearches["d32n1-l0.5-r0"].Search;
        Assert.Equal((1, 4), (search.Observations.Count, search.Suggestions.Count));
        Assert.Equal([0], search.Forgotten);
        Assert.Equal(state.TrainingSearches, Given.Stored(SweepSnapshot.Of(state)).State().TrainingSearches);
    }

    [Fact]
    public void A_group_whose_trainings_all_fail_is_a_failure_of_the_sweep_and_the_others_go_on()
    {
        var state = Begun(_spec);
        for (var i = 0; i < 6; i++) state = Told(state, new RecordTrialFailure(_plan.Models[i].Trial, $"it diverged at {i}"));
        Assert.Equal(
            [new SweepFailure("models/d32n1-l0.5-r0", "every training of its search failed; the last: it diverged at 5")],
            state.Failures());
        Assert.Empty(state.Selected());
        Assert.Equal([6, 7], state.Open.Select(item => item.Model));
        Given.Refuses("only searches have failed, such as models/d32n1-l0.5-r0", SweepState.Decide(state, new RetryTrials([])));
    }

    [Fact]
    public void A_search_that_finds_nothing_better_ends_early_and_what_it_never_suggested_is_no_model_of_the_sweep()
    {
        var spec = _spec with { TrainingSearch = _spec.TrainingSearch with { StallRounds = 1 } };
        var state = Told(Begun(spec), [.. Enumerable.Range(0, 4).Select(i => Trained(_plan.Models[i], 2 + i))]);
        Assert.Equal(StopReason.Stalled, state.TrainingSearches["d32n1-l0.5-r0"].Ended);
        Assert.Equal([_plan.Models[0].Id], state.Selected().Select(model => model.Id));
        Assert.Equal((2, (4, 10)), (state.NeverSuggested(), state.Count(SweepStage.Train)));
        Assert.Equal([false, true], [state.IsNeverSuggested(_plan.Models[3]), state.IsNeverSuggested(_plan.Models[4])]);
        state = Told(state, [.. Enumerable.Range(6, 4).Select(i => Trained(_plan.Models[i], 2 + i))]);
        Assert.Contains(SweepStage.Train, state.Stages);
    }

    [Fact]
    public void A_whole_sweep_is_the_same_twice_contradicts_nothing_and_shows_each_model_with_its_training()
    {
        var (once, twice) = (WholeRun.Of(_spec), WholeRun.Of(_spec));
        Assert.Equal(once.Select(Json), twice.Select(Json));
        for (var count = 1; count <= once.Count; count += 3)
            Assert.Empty(JournalAudit.Of(new MemoryReader([.. once.Take(count)])).Findings);
        var read = SweepReadModel.Load(new MemoryReader(once));
        Assert.Equal((SweepStatus.Completed, 12), (read.Status, read.Models.Count));
        var trained = once.Select(e => e.Event).OfType<TrialQueued>().Where(e => e.Job is TrainJob)
            .ToDictionary(e => e.Id, e => ((TrainJob)e.Job).Training);
        foreach (var model in read.Models)
        {
            Assert.Equal(trained[model.Plan.Trial], model.Plan.Training);
            Assert.Equal(["peak_lr", "weight_decay", "epsilon"], model.Suggested!.Hyperparameters.Keys);
            Assert.Equal(model.Plan.Training.PeakLr, model.Suggested.Hyperparameters["peak_lr"]);
            Assert.Equal(model.Suggested.Index / 2, model.Suggested.Round);
        }
        foreach (var group in read.Models.GroupBy(model => model.Plan.Group))
            Assert.Equal(group.MinBy(model => model.Trained!.ValidationLoss), Assert.Single(group, model => model.Selected));
        Assert.Equal([3, 3], read.TrainingSearches.Select(search => search.RoundsClosed));
    }

    [Fact]
    public void A_round_that_comes_too_early_or_twice_and_a_training_that_was_not_suggested_are_found()
    {
        var events = WholeRun.Of(_spec);
        var round = events.First(e => e.Event is TrainingsSuggested);
        var trial = events.First(e => e.Event is TrialQueued { Job: TrainJob });
        var (suggested, queued) = ((TrainingsSuggested)round.Event, (TrialQueued)trial.Event);
        var training = ((TrainJob)queued.Job).Training;
        Finds("before the one before it has ended", Replace(round, round, round));
        Finds(
            "round 1 of d32n1-l0.5-r0 is suggested while 0 rounds are closed",
            Replace(round, round with { Event = suggested with { Round = 1 } }));
        Finds(
            "has 1 suggestions: expected 2",
            Replace(round, round with { Event = suggested with { Suggestions = [suggested.Suggestions[0]] } }));
        Finds("before their search began", [.. events.Where(e => e.Event is not TrainingSearchStarted)]);
        Finds("begins a second time", [.. events.SelectMany(e => e.Event is TrainingSearchStarted ? new[] { e, e } : [e])]);
        Finds(
            "trained otherwise than suggested",
            Replace(
                trial,
                trial with { Event = queued with { Job = (TrainJob)queued.Job with { Training = training with { PeakLr = 7 } } } }));

        List<PersistedEvent> Replace(PersistedEvent at, params PersistedEvent[] by) => [.. events.SelectMany(e => e == at ? by : [e])];

        static void Finds(string problem, IReadOnlyList<PersistedEvent> journal) => Assert.Contains(
            JournalAudit.Of(new MemoryReader(journal)).Findings,
            finding => finding.ToString().Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_search_cannot_begin_beside_a_list_of_learning_rates_nor_out_of_its_bounds()
    {
        Assert.Contains(
            "grid.peak_lr has 2 values", Refused(_spec with { Grid = _spec.Grid with { PeakLr = [0.1, 0.2] } }), StringComparison.Ordinal);
        Assert.Contains(
            "training.weight_decay is 0, where training_search begins: expected above 1E-05 and below 10",
            Refused(_spec with { Training = _spec.Training with { WeightDecay = 0 } }), StringComparison.Ordinal);
        Assert.Contains(
            "training_search.batch_size is 0", Refused(_spec with { TrainingSearch = _spec.TrainingSearch with { BatchSize = 0 } }),
            StringComparison.Ordinal);

        static string Refused(SweepSpec spec) => Assert.Throws<ArgumentException>(() => SweepPlan.Of(spec)).Message;
    }

    [Fact]
    public void Events_from_before_trainings_were_searched_can_be_read()
    {
        var failed = SweepJournal.Registry.Serialize(new TrialFailureRecorded(SweepPlan.Preparation, "x"));
        var old = Encoding.UTF8.GetString(failed.Payload.Span).Replace(",\"byTheProgram\":false", "", StringComparison.Ordinal);
        Assert.Equal(
            new TrialFailureRecorded(SweepPlan.Preparation, "x"),
            SweepJournal.Registry.Deserialize(failed with { Payload = Encoding.UTF8.GetBytes(old) }));
        Assert.DoesNotContain("byTheProgram", old, StringComparison.Ordinal);
        var submitted = SweepJournal.Registry.Serialize(new SweepSubmitted(FakeResults.Spec));
        var json = System.Text.Json.Nodes.JsonNode.Parse(submitted.Payload.Span)!;
        Assert.True(json["spec"]!.AsObject().Remove("trainingSearch"));
        var read = (SweepSubmitted)SweepJournal.Registry.Deserialize(
            submitted with { Payload = Encoding.UTF8.GetBytes(json.ToJsonString()) });
        Assert.True(SweepState.SameSpec(FakeResults.Spec, read.Spec));
    }

    private static SweepState Begun(SweepSpec spec)
    {
        var state = State(Given.Accepts(SweepState.Decide(SweepState.Initial, new SubmitSweep(spec))));
        return SweepState.Apply(state, _prepared);
    }

    private static SweepState State(IEnumerable<SweepEvent> events, SweepState? from = null) =>
        Given.State(from ?? SweepState.Initial, SweepState.Apply, events);

    private static SweepState Told(SweepState state, params SweepCommand[] commands) => commands.Aggregate(
        state, (told, command) => State(Given.Accepts(SweepState.Decide(told, command)), told));

    private static RecordTrialResult Trained(PlannedModel model, double loss) =>
        new(model.Trial, (TrainResult)FakeResults.Of(SweepPlan.Train(model, FakeResults.Prepared)) with { ValidationLoss = loss });

    private static string Json(PersistedEvent stored) =>
        Encoding.UTF8.GetString(SweepJournal.Registry.Serialize(stored.Event).Payload.Span);
}
