using System.Text.Json;
using Sweeps.Domain.Audit;

namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>
/// A sweep that has ended grows, does what is new, and is then what it would be had it been that large from the beginning.
/// </summary>
public class SweepGrowthTests
{
    private static SweepSpec Small => FakeResults.Spec with
    {
        Grid = FakeResults.Spec.Grid with { L0 = [0.5] },
        Tasks = ["single_double_quote"],
        Attribution = false,
        Validate = false,
        TargetLosses = [],
        EdgePruning = false,
    };

    private static SweepSpec Checked => Small with { Validate = true, TargetLosses = [0.3], EdgePruning = true };

    private static SweepSpec Hard => Checked with { Tasks = ["single_double_quote", FakeResults.NotLearned], Attribution = true };

    private static SweepSpec Searched(int rounds) => Checked with
    {
        Grid = Checked.Grid with { PeakLr = [0.01] },
        TrainingSearch = new TrainingSearchOptions { Rounds = rounds, BatchSize = 2, Algorithm = "local" },
    };

    private static SweepSpec WithAutoencoders(SweepSpec spec, int[] k, BaselineKind[] baselines) => spec with
    {
        Autoencoders = new AutoencoderGridOptions
        {
            Locations = ["0.resid_mid"],
            K = k,
            Seeds = [0, 1],
            Baselines = baselines,
            Training = new AutoencoderOptions { K = 4 },
        },
    };

    // Of the dense model there are circuits of features too.
    private static SweepSpec WithBases(int[] k, int prunings)
    {
        var spec = WithAutoencoders(Small with { Grid = Small.Grid with { DenseDModel = [16] } }, k, []);
        return spec with
        {
            Autoencoders = spec.Autoencoders with
            {
                Locations = ["0.mlp.act_in"],
                Circuits = new BasisComparisonOptions { Prunings = prunings },
            },
        };
    }

    public static TheoryData<string, SweepSpec, SweepSpec> Cases => new()
    {
        { "L0, widths, depths, dense models, replicas", Small,
            Small with { Grid = Small.Grid with { L0 = [1, 0.5], DModel = [16, 32], NLayer = [1, 2], Replicas = [0, 1] } } },
        { "tasks", Checked, Checked with { Tasks = ["bracket_counting", "single_double_quote"] } },
        { "tasks that were skipped", Hard, Hard with { SkipUnlearned = false } },
        { "tasks that are not learned", Checked, Hard },
        { "stages", Small, FakeResults.Spec with { Grid = Small.Grid, Tasks = Small.Tasks } },
        { "rounds", Small, Small with { Search = Small.Search with { Rounds = 4 } } },
        { "rounds, with what is made of circuits", Checked, Checked with { Search = Checked.Search with { Rounds = 9 } } },
        { "rounds of the trainings", Searched(2), Searched(5) },
        { "rounds of the trainings, and groups", Searched(1), Searched(3) with { Grid = Searched(3).Grid with { L0 = [0.25, 0.5] } } },
        { "losses, with what is made of circuits", Checked, Checked with { TargetLosses = [0.1, 0.3] } },
        { "autoencoders", Small, WithAutoencoders(Small, [4], [BaselineKind.Pca]) },
        { "values of autoencoders, with what is made of them", WithAutoencoders(Small, [4], [BaselineKind.Pca]),
            WithAutoencoders(Small, [2, 4], [BaselineKind.Pca, BaselineKind.Ica]) },
        { "circuits in bases", WithBases([4], 0), WithBases([4], 2) },
        { "values of autoencoders, with what is made of the best of them", WithBases([4], 2), WithBases([2, 4], 2) },
        { "all at once", Small, FakeResults.Spec with { Search = Small.Search with { Rounds = 3 } } },
        { "nothing but what changes no result", Small, Small with { Training = Small.Training with { CheckpointEvery = 7 } } },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void It_does_what_is_new_and_ends_as_if_it_had_been_that_large_from_the_beginning(string what, SweepSpec small, SweepSpec large)
    {
        var (grown, fresh) = (WholeRun.OfGrowing(small, large), WholeRun.Of(large));
        Assert.Equal(Read(fresh), Read(grown));
        Assert.Empty(JournalAudit.Of(new MemoryReader(grown)).Findings);
        for (var count = 1; count < grown.Count; count += 13)
            Assert.Empty(JournalAudit.Of(new MemoryReader([.. grown.Take(count)])).Findings);
        // Only what is made of a search's best circuit, or of all autoencoders, may have been made of others before.
        var again = grown.Where(e => e.Event is TrialRetried).Select(e => e.Entity).ToList();
        Assert.All(again, entity => Assert.Matches(
            "^trial:(validations|curves|edges|dictionaries|features|ablations|basis-prunings|basis-circuits)/", entity));
        Assert.Equal(Results(fresh) + again.Count, Results(grown));
        Assert.Equal(what.Contains("with what is made", StringComparison.Ordinal), again.Count > 0);
    }

    [Fact]
    public void A_snapshot_of_a_sweep_whose_searches_go_on_is_the_same_state()
    {
        var events = WholeRun.Of(Checked).Where(e => e.Entity == SweepJournal.Sweep).Select(e => (SweepEvent)e.Event);
        var state = Given.State(
            SweepState.Initial, SweepState.Apply,
            [.. events, new SweepGrown(Checked with { Search = Checked.Search with { Rounds = 9 } })]);
        Assert.Equal(SweepStatus.Unfinished, state.Status);
        var restored = Given.Stored(SweepSnapshot.Of(state)).State();
        Assert.NotEmpty(state.Former);
        Assert.Equal(state.Former, restored.Former);
        Assert.Equal(state.Open, restored.Open);
        Assert.All(state.Open, item => Assert.Equal(SweepStage.Search, item.Stage));
    }

    [Fact]
    public void An_unfinished_or_paused_sweep_grows_too_and_a_cancelled_one_does_not()
    {
        var large = Small with { Attribution = true };
        SweepState Given(params SweepEvent[] events) => events.Aggregate(SweepState.Initial, SweepState.Apply);
        var submitted = new SweepSubmitted(Small);
        Assert.Equal([new SweepGrown(large)], Tests.Given.Accepts(SweepState.Decide(Given(submitted), new SubmitSweep(large))));
        Assert.Equal(
            [new SweepGrown(large), new SweepResumed()],
            Tests.Given.Accepts(SweepState.Decide(Given(submitted, new SweepPaused()), new SubmitSweep(large))));
        Tests.Given.Refuses("another description", SweepState.Decide(Given(submitted, new SweepCancelled()), new SubmitSweep(large)));
    }

    [Fact]
    public void A_sweep_that_has_ended_without_a_model_may_be_another_and_without_a_corpus_any()
    {
        var one = Small with { Grid = Small.Grid with { PeakLr = [] } };
        var slower = one with { Training = one.Training with { PeakLr = 1e-9 } };
        var other = slower with { Tokenizer = one.Tokenizer with { VocabSize = 300 }, Seed = 7 };
        SweepState Ended(params SweepCommand[] commands) => commands.Aggregate(
            SweepState.Apply(SweepState.Initial, new SweepSubmitted(one)),
            (state, command) => Tests.Given.Accepts(SweepState.Decide(state, command)).Aggregate(state, SweepState.Apply));
        var model = SweepPlan.Of(one).Models.Single();
        var (noCorpus, prepared) = (new RecordTrialFailure(SweepPlan.Preparation, "too large"),
            new RecordTrialResult(SweepPlan.Preparation, FakeResults.Prepared));

        var begun = new SweepGrown(other);
        Assert.Equal([begun], Tests.Given.Accepts(SweepState.Decide(Ended(noCorpus), new SubmitSweep(other))));
        var anew = SweepState.Apply(Ended(noCorpus), begun);
        Assert.Equal((SweepStatus.Unfinished, 1), (anew.Status, anew.Retries[SweepPlan.Preparation]));
        Assert.Equal([SweepPlan.Preparation], anew.OpenTrials().Select(trial => trial.Trial));

        var noModel = Ended(prepared, new RecordTrialFailure(model.Trial, "diverged"));
        Tests.Given.Refuses("another description", SweepState.Decide(noModel, new SubmitSweep(other)));
        Assert.Equal([new SweepGrown(slower)], Tests.Given.Accepts(SweepState.Decide(noModel, new SubmitSweep(slower))));
        var trial = SweepState.Apply(noModel, new SweepGrown(slower)).OpenTrials().Single();
        Assert.Equal((model.Trial, 1e-9), (trial.Trial, Assert.IsType<TrainJob>(trial.Job).Training.PeakLr));

        // What is at work, or was found, is not taken away.
        Tests.Given.Refuses("another description", SweepState.Decide(Ended(), new SubmitSweep(other)));
        Tests.Given.Refuses("another description", SweepState.Decide(Ended(prepared), new SubmitSweep(slower)));
        var trained = new RecordTrialResult(model.Trial, FakeResults.Of(Ended(prepared).OpenTrials().Single().Job));
        Tests.Given.Refuses("another description", SweepState.Decide(Ended(prepared, trained), new SubmitSweep(slower)));
    }

    /// <summary>Trials that succeeded, without what was made of a model that was the best of its group and is not any more.</summary>
    private static int Results(IReadOnlyList<PersistedEvent> events)
    {
        var others = SweepReadModel.Load(new MemoryReader(events)).Models.Where(model => !model.Selected)
            .Select(model => model.Plan.Id.Value).ToHashSet();
        return events.Count(e => e.Event is TrialSucceeded && !(e.Entity.Split('/') is [_, var model, _, ..] && others.Contains(model)));
    }

    private static string Read(IReadOnlyList<PersistedEvent> events) =>
        JsonSerializer.Serialize(SweepReadModel.Load(new MemoryReader(events)), JobJson.Indented);
}
