namespace Sweeps.Domain.Tests.Sweeps;

public class SweepPlanTests
{
    [Fact]
    public void An_algorithm_that_cannot_search_the_hyperparameters_of_a_pruning_is_refused_before_anything_begins()
    {
        Assert.Contains(
            "algorithm is uniform", Assert.Single(new SearchOptions { Algorithm = "uniform" }.Validate()), StringComparison.Ordinal);
        Assert.All(["carbs", "local", "halton", "random"], name => Assert.Empty(new SearchOptions { Algorithm = name }.Validate()));
    }

    private static readonly SweepSpec _spec = FakeResults.Spec;

    [Fact]
    public void The_grid_is_crossed_in_a_fixed_order_with_readable_ids()
    {
        var grid = new GridOptions { DModel = [64, 128], NLayer = [2], L0 = [1, 0.0625], PeakLr = [0.01, 0.00001], Replicas = [0, 3] };
        var ids = SweepPlan.Of(_spec with { Grid = grid }).Models.Select(m => m.Id.Value).ToList();
        Assert.Equal(16, ids.Distinct().Count());
        Assert.Equal(
            ["d64n2-l1-r0-lr0.01", "d64n2-l1-r0-lr1e-05", "d64n2-l1-r3-lr0.01", "d64n2-l1-r3-lr1e-05", "d64n2-l0.0625-r0-lr0.01"], ids.Take(
                5));
        Assert.Equal("d128n2-l0.0625-r3-lr1e-05", ids[^1]);
    }

    [Fact]
    public void Without_lists_there_is_one_model_and_no_learning_rate_in_its_id()
    {
        var model = Assert.Single(SweepPlan.Of(_spec with { Grid = new GridOptions(), Model = new() { DModel = 32, NLayer = 1 } }).Models);
        Assert.Equal("d32n1-l1-r0", model.Id.Value);
    }

    [Fact]
    public void Dense_widths_stand_behind_the_grid_once_for_each_depth_replica_and_learning_rate()
    {
        var grid = new GridOptions
        {
            DModel = [64],
            NLayer = [1, 2],
            L0 = [0.5, 0.25],
            PeakLr = [0.01, 0.003],
            Replicas = [0, 3],
            DenseDModel = [48, 64],
        };
        var plan = SweepPlan.Of(_spec with { Grid = grid });
        var dense = plan.Models.Skip(16).ToList();
        Assert.Equal(["d48n1-l1-r0-lr0.01", "d48n1-l1-r0-lr0.003", "d48n1-l1-r3-lr0.01"], dense.Take(3).Select(m => m.Id.Value));
        Assert.Equal((16, "d64n2-l1-r3-lr0.003"), (dense.Count, dense[^1].Id.Value));
        Assert.All(dense, m => Assert.Equal((1.0, $"d{m.Config.DModel}n"), (m.Training.L0, m.Id.Value[..4])));
        Assert.All(plan.Groups, group => Assert.Single(group.DistinctBy(m => m.Group)));
        // A dense model of the grid is the same one, wherever it stands.
        Assert.Equal(
            SweepPlan.Of(_spec with { Grid = grid with { L0 = [1], DenseDModel = [] } }).Models[0].Seed,
            dense.Single(m => m.Id.Value == "d64n1-l1-r0-lr0.01").Seed);
        var e = Assert.Throws<ArgumentException>(() => SweepPlan.Of(_spec with { Grid = grid with { L0 = [1, 0.5] } }));
        Assert.Contains("grid.dense_d_model has 64", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_reference_width_wider_models_have_about_as_many_nonzeros_and_those_of_the_authors_sizes_theirs()
    {
        // train.py: pfrac 1/4, expansion factor 4: matrices 1 in 64, embeddings 1 in 16.
        var grid = new GridOptions { DModel = [256, 1024], L0 = [0.25], L0ReferenceWidth = 256, DenseDModel = [512] };
        var models = SweepPlan.Of(_spec with { Grid = grid }).Models;
        Assert.Equal([(0.25, 0.25), (1.0 / 64, 1.0 / 16)], models.Take(2).Select(m => (m.Training.L0, m.Training.EmbeddingL0!.Value)));
        Assert.Equal(
            ("d1024n2-l0.25-r0", "d512n2-l1-r0"),
            (models[1].Id.Value.Replace("n8", "n2", StringComparison.Ordinal), models[2].Id.Value.Replace(
                "n8", "n2", StringComparison.Ordinal)));
        Assert.Equal((1.0, null), (models[2].Training.L0, models[2].Training.EmbeddingL0));
    }

    [Fact]
    public void Dense_models_have_no_AbsTopK_unless_it_is_asked_for()
    {
        var grid = new GridOptions { DModel = [64], L0 = [1, 0.5], DenseDModel = [32] };
        double[] Fractions(GridOptions options) =>
            [.. SweepPlan.Of(_spec with { Grid = options }).Models.Select(m => m.Config.ActivationFraction)];
        Assert.Equal([1, 0.25, 1], Fractions(grid));
        Assert.Equal([0.25, 0.25, 0.25], Fractions(grid with { DenseActivationFraction = 0.25 }));
    }

    [Fact]
    public void A_seed_depends_on_the_place_of_a_model_and_not_on_the_rest_of_the_grid()
    {
        var small = SweepPlan.Of(_spec with { Grid = _spec.Grid with { L0 = [0.125] } });
        var large = SweepPlan.Of(_spec with { Grid = _spec.Grid with { L0 = [0.5, 0.25, 0.125] } });
        Assert.Equal(small.Models[0].Seed, large.Models.Single(m => m.Id == small.Models[0].Id).Seed);
        Assert.Equal(large.Models.Count, large.Models.Select(m => m.Seed).Distinct().Count());
        Assert.NotEqual(small.Models[0].Seed, SweepPlan.Of(_spec with { Seed = 8 }).Models[0].Seed);
    }

    [Fact]
    public void A_job_on_a_task_of_one_s_own_says_what_the_task_is()
    {
        var own = new TaskTemplate { Rule = "r", Prompts = ["$<a|b>"], CompletionA = "x", CompletionB = "y" };
        var plan = SweepPlan.Of(
            _spec with { Tasks = ["var_swap", "mine"], OwnTasks = new Dictionary<string, TaskTemplate> { ["mine"] = own } });
        var trained = (TrainResult)FakeResults.Of(SweepPlan.Train(plan.Models[0], FakeResults.Prepared));
        TaskTemplate? Of(string task) => plan.Evaluate(plan.Models[0], task, FakeResults.Prepared, trained).OwnTask;
        Assert.Null(Of("var_swap"));
        Assert.Same(own, Of("mine"));
    }

    [Fact]
    public void All_models_are_measured_on_the_same_pairs_of_a_task()
    {
        var plan = SweepPlan.Of(_spec);
        var trained = (TrainResult)FakeResults.Of(SweepPlan.Train(plan.Models[0], FakeResults.Prepared));
        ulong Pairs(int model, string task) => plan.Evaluate(plan.Models[model], task, FakeResults.Prepared, trained).TaskSeed;
        Assert.Equal(Pairs(0, "bracket_counting"), Pairs(1, "bracket_counting"));
        Assert.NotEqual(Pairs(0, "bracket_counting"), Pairs(0, "set_or_string"));
        Assert.Equal(
            Pairs(0, "bracket_counting"), plan.Search(plan.Models[0], "bracket_counting", FakeResults.Prepared, trained).Inputs.TaskSeed);
    }

    [Fact]
    public void A_value_that_a_list_names_twice_is_refused()
    {
        var e = Assert.Throws<ArgumentException>(() => SweepPlan.Of(_spec with { Grid = _spec.Grid with { L0 = [0.5, 0.25, 0.5] } }));
        Assert.Contains("grid.l0 has 0.5 2 times", e.Message, StringComparison.Ordinal);
    }
}
