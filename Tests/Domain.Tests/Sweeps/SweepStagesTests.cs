namespace Sweeps.Domain.Tests.Sweeps;

public class SweepStagesTests
{
    private static readonly SweepPlan _plan = SweepPlan.Of(FakeResults.Spec);
    private static readonly PlannedModel _model = _plan.Models[0];

    private static readonly TrainResult _trained = (TrainResult)FakeResults.Of(SweepPlan.Train(_model, FakeResults.Prepared));

    private static readonly EvaluateJob _inputs = _plan.Evaluate(_model, "bracket_counting", FakeResults.Prepared, _trained);

    [Fact]
    public void Every_stage_is_listed_once_in_its_order()
    {
        Assert.Equal(Enum.GetValues<SweepStage>(), SweepStages.All.Select(stage => stage.Stage));
        Assert.All(SweepStages.All, stage => Assert.Same(stage, SweepStages.Of(stage.Stage)));
    }

    [Fact]
    public void Words_and_folders_are_each_stages_own()
    {
        Assert.Equal(SweepStages.All.Length, SweepStages.All.Select(stage => stage.Word).Distinct().Count());
        var folders = SweepStages.All.Select(stage => stage.Folder).OfType<string>().ToList();
        Assert.Equal(folders.Distinct(), folders);
        Assert.All(folders, folder => Assert.EndsWith("/", folder, StringComparison.Ordinal));
        Assert.DoesNotContain("searches/", folders);
    }

    [Fact]
    public void A_stage_of_measured_models_or_of_circuits_has_a_folder_and_is_not_both() => Assert.All(
        SweepStages.OfMeasured.Concat(SweepStages.OfCircuits),
        stage => Assert.True(stage.Folder is not null && (stage.OfMeasured is null || stage.OfCircuit is null)));

    [Fact]
    public void The_jobs_of_stages_write_into_their_folders_and_draw_each_from_a_seed_of_its_own()
    {
        List<ModelTaskJob> jobs =
        [
            _inputs,
            .. SweepStages.OfMeasured.Where(stage => stage.IsFor(_model, _inputs.Task)).Select(
                stage => _plan.OfMeasured(stage.Stage, _model, _inputs)),
            .. SweepStages.OfCircuits.Where(stage => stage.IsFor(_model, _inputs.Task)).Select(
                stage => _plan.OfCircuit(stage.Stage, _model, _inputs, FakeResults.Circuit, _trained)),
        ];
        Assert.Equal(
            ["models/", "attribution/", "validations/", "curves/", "edges/"],
            jobs.Select(job => job.Output[..^$"{_model.Id}/bracket_counting".Length]));
        Assert.Equal(jobs.Count, jobs.Select(job => job.Seed).Distinct().Count());
        Assert.All(jobs, job => Assert.Equal(_inputs.TaskSeed, job.TaskSeed));
        Assert.Equal(PruningMethod.Attribution, Assert.Single(jobs.OfType<PruneJob>()).Method);
        Assert.Equal(FakeResults.Spec.TargetLosses, Assert.Single(jobs.OfType<CurveJob>()).Targets);
    }

    [Fact]
    public void A_stage_that_opens_otherwise_makes_no_such_job()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _plan.OfMeasured(SweepStage.Validate, _model, _inputs));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => _plan.OfCircuit(SweepStage.Attribution, _model, _inputs, FakeResults.Circuit, _trained));
    }
}
