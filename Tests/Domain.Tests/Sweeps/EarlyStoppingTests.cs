using Sweeps.Domain.Audit;
using Sweeps.Search;

namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>Trainings that fall behind the others of their group, and are stopped.</summary>
public class EarlyStoppingTests
{
    private static readonly SweepSpec _asha = FakeResults.Spec with
    {
        Grid = new GridOptions { L0 = [0.5], DModel = [32], NLayer = [1], PeakLr = [0.03, 0.02, 0.01, 0.005, 0.003, 0.001] },
        Training = new TrainingOptions { Steps = 900, EvalEvery = 100 },
        EarlyStopping = new EarlyStoppingOptions { Trainings = TrainingStopping.Asha, FirstRung = 0.2, Reduction = 2 },
        Tasks = ["bracket_counting"],
        Attribution = false,
        TargetLosses = [],
        EdgePruning = false,
    };

    private static readonly TrialResultRecorded _prepared = new(SweepPlan.Preparation, FakeResults.Prepared);

    [Theory]
    [InlineData(0.25, 3, 4000, 500, new[] { 1000, 3000 })] // 0.25 and 0.75
    [InlineData(0.1, 3, 1000, 100, new[] { 100, 300, 900 })] // 0.1 · 3 is a little above 0.3
    [InlineData(0.01, 3, 4000, 500, new[] { 500, 1500, 3500 })] // 40, 120 and 360 are one, then 1080, 3240
    [InlineData(0.5, 1.2, 10, 1, new[] { 5, 6, 8, 9 })] // 5, 6, 7.2, 8.64
    [InlineData(0.25, 3, 4000, 4000, new int[0])]
    public void Rungs_are_the_evaluations_at_or_after_each_fraction_of_the_steps(
        double first, double reduction, int steps, int every, int[] expected)
    {
        var options = new EarlyStoppingOptions { FirstRung = first, Reduction = reduction };
        Assert.Equal(expected, options.Rungs(new TrainingOptions { Steps = steps, EvalEvery = every }));
    }

    [Fact]
    public void Asha_lets_the_best_fraction_of_those_up_to_a_training_go_on_and_always_one()
    {
        // By hand, of halves: 3 is alone; 4 is second of 2; 2 is first of 3; 2.5 second of 4, and two go on; 2.6 third of 5; 2.4 second
        // of 6.
        double[] losses = [3, 4, 2, 2.5, 2.6, 2.4];
        var stops = Stops(_asha, [.. losses.Select(loss => (double[])[loss])]);
        Assert.Equal(
            [
                new EarlyStop(TrainingStopping.Asha, 200, 4, 2, 2, 3), new EarlyStop(TrainingStopping.Asha, 200, 2.6, 3, 5, 2.5),
            ],
            stops.Select(stop => stop.Stop));
        Assert.Equal("stopped early at step 200: loss 2.600, place 3 of 5, not below 2.500", stops[1].Stop.ToString());
        // The first of equals goes on.
        Assert.Equal(["-lr0.02"], Stops(_asha, [[3], [3]]).Select(stop => stop.Trial.Value[^7..]));
    }

    [Fact]
    public void Median_stops_what_is_above_the_median_of_those_before_it_from_three_on()
    {
        var spec = _asha with { EarlyStopping = _asha.EarlyStopping with { Trainings = TrainingStopping.Median } };
        // Medians of those before: of 1, 9 and 5 it is 5; of 1, 9, 5 and 5 it is 5; of these and 6 it is 5.
        var stops = Stops(spec, [[1], [9], [5], [5], [6], [5.5]]);
        Assert.Equal(
            [
                new EarlyStop(TrainingStopping.Median, 200, 6, 4, 5, 5), new EarlyStop(TrainingStopping.Median, 200, 5.5, 4, 6, 5),
            ],
            stops.Select(stop => stop.Stop));
        Assert.Equal("stopped early at step 200: loss 6.000, place 4 of 5, above the median 5.000", stops[0].Stop.ToString());
    }

    [Fact]
    public void A_rung_has_those_that_came_to_it_also_what_is_stopped_there_and_none_that_was_stopped_before()
    {
        // Rungs are at 200, 400 and 800. The second is stopped at the first rung, and the third is first of two at the second.
        var stops = Stops(_asha, [[3, 2], [4], [2, 1.9], [1, 2.5]]);
        Assert.Equal(
            [new EarlyStop(TrainingStopping.Asha, 200, 4, 2, 2, 3), new EarlyStop(TrainingStopping.Asha, 400, 2.5, 3, 3, 1.9)],
            stops.Select(stop => stop.Stop));
    }

    [Theory]
    [InlineData(TrainingStopping.Asha)]
    [InlineData(TrainingStopping.Median)]
    public void The_part_of_its_steps_that_a_training_is_expected_to_run_is_that_of_random_losses(TrainingStopping rule)
    {
        const int Draws = 200;
        var spec = _asha with { EarlyStopping = _asha.EarlyStopping with { Trainings = rule } };
        var random = new KeyedRandom(3, "losses");
        var steps = 0.0;
        for (var draw = 0; draw < Draws; draw++)
        {
            double[][] losses = [.. spec.Grid.PeakLr.Select(
                rate => (double[])[random.NextDouble(), random.NextDouble(), random.NextDouble()])];
            var stops = Stops(spec, losses);
            steps += stops.Sum(stop => stop.Stop.Step) + ((losses.Length - stops.Count) * spec.Training.Steps);
        }
        var part = steps / (Draws * spec.Grid.PeakLr.Count * spec.Training.Steps);
        var expected = spec.EarlyStopping.ExpectedPart(spec.Training, spec.Grid.PeakLr.Count);
        Assert.InRange(part, expected - 0.03, expected + 0.03);
        Assert.InRange(expected, 0.3, 0.9);
        Assert.Equal(1, new EarlyStoppingOptions().ExpectedPart(spec.Training, 6));
    }

    [Fact]
    public void Every_order_in_which_evaluations_and_ends_become_known_stops_the_same_trainings_and_selects_the_same_model()
    {
        var random = new KeyedRandom(3, "orders");
        var (stopped, late, lost) = (0, 0, 0);
        for (var draw = 0; draw < 40; draw++)
        {
            var rule = draw % 2 == 0 ? TrainingStopping.Asha : TrainingStopping.Median;
            var spec = _asha with
            {
                EarlyStopping = _asha.EarlyStopping with { Trainings = rule, Reduction = 1.5 + random.NextDouble() },
            };
            var plan = SweepPlan.Of(spec);
            var words = plan.Models.Select(model => Words(model, plan.Rungs, random)).ToList();
            var expected = Play(spec, words, random: null);
            Assert.Equal(Outcome(expected), Outcome(Play(spec, words, new KeyedRandom(7, "same"))));
            for (var order = 0; order < 25; order++)
            {
                var played = Play(spec, words, random);
                Assert.Equal(Outcome(expected), Outcome(played));
                late += played.Late;
            }
            stopped += expected.State.Trials.Values.Count(verdict => verdict.Stopped is not null);
            lost += expected.State.Failures().Count;
        }
        // It has happened at all: stopped, stopped after its end, failed.
        Assert.True(stopped > 40 && late > 100 && lost > 5, $"{stopped} {late} {lost}");

        static string Outcome((SweepState State, int Late) of) => string.Join(
            '\n',
            of.State.Plan!.Models.Select(model => $"{model.Id} {of.State.Trials[model.Trial]}")
                .Concat(of.State.Selected().Select(model => model.Id.Value))
                .Concat(of.State.Open.Select(item => item.ToString()))
                .Append($"{of.State.Count(SweepStage.Train)} {of.State.Failed(SweepStage.Train)} {of.State.Count(SweepStage.Evaluate)}"));
    }

    [Fact]
    public void What_has_ended_and_is_found_to_have_fallen_behind_goes_no_further()
    {
        var spec = _asha with { Grid = _asha.Grid with { PeakLr = [0.03, 0.02] } };
        var (state, models) = (Begun(spec), SweepPlan.Of(spec).Models);
        // The better one in the end, but not at its first rung.
        state = Told(state, new RecordRung(models[1].Trial, 200, 3));
        state = Told(state, new RecordTrialResult(models[1].Trial, Trained(models[1], 1)));
        Assert.Equal([models[0].Trial], state.OpenTrials().Select(trial => trial.Trial));
        state = Told(state, new RecordRung(models[0].Trial, 200, 2));
        Assert.Equal(new EarlyStop(TrainingStopping.Asha, 200, 3, 2, 2, 2), state.Trials[models[1].Trial].Stopped);
        Assert.Null(state.Trained(models[1]));
        state = Told(state, new RecordTrialResult(models[0].Trial, Trained(models[0], 1.5)));
        Assert.Equal([models[0].Id], state.Selected().Select(model => model.Id));
        Assert.Empty(state.Failures());
        Assert.Equal(((2, 2), 0), (state.Count(SweepStage.Train), state.Failed(SweepStage.Train)));
        Assert.Equal([SweepStage.Evaluate], state.Open.Select(item => item.Stage));
    }

    [Fact]
    public void What_has_failed_and_is_found_to_have_fallen_behind_before_that_is_no_failure()
    {
        var spec = _asha with { Grid = _asha.Grid with { PeakLr = [0.03, 0.02] } };
        var (state, models) = (Begun(spec), SweepPlan.Of(spec).Models);
        state = Told(state, new RecordRung(models[1].Trial, 200, 3), new RecordTrialFailure(models[1].Trial, "it diverged"));
        Assert.Equal(1, state.Failed(SweepStage.Train));
        state = Told(state, new RecordRung(models[0].Trial, 200, 2));
        Assert.Equal((0, 0), (state.Failed(SweepStage.Train), state.Failures().Count));
        Given.Refuses("stopped early at step 200", SweepState.Decide(state, new RetryTrials([models[1].Trial])));
    }

    [Fact]
    public void A_failed_training_that_is_tried_again_is_compared_no_more()
    {
        var spec = _asha with { Grid = _asha.Grid with { PeakLr = [0.03, 0.02] } };
        var (state, models) = (Begun(spec), SweepPlan.Of(spec).Models);
        state = Told(state, new RecordTrialFailure(models[0].Trial, "cancelled"));
        state = Told(state, new RecordRung(models[1].Trial, 200, 3));
        state = Told(state, new RetryTrials([models[0].Trial]));
        Given.DoesNothing(SweepState.Decide(state, new RecordRung(models[0].Trial, 200, 2)));
        Assert.Null(state.Trials.GetValueOrDefault(models[1].Trial));
    }

    [Fact]
    public void A_loss_at_a_rung_counts_once_and_another_one_is_refused()
    {
        var (state, model) = (Begun(_asha), SweepPlan.Of(_asha).Models[1]);
        state = Told(state, new RecordRung(model.Trial, 200, 3));
        Given.DoesNothing(SweepState.Decide(state, new RecordRung(model.Trial, 200, 3)));
        Given.Refuses("at step 200 is 3, and not 3.5", SweepState.Decide(state, new RecordRung(model.Trial, 200, 3.5)));
        Given.Refuses("is not compared at step 300", SweepState.Decide(state, new RecordRung(model.Trial, 300, 3)));
        Given.Refuses("expected a finite number", SweepState.Decide(state, new RecordRung(model.Trial, 400, double.NaN)));
        Given.Refuses("is no trial of the sweep", SweepState.Decide(state, new RecordRung(new TrialId("models/none"), 200, 3)));
    }

    [Fact]
    public void A_search_over_the_training_learns_the_loss_at_which_a_training_was_stopped_and_only_once_that_is_settled()
    {
        var spec = _asha with
        {
            Grid = _asha.Grid with { PeakLr = [] },
            TrainingSearch = new TrainingSearchOptions { Rounds = 2, BatchSize = 2 },
        };
        var (state, models) = (Begun(spec), SweepPlan.Of(spec).Models);
        state = Told(state, new RecordRung(models[1].Trial, 200, 3), new RecordTrialResult(models[1].Trial, Trained(models[1], 1)));
        Assert.Empty(Search().Observations);
        state = Told(state, new RecordRung(models[0].Trial, 200, 2));
        Assert.Equal([new Observation(1, ObservationStatus.Success, 3, 1)], Search().Observations);
        state = Told(state, new RecordTrialResult(models[0].Trial, Trained(models[0], 1.5)));
        Assert.Equal(4, Search().Suggestions.Count);
        // Of the second round each is compared with the first round too: third and second of three.
        state = Told(state, new RecordRung(models[2].Trial, 200, 2.5));
        Assert.Equal(new EarlyStop(TrainingStopping.Asha, 200, 2.5, 2, 3, 2), state.Trials[models[2].Trial].Stopped);
        state = Told(state, new RecordRung(models[3].Trial, 200, 1.9), new RecordTrialResult(models[3].Trial, Trained(models[3], 1.8)));
        Assert.Equal([1.5, 3, 2.5, 1.8], Search().Observations.Select(observation => observation.Output!.Value));
        Assert.Equal([models[0].Id], state.Selected().Select(model => model.Id));

        SearchState Search() => state.TrainingSearches[models[0].Group].Search;
    }

    [Fact]
    public void More_rounds_of_a_search_stop_nothing_of_those_that_there_are()
    {
        var spec = _asha with
        {
            Grid = _asha.Grid with { PeakLr = [] },
            TrainingSearch = new TrainingSearchOptions { Rounds = 1, BatchSize = 2 },
        };
        var (state, models) = (Begun(spec), SweepPlan.Of(spec).Models);
        state = Told(
            state, new RecordRung(models[0].Trial, 200, 2), new RecordRung(models[1].Trial, 200, 3),
            new RecordTrialResult(models[0].Trial, Trained(models[0], 1.5)));
        var before = state.Trials;
        state = Told(state, new SubmitSweep(spec with { TrainingSearch = spec.TrainingSearch with { Rounds = 2 } }));
        var third = state.Plan!.Models[2];
        state = Told(state, new RecordRung(third.Trial, 200, 1));
        Assert.Equal(before.OrderBy(of => of.Key.Value), state.Trials.OrderBy(of => of.Key.Value));
    }

    [Fact]
    public void A_snapshot_holds_losses_and_what_was_stopped()
    {
        var searched = _asha with
        {
            Grid = _asha.Grid with { PeakLr = [] },
            TrainingSearch = new TrainingSearchOptions { Rounds = 2, BatchSize = 2 },
        };
        foreach (var spec in new[] { _asha, searched })
        {
            var (state, models) = (Begun(spec), SweepPlan.Of(spec).Models);
            state = Told(
                state, new RecordRung(models[1].Trial, 200, 3), new RecordTrialResult(models[1].Trial, Trained(models[1], 1)),
                new RecordRung(models[0].Trial, 200, 2), new RecordRung(models[0].Trial, 400, 1.9));
            var read = Given.Stored(SweepSnapshot.Of(state)).State();
            foreach (var of in new[] { state, read })
            {
                var after = Told(of, new RecordTrialResult(models[0].Trial, Trained(models[0], 1.5)));
                Assert.Equal(3, after.Trials[models[1].Trial].Stopped!.Loss);
                Assert.Equal(2, after.Evaluations[models[0].Trial].Count);
                Assert.Equal(spec == searched ? [2, 3] : [2, 3, 4, 5], after.Open.Select(item => item.Model));
                Assert.Equal(
                    spec == searched ? [1.5, 3] : [],
                    after.TrainingSearches.Values.SelectMany(s => s.Search.Observations).Select(o => o.Output!.Value));
            }
        }
    }

    [Theory]
    [InlineData(0, 3, "first_rung is 0: expected above 0 and below 1")]
    [InlineData(1, 3, "first_rung is 1: expected above 0 and below 1")]
    [InlineData(0.25, 1, "reduction is 1: expected above 1")]
    [InlineData(0.25, double.NaN, "reduction is NaN: expected above 1")]
    public void Values_out_of_range_are_refused(double first, double reduction, string problem) =>
        Assert.Equal([problem], new EarlyStoppingOptions { FirstRung = first, Reduction = reduction }.Validate());

    [Fact]
    public void A_sweep_in_which_nothing_can_be_compared_is_refused()
    {
        var alone = Assert.Throws<ArgumentException>(() => SweepPlan.Of(_asha with { Grid = _asha.Grid with { PeakLr = [0.01] } }));
        Assert.Contains("early_stopping.trainings is asha, and no model has another", alone.Message, StringComparison.Ordinal);
        var never = Assert.Throws<ArgumentException>(
            () => SweepPlan.Of(_asha with { Training = _asha.Training with { EvalEvery = 900 } }));
        Assert.Contains("no training is evaluated from step 180", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rule_of_a_sweep_that_was_begun_may_not_change_but_what_it_does_not_use()
    {
        var off = _asha with { EarlyStopping = new EarlyStoppingOptions() };
        Assert.False(SpecGrowth.IsGrowth(off, _asha));
        Assert.False(SpecGrowth.IsGrowth(_asha, off));
        Assert.False(SpecGrowth.IsGrowth(_asha, _asha with { EarlyStopping = _asha.EarlyStopping with { Reduction = 4 } }));
        Assert.True(SpecGrowth.IsGrowth(off, off with { EarlyStopping = new EarlyStoppingOptions { Reduction = 4 } }));
        Assert.True(SpecGrowth.IsGrowth(_asha, _asha with { Tasks = ["bracket_counting", "single_double_quote"] }));
        Assert.Contains("by the old value", SpecGrowth.WhyNot("early_stopping.reduction"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_that_stops_what_the_rule_does_not_is_contradicted()
    {
        var (state, models) = (Begun(_asha), SweepPlan.Of(_asha).Models);
        state = Told(state, new RecordRung(models[0].Trial, 200, 2));
        var behind = SweepState.Apply(state, new EvaluationRecorded(models[1].Trial, 200, 3));
        var stop = new TrainingStopped(models[1].Trial, new EarlyStop(TrainingStopping.Asha, 200, 3, 2, 2, 2));
        Assert.Null(SweepRules.Problem(behind, stop));
        Assert.Contains("goes on", SweepRules.Problem(state, stop), StringComparison.Ordinal);
        Assert.Contains(
            "place 2 of 2, not below 2.000",
            SweepRules.Problem(behind, stop with { Stop = stop.Stop with { Place = 3 } }), StringComparison.Ordinal);
        Assert.Contains(
            "counted a second time", SweepRules.Problem(behind, new EvaluationRecorded(models[1].Trial, 200, 3)), StringComparison.Ordinal);
        Assert.Contains(
            "not compared", SweepRules.Problem(behind, new EvaluationRecorded(models[1].Trial, 201, 3)), StringComparison.Ordinal);
        Assert.Contains(
            "no training", SweepRules.Problem(behind, stop with { Trial = SweepPlan.Preparation }), StringComparison.Ordinal);
    }

    /// <summary>What a device says of a training, in order: its losses, then its end.</summary>
    private static List<SweepCommand> Words(PlannedModel model, IReadOnlyList<int> rungs, KeyedRandom random)
    {
        // Few values, so that equal ones are met.
        var words = rungs.Select(rung => (SweepCommand)new RecordRung(model.Trial, rung, 1 + random.Next(8) / 4.0)).ToList();
        var fails = random.Next(5) == 0;
        // It fails somewhere on its way: the rungs beyond it never come to.
        if (fails) words = [.. words.Take(random.Next(words.Count + 1))];
        words.Add(fails
            ? new RecordTrialFailure(model.Trial, $"{model.Id} diverged")
            : new RecordTrialResult(model.Trial, Trained(model, random.NextDouble())));
        return words;
    }

    /// <summary>A sweep that hears each training in order and all of them mixed by chance; those that are open at that.</summary>
    private static (SweepState State, int Late) Play(SweepSpec spec, List<List<SweepCommand>> words, KeyedRandom? random)
    {
        var state = Begun(spec);
        var next = new int[words.Count];
        var late = 0;
        while (words.Index().Where(of => next[of.Index] < of.Item.Count).Select(of => of.Index).ToList() is { Count: > 0 } more)
        {
            var at = more[random?.Next(more.Count) ?? 0];
            var ended = state.Trials;
            state = Told(state, words[at][next[at]++]);
            late += ended.Count(trial => trial.Value.Stopped is null && state.Trials[trial.Key].Stopped is not null);
            // What is stopped says no more, unless it has not heard of that yet.
            if (state.Trials.GetValueOrDefault(state.Plan!.Models[at].Trial)?.Stopped is not null && random?.Next(2) != 0)
                next[at] = words[at].Count;
        }
        return (state, late);
    }

    /// <summary>The trainings that are stopped by their losses at the rungs, in the plan's order.</summary>
    private static List<TrainingStopped> Stops(SweepSpec spec, double[][] losses)
    {
        var (state, plan) = (Begun(spec), SweepPlan.Of(spec));
        var stopped = new List<TrainingStopped>();
        for (var rung = 0; rung < plan.Rungs.Length; rung++)
        {
            foreach (var (i, of) in losses.Index().Where(of => rung < of.Item.Length))
            {
                var events = SweepState.Decide(state, new RecordRung(plan.Models[i].Trial, plan.Rungs[rung], of[rung])).Events;
                stopped.AddRange(events.OfType<TrainingStopped>());
                state = Given.State(state, SweepState.Apply, events);
            }
        }
        return stopped;
    }

    private static TrainResult Trained(PlannedModel model, double loss) =>
        (TrainResult)FakeResults.Of(SweepPlan.Train(model, FakeResults.Prepared)) with { ValidationLoss = loss };

    private static SweepState Begun(SweepSpec spec) =>
        Given.State(Told(SweepState.Initial, new SubmitSweep(spec)), SweepState.Apply, [_prepared]);

    private static SweepState Told(SweepState state, params SweepCommand[] commands) => commands.Aggregate(
        state, (known, command) => Given.State(known, SweepState.Apply, SweepState.Decide(known, command).Events));
}
