namespace Sweeps.Domain.Tests.Sweeps;

public class SpecGrowthTests
{
    private static readonly SweepSpec _spec = FakeResults.Spec;

    public static TheoryData<string, Func<SweepSpec, SweepSpec>> Growths => new()
    {
        { "nothing", s => s },
        { "L0", s => s with { Grid = s.Grid with { L0 = [1, .. s.Grid.L0] } } },
        { "widths", s => s with { Grid = s.Grid with { DModel = [16, 32] } } },
        { "a width beside the single one", s => s with { Model = s.Model with { DModel = 64 }, Grid = s.Grid with { DModel = [64, 32] } } },
        { "depths", s => s with { Grid = s.Grid with { NLayer = [1, 2] } } },
        { "dense models", s => s with { Grid = s.Grid with { DenseDModel = [16] } } },
        { "replicas", s => s with { Grid = s.Grid with { Replicas = [0, 3] } } },
        { "tasks", s => s with { Tasks = [.. s.Tasks, "set_or_string"] } },
        { "tasks of the user's own", s =>
            s with { OwnTasks = new Dictionary<string, TaskTemplate> { ["mine"] = _own }, Tasks = ["mine", .. s.Tasks] } },
        { "imported models", s => s with { Imported = new Dictionary<string, ImportedModel> { ["theirs"] = Imported.Model } } },
        { "rounds", s => s with { Search = s.Search with { Rounds = 5 } } },
        { "how trainings would be searched that are not", s => s with { TrainingSearch = s.TrainingSearch with { BatchSize = 3 } } },
        { "everything that can be switched on", s =>
            s with { Attribution = true, Validate = true, TargetLosses = [0.3], EdgePruning = true } },
        { "tasks that were skipped", s => s with { SkipUnlearned = false } },
        { "another name", s => s with { Name = "other" } },
        { "checkpoints", s =>
            s with { Training = s.Training with { CheckpointEvery = 7 }, Pruning = s.Pruning with { CheckpointEvery = 7 } } },
    };

    public static TheoryData<string, Func<SweepSpec, SweepSpec>> Changes => new()
    {
        { "another seed", s => s with { Seed = 8 } },
        { "fewer values", s => s with { Grid = s.Grid with { L0 = [0.5] } } },
        { "another width", s => s with { Grid = s.Grid with { DModel = [16] } } },
        { "learning rates", s => s with { Grid = s.Grid with { PeakLr = [.. s.Grid.PeakLr, 0.001] } } },
        { "fewer tasks", s => s with { Tasks = [s.Tasks[0]] } },
        { "fewer rounds", s => s with { Search = s.Search with { Rounds = 1 } } },
        { "larger rounds", s => s with { Search = s.Search with { BatchSize = 4 } } },
        { "longer training", s => s with { Training = s.Training with { Steps = 11_000 } } },
        { "another corpus", s => s with { Corpus = s.Corpus with { ValidationFraction = 0.1 } } },
        { "what is switched off", s => s with { EdgePruning = false } },
        { "other losses", s => s with { TargetLosses = [0.2] } },
        { "a search over the training", s =>
            s with { Grid = s.Grid with { PeakLr = [0.01] }, TrainingSearch = new TrainingSearchOptions { Rounds = 2 } } },
    };

    [Fact]
    public void A_search_over_the_training_takes_rounds_and_nothing_else()
    {
        var spec = _spec with
        {
            Grid = _spec.Grid with { PeakLr = [] },
            TrainingSearch = new TrainingSearchOptions { Rounds = 2, BatchSize = 2 },
        };
        Assert.True(SpecGrowth.IsGrowth(spec, With(t => t with { Rounds = 5 })));
        Assert.False(SpecGrowth.IsGrowth(spec, With(t => t with { Rounds = 1 })));
        Assert.False(SpecGrowth.IsGrowth(spec, With(t => t with { Rounds = 0 })));
        Assert.False(SpecGrowth.IsGrowth(spec, With(t => t with { Rounds = 5, BatchSize = 3 })));
        Assert.False(SpecGrowth.IsGrowth(spec, With(t => t with { StallRounds = 1 })));
        Assert.False(
            SpecGrowth.IsGrowth(
                spec, With(t => t with { Space = new Dictionary<string, ParameterOptions> { ["epsilon"] = new() } })));

        SweepSpec With(Func<TrainingSearchOptions, TrainingSearchOptions> change) =>
            spec with { TrainingSearch = change(spec.TrainingSearch) };
    }

    [Fact]
    public void A_sweep_of_imported_models_takes_models_to_train_and_gives_none_up()
    {
        var imported = Small with { TrainModels = false, Imported = new Dictionary<string, ImportedModel> { ["b"] = Imported.Model } };
        Assert.True(
            SpecGrowth.IsGrowth(
                imported,
                imported with { TrainModels = true, Training = Small.Training with { Steps = 7 }, Grid = new GridOptions { L0 = [0.3] } }));
        Assert.True(
            SpecGrowth.IsGrowth(
                imported,
                imported with { Imported = new Dictionary<string, ImportedModel> { ["a"] = Imported.Model, ["b"] = Imported.Model } }));
        var published =
            Imported.Model with
            {
                Circuits = new Dictionary<string, GivenCircuit>
                {
                    ["bracket_counting"] = new()
                    {
                        Path = "/viz.pt",
                        Sha256 = new string('2', 64),
                    }
                }
            };
        var more = imported with { Imported = new Dictionary<string, ImportedModel> { ["b"] = published } };
        Assert.True(SpecGrowth.IsGrowth(imported, more));
        Assert.False(SpecGrowth.IsGrowth(more, imported));
        Assert.False(SpecGrowth.IsGrowth(imported with { TrainModels = true }, imported));
        Assert.False(
            SpecGrowth.IsGrowth(imported, imported with { Imported = new Dictionary<string, ImportedModel>(), TrainModels = true }));
        Assert.False(
            SpecGrowth.IsGrowth(
                imported,
                imported with
                {
                    Imported = new Dictionary<string, ImportedModel>
                    {
                        ["b"] = Imported.Model with
                        {
                            Sha256 = new string('1', 64)
                        }
                    }
                }));
    }

    private static readonly TaskTemplate _own = new() { Rule = "r", Prompts = ["$<a|b>"], CompletionA = "x", CompletionB = "y" };

    private static SweepSpec Small => _spec with { Attribution = false, Validate = false, TargetLosses = [], EdgePruning = false };

    [Theory]
    [MemberData(nameof(Growths), DisableDiscoveryEnumeration = true)]
    public void What_only_adds_or_changes_no_result_is_growth(string what, Func<SweepSpec, SweepSpec> grow)
    {
        var small = what.Contains("single", StringComparison.Ordinal)
            ? Small with { Model = Small.Model with { DModel = 64 }, Grid = Small.Grid with { DModel = [] } }
            : Small;
        Assert.True(SpecGrowth.IsGrowth(small, grow(small)), what);
    }

    [Fact]
    public void Losses_may_be_added_to_others() =>
        Assert.True(SpecGrowth.IsGrowth(_spec with { TargetLosses = [0.3] }, _spec with { TargetLosses = [0.1, 0.3] }));

    [Theory]
    [InlineData("training.steps", "made with the old value")]
    [InlineData("grid.peak_lr", "best of these learning rates")]
    [InlineData("grid.l0", "not taken away")]
    [InlineData("corpus.files.path", "corpus as it was")]
    [InlineData("edge_pruning", "not off")]
    [InlineData("training_search.rounds", "rounds may be added")]
    [InlineData("training_search.space.epsilon.min", "other trainings")]
    public void What_may_not_change_has_a_reason(string key, string reason) =>
        Assert.Contains(reason, SpecGrowth.WhyNot(key), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Changes), DisableDiscoveryEnumeration = true)]
    public void Everything_else_is_not_also_beside_growth(string what, Func<SweepSpec, SweepSpec> change)
    {
        Assert.False(SpecGrowth.IsGrowth(_spec, change(_spec)), what);
        var grown = change(_spec) with { Attribution = true, Grid = change(_spec).Grid with { Replicas = [0, 1] } };
        Assert.False(SpecGrowth.IsGrowth(_spec, grown), what);
        Given.Refuses(
            "another description",
            SweepState.Decide(SweepState.Apply(SweepState.Initial, new SweepSubmitted(_spec)), new SubmitSweep(grown)));
    }

    [Fact]
    public void Tasks_that_were_searched_are_not_skipped_later_nor_searched_later_where_others_would_have_begun_from_them()
    {
        Assert.False(SpecGrowth.IsGrowth(_spec with { SkipUnlearned = false }, _spec));
        var warm = _spec with { Search = _spec.Search with { WarmStart = [_spec.Tasks[0]] } };
        Assert.False(SpecGrowth.IsGrowth(warm, warm with { SkipUnlearned = false }));
    }

    [Fact]
    public void Searches_that_others_begin_from_get_no_more_rounds()
    {
        var spec = _spec with { Search = _spec.Search with { WarmStart = [_spec.Tasks[0]] } };
        Assert.False(SpecGrowth.IsGrowth(spec, spec with { Search = spec.Search with { Rounds = 5 } }));
        Assert.True(SpecGrowth.IsGrowth(spec, spec with { Tasks = [.. spec.Tasks, "set_or_string"] }));
    }
}
