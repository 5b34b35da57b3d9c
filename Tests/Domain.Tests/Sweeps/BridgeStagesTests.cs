namespace Sweeps.Domain.Tests.Sweeps;

public class BridgeStagesTests
{
    private const string Dense = "d32n1-l1-r0", Sparse = "d32n1-l0.125-r0", Bridged = "d32n1-l0.125-r0-bridged";

    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = FakeResults.Spec.Grid with { L0 = [1, 0.125], PeakLr = [0.01] },
        Attribution = false,
        TargetLosses = [],
        EdgePruning = false,
        Bridges = new BridgeGridOptions
        {
            Dense = Dense,
            Sparse = [Sparse],
            Training = new BridgeOptions { SitesPerStep = 2 },
            EvalTokens = 5000,
            Intervention = new BridgeInterventionOptions { Pairs = 5 },
        },
    };

    [Fact]
    public void A_bridged_model_is_one_of_its_own_that_differs_from_the_one_it_is_like_by_its_bridges_alone()
    {
        var plan = SweepPlan.Of(_spec);
        Assert.Equal([Dense, Sparse, Bridged], plan.Models.Select(model => model.Id.Value));
        var (like, bridged) = (plan.Models[1], plan.Models[2]);
        Assert.Equal((like.Config, like.Training, like.Seed), (bridged.Config, bridged.Training, bridged.Seed));
        Assert.Equal(new BridgedModel(Dense, Sparse), bridged.Bridged);
        Assert.Equal(Bridged, bridged.Group);
    }

    [Fact]
    public void Only_bridged_models_have_measurements_and_interventions_and_only_those_they_are_like_are_compared()
    {
        var plan = SweepPlan.Of(_spec);
        int[] Trials(SweepStage stage) => [.. plan.Models.Select(model => SweepStages.Of(stage).TrialsOf(_spec, model))];
        var tasks = _spec.Tasks.Count;
        Assert.Equal([0, 0, 1], Trials(SweepStage.Bridges));
        Assert.Equal([0, 0, tasks], Trials(SweepStage.Interventions));
        Assert.Equal([0, tasks, 0], Trials(SweepStage.Ridges));
        Assert.Equal([tasks, tasks, tasks], Trials(SweepStage.Validate));
        Assert.Equal([0, 0, 0], Trials(SweepStage.Curve));
    }

    [Fact]
    public void It_is_trained_when_the_dense_model_is_and_goes_on_to_circuits_interventions_and_a_measurement()
    {
        var (state, jobs) = Run(_ => false);
        Assert.Equal(SweepStatus.Completed, state.Status);
        Assert.Equal([Dense, Sparse, Bridged], state.Selected().Select(model => model.Id.Value));
        var job = Assert.Single(jobs.OfType<TrainBridgeJob>());
        var dense = state.Trained(state.Plan!.Models[0])!;
        Assert.Equal((dense.Model, 2, "models/" + Bridged), (job.Dense, job.Bridges.SitesPerStep, job.Output));
        Assert.True(
            jobs.IndexOf(job) > jobs.FindIndex(one => one.Output == "models/" + Dense), "the dense model is trained before");

        var trained = (TrainBridgeResult)state.Trained(state.Plan.Models[2])!;
        var measure = Assert.Single(jobs.OfType<BridgeEvaluateJob>());
        Assert.Equal(
            ($"bridges/{Bridged}/metrics", trained.Dense, trained.Model, trained.Bridges, 5000),
            (measure.Output, measure.Dense, measure.Sparse, measure.Bridges, measure.EvalTokens));
        var interventions = jobs.OfType<BridgeInterveneJob>().Where(one => one.Bridges is not null).ToList();
        Assert.Equal(_spec.Tasks.Order(), interventions.Select(one => one.Task).Order());
        Assert.All(interventions, one =>
        {
            Assert.Equal((trained.Dense, trained.Bridges, trained.Model), (one.Dense, one.Bridges, one.Model));
            Assert.Equal($"interventions/{Bridged}/{one.Task}", one.Output);
            Assert.Equal(5, one.Intervention.Pairs);
        });
        // With the model that is trained alone, decoders are fitted.
        var like = state.Trained(state.Plan.Models[1])!;
        var ridges = jobs.OfType<BridgeInterveneJob>().Where(one => one.Bridges is null).ToList();
        Assert.Equal(_spec.Tasks.Select(task => $"ridges/{Sparse}/{task}").Order(), ridges.Select(one => one.Output).Order());
        Assert.All(ridges, one => Assert.Equal((dense.Model, like.Model), (one.Dense, one.Model)));
        var snapshot = BridgesSnapshot.Of(state, state.Plan.Models[2])!;
        Assert.All(snapshot.Interventions, one => Assert.NotNull(one.Ridge));
        Assert.Equal(trained, snapshot.Trained);
        Assert.NotNull(snapshot.Measured);
        Assert.Equal(_spec.Tasks, snapshot.Interventions.Select(one => one.Task));
        Assert.Null(BridgesSnapshot.Of(state, state.Plan.Models[1]));
    }

    [Fact]
    public void Where_the_dense_model_fails_nothing_is_bridged_and_where_it_is_tried_again_it_is()
    {
        var (state, jobs) = Run(trial => trial == "models/" + Dense);
        Assert.Equal(SweepStatus.Completed, state.Status);
        Assert.DoesNotContain(jobs, job => job is TrainBridgeJob or BridgeEvaluateJob or BridgeInterveneJob);
        var again = Given.Accepts(SweepState.Decide(state, new RetryTrials([new TrialId("models/" + Dense)])))
            .Aggregate(state, SweepState.Apply);
        var (after, more) = Finish(again, _ => false);
        Assert.Equal(SweepStatus.Completed, after.Status);
        Assert.Single(more.OfType<TrainBridgeJob>());
        Assert.Single(more.OfType<BridgeEvaluateJob>());
        // What waited for the dense model although its search had ended.
        Assert.Equal(2, more.OfType<BridgeInterveneJob>().Count(one => one.Bridges is null));
        Assert.DoesNotContain(more.OfType<EvaluateJob>(), job => job.Output.StartsWith($"models/{Sparse}/", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_regression_only_the_bridged_models_circuits_are_used()
    {
        var (state, jobs) = Run(_ => false, _spec with { Bridges = _spec.Bridges with { Regression = false } });
        Assert.All(jobs.OfType<BridgeInterveneJob>(), job => Assert.NotNull(job.Bridges));
        Assert.All(BridgesSnapshot.Of(state, state.Plan!.Models[2])!.Interventions, one => Assert.Null(one.Ridge));
    }

    [Fact]
    public void Bridges_may_be_added_to_a_sweep_that_has_ended()
    {
        var (state, _) = Run(_ => false, _spec with { Bridges = new BridgeGridOptions() });
        var grown = Given.Accepts(SweepState.Decide(state, new SubmitSweep(_spec))).Aggregate(state, SweepState.Apply);
        var (after, jobs) = Finish(grown, _ => false);
        Assert.Equal(SweepStatus.Completed, after.Status);
        Assert.Single(jobs.OfType<TrainBridgeJob>());
        Assert.DoesNotContain(jobs, job => job.GetType() == typeof(TrainJob));
        // Another way of training them is another sweep.
        var other = _spec with { Bridges = _spec.Bridges with { Training = new BridgeOptions() } };
        Assert.False(SpecGrowth.IsGrowth(_spec, other));
    }

    [Theory]
    [InlineData("d32n1-l1-r1", Sparse, "bridges.dense is \"d32n1-l1-r1\": expected a dense model of the sweep")]
    [InlineData(Dense, "d33", "bridges.sparse has \"d33\": expected a model of the grid: d32n1-l0.125-r0")]
    [InlineData(Dense, Dense, "bridges.sparse has \"d32n1-l1-r0\", which is the dense model")]
    [InlineData(Sparse, Sparse, "bridges.sparse has \"d32n1-l0.125-r0\", which is the dense model")]
    [InlineData(Sparse, Dense, "activation_fraction of the dense model is 0.25: expected 1")]
    public void Models_that_cannot_be_bridged_are_refused_with_those_that_can(string dense, string sparse, string message)
    {
        var spec = _spec with { Bridges = _spec.Bridges with { Dense = dense, Sparse = [sparse] } };
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => SweepPlan.Of(spec)).Message, StringComparison.Ordinal);
        Assert.Contains(SweepPlan.BridgeProblems(spec), problem => problem.Problem.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_dense_model_that_may_be_stopped_early_is_refused()
    {
        var spec = _spec with
        {
            Grid = _spec.Grid with { PeakLr = [0.01, 0.003] },
            EarlyStopping = new EarlyStoppingOptions { Trainings = TrainingStopping.Median },
            Bridges = _spec.Bridges with { Dense = Dense + "-lr0.01", Sparse = [Sparse + "-lr0.01"] },
        };
        var problem = Assert.Single(SweepPlan.BridgeProblems(spec));
        Assert.Contains("whose training may be stopped early", problem.Problem, StringComparison.Ordinal);
        Assert.Empty(SweepPlan.BridgeProblems(spec with { EarlyStopping = new EarlyStoppingOptions() }));
    }

    private static (SweepState State, List<Job> Jobs) Run(Predicate<string> fails, SweepSpec? spec = null) => Finish(
        Given.Accepts(SweepState.Decide(SweepState.Initial, new SubmitSweep(spec ?? _spec)))
            .Aggregate(SweepState.Initial, SweepState.Apply), fails);

    private static (SweepState State, List<Job> Jobs) Finish(SweepState state, Predicate<string> fails)
    {
        var jobs = new List<Job>();
        while (true)
        {
            SweepCommand end;
            if (state.OpenTrials().FirstOrDefault() is (var trial, { } job))
            {
                jobs.Add(job);
                end = fails(trial.Value)
                    ? new RecordTrialFailure(trial, "it failed", false)
                    : new RecordTrialResult(trial, FakeResults.Of(job));
            }
            else if (state.OpenSearches().FirstOrDefault() is { } search)
            {
                end = new RecordSearchResult(search.Id, 0, FakeResults.Circuit, null);
            }
            else
            {
                return (state, jobs);
            }
            state = Given.Accepts(SweepState.Decide(state, end)).Aggregate(state, SweepState.Apply);
        }
    }
}
