using System.Text.Json;

namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>Models that were trained elsewhere, in the plan of a sweep.</summary>
public class ImportedModelTests
{
    private static readonly SweepSpec _trained = FakeResults.Spec;

    private static readonly SweepSpec _both = _trained with
    {
        Imported = new Dictionary<string, ImportedModel> { ["their.second"] = Imported.Model, ["their.first"] = Imported.Model },
    };

    [Fact]
    public void They_stand_behind_the_grid_in_order_of_their_names_and_change_none_of_its_models()
    {
        var (trained, both) = (SweepPlan.Of(_trained), SweepPlan.Of(_both));
        Assert.Equal([.. trained.Models.Select(m => m.Id.Value), "their.first", "their.second"], both.Models.Select(m => m.Id.Value));
        Assert.Equal(trained.Models.Select(m => m.Seed), both.Models.Take(trained.Models.Count).Select(m => m.Seed));
        Assert.Equal(["their.first", "their.second"], SweepPlan.Of(_both with { TrainModels = false }).Models.Select(m => m.Id.Value));
    }

    [Fact]
    public void Each_is_a_group_of_its_own_beside_groups_of_learning_rates()
    {
        var plan = SweepPlan.Of(_both);
        Assert.True(_both.Grid.PeakLr.Count > 1);
        Assert.Equal(
            [.. Enumerable.Repeat(_both.Grid.PeakLr.Count, SweepPlan.Of(_trained).Groups.Count()), 1, 1],
            plan.Groups.Select(group => group.Count));
        foreach (var (index, model) in plan.Models.Index())
            Assert.Contains(plan.GroupOf(index), member => member == model);
        Assert.Equal(plan.Groups.SelectMany(group => group), plan.Models);
    }

    [Fact]
    public void The_job_imports_by_the_digest_for_the_vocabulary_of_the_corpus_and_the_model_keeps_its_own_shape()
    {
        var model = SweepPlan.Of(_both).Models[^1];
        var job = Assert.IsType<ImportJob>(SweepPlan.Make(model, FakeResults.Prepared));
        Assert.Equal(
            ("models/their.second", Imported.Model.Sha256, FakeResults.Prepared.VocabSize), (job.Output, job.Source.Sha256, job.VocabSize));
        Assert.Equal((Imported.Model.Content!.Model, 0.125), (model.Config, model.Training.L0));
        Assert.IsType<TrainJob>(SweepPlan.Make(SweepPlan.Of(_both).Models[0], FakeResults.Prepared));
    }

    [Fact]
    public void Its_trials_and_searches_are_found_by_their_names()
    {
        var plan = SweepPlan.Of(_both);
        var model = plan.Models[^1];
        Assert.Equal(new WorkItem(SweepStage.Train, plan.Models.Count - 1), plan.Find(model.Trial));
        Assert.Equal(new WorkItem(SweepStage.Evaluate, plan.Models.Count - 1, 1), plan.Find(model.Of(SweepStage.Evaluate, _both.Tasks[1])));
    }

    [Fact]
    public void A_published_circuit_is_measured_where_its_model_has_one_and_nowhere_else()
    {
        var source = Imported.Model with
        {
            Circuits = new Dictionary<string, GivenCircuit>
            {
                [_both.Tasks[1]] = new()
                {
                    Path = "/viz.pt",
                    Sha256 = new string('2', 64),
                }
            }
        };
        var spec = _trained with
        {
            Tasks = [.. _trained.Tasks],
            Imported = new Dictionary<string, ImportedModel> { ["theirs"] = source },
            TrainModels = false,
        };
        Assert.DoesNotContain(SweepStage.Given, Stages(_both));
        Assert.Contains(SweepStage.Given, Stages(spec));
        var (plan, stage) = (SweepPlan.Of(spec), SweepStages.Of(SweepStage.Given));
        Assert.Equal([spec.Tasks[1]], spec.Tasks.Where(task => stage.IsFor(plan.Models[0], task)));
        Assert.False(stage.IsFor(SweepPlan.Of(_trained).Models[0], spec.Tasks[1]));
        var inputs = plan.Evaluate(
            plan.Models[0], spec.Tasks[1], FakeResults.Prepared,
            (TrainResult)FakeResults.Of(SweepPlan.Make(plan.Models[0], FakeResults.Prepared)));
        var job = Assert.IsType<GivenJob>(plan.OfMeasured(SweepStage.Given, plan.Models[0], inputs));
        Assert.Equal((source.Circuits[spec.Tasks[1]], $"given/theirs/{spec.Tasks[1]}"), (job.Source, job.Output));

        static IEnumerable<SweepStage> Stages(SweepSpec spec) =>
            SweepStages.All.Where(stage => stage.IsIn(spec)).Select(stage => stage.Stage);
    }

    [Fact]
    public void A_sweep_with_a_published_circuit_completes_with_its_result()
    {
        var spec = _trained with
        {
            TrainModels = false,
            Attribution = false,
            Validate = false,
            EdgePruning = false,
            TargetLosses = [],
            Imported = new Dictionary<string, ImportedModel>
            {
                ["theirs"] =
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
                    },
            },
        };
        var state = Apply(SweepState.Initial, new SubmitSweep(spec));
        while (state.Open.FirstOrDefault() is var item && state.Open.Any())
        {
            if (item.Stage == SweepStage.Search)
            {
                state = Apply(
                    state,
                    new RecordSearchResult(new SearchId(state.Plan!.Models[item.Model].Id, spec.Tasks[item.Task]), 0, FakeResults.Circuit));
                continue;
            }
            var (trial, job) = state.Trial(item);
            state = Apply(state, new RecordTrialResult(trial, FakeResults.Of(job)));
        }
        Assert.Equal(SweepStatus.Completed, state.Status);
        Assert.Single(state.Trials.Values.Select(verdict => verdict.Result).OfType<GivenResult>());

        static SweepState Apply(SweepState state, SweepCommand command)
        {
            var decision = SweepState.Decide(state, command);
            Assert.IsType<Reply.Accepted>(decision.Reply);
            return decision.Events.Aggregate(state, SweepState.Apply);
        }
    }

    [Fact]
    public void What_was_not_looked_at_or_has_the_name_of_another_model_is_no_plan()
    {
        var unknown = _trained with { Imported = new Dictionary<string, ImportedModel> { ["a"] = Imported.Model with { Content = null } } };
        Assert.Contains(
            "imported.a was not looked at", Assert.Throws<ArgumentException>(() => SweepPlan.Of(unknown)).Message,
            StringComparison.Ordinal);
        var taken = SweepPlan.Of(_trained).Models[0].Id.Value;
        var twice = _trained with { Imported = new Dictionary<string, ImportedModel> { [taken] = Imported.Model } };
        Assert.Contains(
            $"imported.{taken} has the name", Assert.Throws<ArgumentException>(() => SweepPlan.Of(twice)).Message,
            StringComparison.Ordinal);
        Assert.Equal([taken], SweepPlan.Of(twice with { TrainModels = false }).Models.Select(m => m.Id.Value));
    }

    [Fact]
    public void A_description_from_before_there_were_imported_models_trains_all_of_its_own()
    {
        var json = JsonSerializer.SerializeToNode(_trained, JobJson.Options)!.AsObject();
        Assert.True(json.Remove("imported") && json.Remove("trainModels"));
        var read = JsonSerializer.Deserialize<SweepSpec>(json, JobJson.Options)!;
        Assert.True(SweepState.SameSpec(_trained, read));
        Assert.True(read.TrainModels);
    }
}
