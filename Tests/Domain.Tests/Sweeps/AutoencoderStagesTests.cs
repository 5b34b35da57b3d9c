namespace Sweeps.Domain.Tests.Sweeps;

public class AutoencoderStagesTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec with
    {
        Grid = FakeResults.Spec.Grid with { L0 = [0.5], PeakLr = [0.01] },
        Tasks = [],
        Autoencoders = new AutoencoderGridOptions
        {
            Locations = ["0.resid_mid", "final_resid"],
            Kinds = [AutoencoderKind.Topk, AutoencoderKind.L1],
            Ratio = [1, 2.5],
            K = [4, 8],
            Alpha = [1e-3],
            Seeds = [0, 7],
            Training = new AutoencoderOptions { K = 8, Tokens = 5000 },
        },
    };

    private static string Model => SweepPlan.Of(_spec).Models[0].Id.Value;

    [Fact]
    public void Every_combination_is_an_autoencoder_and_only_those_of_an_L1_kind_have_an_alpha()
    {
        var all = _spec.Autoencoders.All();
        Assert.Equal(2 * 2 * (2 + 1) * 2, all.Count);
        Assert.Equal(all.Count, all.Select(one => one.Name).Distinct().Count());
        Assert.Equal("0.resid_mid-topk-x1-k4-s0", all[0].Name);
        var l1 = all.First(one => one.Options.Kind == AutoencoderKind.L1);
        Assert.Equal("0.resid_mid-l1-x1-a0.001-s0", l1.Name);
        Assert.Equal((1e-3, 8, 5000L), (l1.Options.Alpha, l1.Options.K, l1.Options.Tokens));
        var last = all[^2];
        Assert.Equal("final_resid-l1-x2.5-a0.001-s0", last.Name);
        Assert.Equal((2.5, 0UL), (last.Options.Ratio, last.Options.Seed));
    }

    [Fact]
    public void A_list_that_is_empty_is_the_single_value_of_the_training()
    {
        var one = Assert.Single(new AutoencoderGridOptions
        {
            Locations = ["0.mlp.post_act"],
            Training = new AutoencoderOptions { Kind = AutoencoderKind.Jumprelu, K = 12, Ratio = 3, Seed = 5 },
        }.All());
        Assert.Equal("0.mlp.post_act-jumprelu-x3-k12-s5", one.Name);
        Assert.Equal(12, one.Options.TargetL0);
    }

    [Theory]
    [InlineData("ratio has 0: expected above 0 and at most 1024", 0.0, 4, "0.resid_mid")]
    [InlineData("k has 0: expected at least 1", 1.0, 0, "0.resid_mid")]
    [InlineData("locations has '0.nowhere'", 1.0, 4, "0.nowhere")]
    public void A_value_of_a_list_has_the_range_of_the_option_that_it_stands_for(string problem, double ratio, int k, string location)
    {
        var grid = new AutoencoderGridOptions { Ratio = [ratio], K = [k], Locations = [location] };
        Assert.StartsWith(problem, Assert.Single(grid.Validate()), StringComparison.Ordinal);
        var spec = FakeResults.Spec with { Autoencoders = grid };
        Assert.Contains(problem, Assert.Throws<ArgumentException>(() => SweepPlan.Of(spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_that_a_model_does_not_have_is_refused_with_the_list_that_names_it()
    {
        var spec = _spec with { Autoencoders = _spec.Autoencoders with { Locations = ["3.resid_in"] } };
        var (key, problem) = spec.AutoencoderProblems().First();
        Assert.Equal("autoencoders.locations", key);
        Assert.StartsWith("autoencoders.locations has 3.resid_in: the model has 1 layers", problem, StringComparison.Ordinal);
        var wide = _spec with { Autoencoders = _spec.Autoencoders with { K = [4, 1000] } };
        Assert.StartsWith(
            "autoencoders.k has 1000: expected at most the number of features", wide.AutoencoderProblems().First().Problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_autoencoders_of_a_sweep_see_the_same_data_and_all_dictionaries_are_scored_on_the_same_text()
    {
        var jobs = Run(_ => false).Jobs;
        Assert.Single(jobs.OfType<TrainAutoencoderJob>().Select(job => job.Seed).Distinct());
        Assert.Single(jobs.OfType<ScoreFeaturesJob>().Select(job => job.Seed).Distinct());
        Assert.Equal(jobs.Count, jobs.Select(job => job.Output).Distinct().Count());
    }

    [Fact]
    public void A_location_is_compared_when_all_its_autoencoders_have_ended_with_those_that_did_not_fail()
    {
        var failed = $"autoencoders/{Model}/0.resid_mid-topk-x1-k4-s0";
        var (state, jobs) = Run(trial => trial == failed);
        Assert.Equal(SweepStatus.Completed, state.Status);
        var compared = jobs.OfType<EvaluateDictionariesJob>().Single(job => job.Location == "0.resid_mid");
        Assert.Equal(11, compared.Autoencoders.Count);
        Assert.DoesNotContain(compared.Autoencoders, one => one.Name == "0.resid_mid-topk-x1-k4-s0");
        Assert.Equal([4, 8], compared.ActiveFeatures);
        Assert.Equal(2.5, compared.RandomRatio);
        // Nothing is scored of what there is not.
        Assert.Equal(23 + (2 * 5), jobs.OfType<ScoreFeaturesJob>().Count());
        Assert.Equal([8], jobs.OfType<ScoreFeaturesJob>().Select(job => job.ActiveFeatures).OfType<int>().Distinct());
    }

    [Fact]
    public void Where_all_are_of_an_L1_kind_baselines_have_the_numbers_of_features_that_these_came_to()
    {
        var spec = _spec with { Autoencoders = _spec.Autoencoders with { Kinds = [AutoencoderKind.L1Tied] } };
        var compared = Run(_ => false, spec).Jobs.OfType<EvaluateDictionariesJob>().First();
        Assert.Equal([8], compared.ActiveFeatures);
    }

    [Fact]
    public void What_was_made_of_an_autoencoder_that_had_failed_is_made_again_with_it()
    {
        var failed = new TrialId($"autoencoders/{Model}/final_resid-topk-x1-k4-s0");
        var (state, _) = Run(trial => trial == failed.Value);
        var reopened = Given.Accepts(SweepState.Decide(state, new RetryTrials([failed]))).Aggregate(state, SweepState.Apply);
        Assert.Equal([failed], reopened.OpenTrials().Select(open => open.Trial));
        var (again, jobs) = Finish(reopened, _ => false);
        Assert.Equal(12, jobs.OfType<EvaluateDictionariesJob>().Single().Autoencoders.Count);
        // The autoencoder's own features, and those of the baselines beside it.
        Assert.Equal(1 + 5, jobs.OfType<ScoreFeaturesJob>().Count());
        Assert.Equal(SweepStatus.Completed, again.Status);
        Assert.Empty(again.Failures());
    }

    [Fact]
    public void The_snapshot_has_every_location_with_what_came_of_it()
    {
        var (state, _) = Run(trial => trial.EndsWith("final_resid-pca", StringComparison.Ordinal));
        var model = state.Selected().Single();
        var at = DictionariesSnapshot.Of(state, model);
        Assert.Equal(["0.resid_mid", "final_resid"], at.Select(one => one.Location));
        Assert.All(at, one => Assert.Equal((12, 5), (one.Autoencoders.Count, one.Baselines.Count)));
        Assert.All(at.SelectMany(one => one.Autoencoders), one => Assert.True(one.Trained is not null && one.Scores is not null));
        Assert.Equal(["final_resid-pca"], at.SelectMany(one => one.Baselines).Where(one => one.Scores is null).Select(one => one.Name));
    }

    [Fact]
    public void An_autoencoder_that_was_stopped_early_is_listed_with_its_measures_and_is_compared_and_scored_no_more()
    {
        const string Name = "0.resid_mid-topk-x1-k4-s0";
        var stop = new AutoencoderStop(3, 0.95, 0.2, 0.9, null);
        var (state, jobs) = Finish(
            Begun(_spec), _ => false, (trial, result) => trial.Value == $"autoencoders/{Model}/{Name}"
                ? (TrainAutoencoderResult)result with { Stopped = stop }
                : result);
        Assert.Equal(SweepStatus.Completed, state.Status);
        Assert.Empty(state.Failures());
        var compared = jobs.OfType<EvaluateDictionariesJob>().Single(job => job.Location == "0.resid_mid");
        Assert.Equal(11, compared.Autoencoders.Count);
        Assert.DoesNotContain(compared.Autoencoders, one => one.Name == Name);
        Assert.Equal(23 + (2 * 5), jobs.OfType<ScoreFeaturesJob>().Count());
        var listed = DictionariesSnapshot.Of(state, state.Selected().Single())[0].Autoencoders[0];
        Assert.Equal((Name, stop, null, null), (listed.Name, listed.Trained!.Stopped, listed.Failure, listed.Scores));
    }

    private static readonly SweepSpec _compared = _spec with
    {
        Grid = _spec.Grid with { L0 = [1, 0.5] },
        Tasks = ["bracket_counting"],
        Autoencoders = new AutoencoderGridOptions
        {
            Locations = ["0.attn.act_in", "0.mlp.resid_delta", "final_resid"],
            K = [4, 8],
            Training = new AutoencoderOptions { Tokens = 5000 },
            Circuits = new BasisComparisonOptions { Prunings = 3 },
        },
    };

    [Fact]
    public void Every_basis_of_a_task_has_the_same_prunings_with_the_same_seeds()
    {
        var (state, jobs) = Run(_ => false, _compared);
        // The sparse model has AbsTopK, and channels alone.
        var prunings = jobs.OfType<PruneJob>().Where(job => job.Basis is not null).ToList();
        Assert.Equal((3 + 1) * 3, prunings.Count);
        Assert.Equal([4, 4, 4], prunings.CountBy(job => job.Hyperparameters).Select(one => one.Value));
        Assert.Equal(3, prunings.Select(job => job.Seed).Distinct().Count());
        Assert.Contains(prunings, job => job.Hyperparameters == _compared.Search.Center);
        Assert.Single(prunings.Select(job => job.Basis!.Seed).Distinct());
        var circuits = jobs.OfType<BasisCircuitJob>().ToList();
        Assert.Equal(3 + 1, circuits.Count);
        Assert.All(circuits, job => Assert.Equal(3, job.Prunings.Count));
        Assert.Equal(
            [(0, ReconstructionError.Keep), (0, ReconstructionError.Keep), (2, ReconstructionError.Keep), (2, ReconstructionError.Mean)],
            circuits.Select(job => (job.Basis!.Dictionaries.Count, job.Basis.Error)).Order());
        foreach (var model in state.Selected())
        {
            Assert.Equal(
                model.Config.ActivationFraction == 1 ? ["channels", "features-keep", "features-mean"] : ["channels"],
                BasisSnapshot.Of(state, model, "bracket_counting").Select(one => one.Basis));
        }
    }

    [Theory]
    [InlineData(100, "k4")]
    [InlineData(1e-9, null)]
    public void Of_a_location_the_sparsest_autoencoder_that_explains_enough_is_taken_or_the_one_that_explains_most(
        double maxFvu, string? expected)
    {
        var spec = _compared with
        {
            Autoencoders = _compared.Autoencoders with { Circuits = new BasisComparisonOptions { Prunings = 1, MaxFvu = maxFvu } },
        };
        var (state, jobs) = Run(_ => false, spec);
        var basis = jobs.OfType<BasisCircuitJob>().First(job => job.Basis!.Dictionaries.Count > 0).Basis!;
        foreach (var (taken, location) in basis.Dictionaries.Zip((string[])["0.attn.act_in", "0.mlp.resid_delta"]))
        {
            var model = state.Selected().Single(one => one.Config.ActivationFraction == 1);
            var best = spec.Autoencoders.All().Where(one => one.Options.Location == location).MinBy(
                one => ((TrainAutoencoderResult)state.Trials[model.Of(SweepStage.Autoencoders, one.Name)].Result!).Metrics.Fvu)!;
            Assert.Equal(expected is null ? best.Name : $"{location}-topk-x4-{expected}-s0", taken.Name);
        }
    }

    [Fact]
    public void A_basis_of_a_location_without_autoencoders_has_no_circuits_and_the_others_have()
    {
        var (state, jobs) = Run(
            trial => trial.Split('/') is ["autoencoders", _, var name] && name.StartsWith("0.attn.act_in", StringComparison.Ordinal),
            _compared);
        Assert.Equal(2, jobs.OfType<BasisCircuitJob>().Count());
        Assert.All(jobs.OfType<BasisCircuitJob>(), job => Assert.Empty(job.Basis!.Dictionaries));
        Assert.Equal(4, state.Failures().Count);
    }

    [Fact]
    public void A_comparison_without_a_residual_read_or_write_is_refused()
    {
        var grid = _compared.Autoencoders with { Locations = ["final_resid"] };
        Assert.StartsWith(
            "circuits.prunings is 3, and locations has no residual", Assert.Single(grid.Validate()), StringComparison.Ordinal);
        Assert.Equal("prunings is -1: expected 0 (none) or more", Assert.Single(new BasisComparisonOptions { Prunings = -1 }.Validate()));
        Assert.StartsWith("max_fvu is 0", Assert.Single(new BasisComparisonOptions { MaxFvu = 0 }.Validate()), StringComparison.Ordinal);
    }

    private static (SweepState State, List<Job> Jobs) Run(Predicate<string> fails, SweepSpec? spec = null) =>
        Finish(Begun(spec ?? _spec), fails);

    private static SweepState Begun(SweepSpec spec) =>
        Given.Accepts(SweepState.Decide(SweepState.Initial, new SubmitSweep(spec))).Aggregate(SweepState.Initial, SweepState.Apply);

    private static (SweepState State, List<Job> Jobs) Finish(
        SweepState state, Predicate<string> fails, Func<TrialId, JobResult, JobResult>? with = null)
    {
        var jobs = new List<Job>();
        while (state.OpenTrials().FirstOrDefault() is (var trial, { } job))
        {
            jobs.Add(job);
            SweepCommand end = fails(trial.Value)
                ? new RecordTrialFailure(trial, "it failed", false)
                : new RecordTrialResult(trial, with is null ? FakeResults.Of(job) : with(trial, FakeResults.Of(job)));
            state = Given.Accepts(SweepState.Decide(state, end)).Aggregate(state, SweepState.Apply);
        }
        return (state, jobs);
    }
}
