using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>A model that a sweep has trained, imported into it again.</summary>
public sealed class ImportJobTests(TinySweep sweep) : IClassFixture<TinySweep>
{
    private string Path => System.IO.Path.Combine(sweep.Root, sweep.Trained.Model.Path);

    private ImportJob Job => new()
    {
        Output = "imported",
        Seed = 5,
        Source = new ImportedModel { Path = Path, Sha256 = sweep.Trained.Model.Sha256 },
        Corpus = sweep.Prepared.Corpus,
        VocabSize = sweep.Prepared.VocabSize,
        MeanCacheTokens = 5000,
        EvaluationTokens = 5000,
    };

    [Fact]
    public void It_is_the_same_model_with_means_and_losses_and_is_pruned_like_any()
    {
        using var runner = new JobRunner();
        var context = new TestContext(sweep.Root);
        var imported = (TrainResult)runner.Run(Job, context);
        Assert.Equal(sweep.Trained.Model.Sha256, imported.Model.Sha256);
        Assert.Equal(
            (0, sweep.Trained.Parameters, sweep.Trained.Nonzeros, sweep.Trained.L0),
            (imported.Steps, imported.Parameters, imported.Nonzeros, imported.L0));
        // Of more windows of the same documents than the two that it was trained with.
        Assert.Equal(sweep.Trained.ValidationLoss, imported.ValidationLoss, 0.3);
        Assert.InRange(imported.TrainLoss, 1, 8);
        var point = Assert.Single(TrainingCurve.Load(System.IO.Path.Combine(sweep.Root, imported.Curve.Path)).Points);
        Assert.Equal(imported.ValidationLoss, point.Evaluation!.Loss);
        using (var model = ModelFile.Load(Path))
        using (var means = MeanCache.Load(System.IO.Path.Combine(sweep.Root, imported.MeanCache.Path), model.Config))
            Assert.InRange(means.Tokens, 5000, 5000 + 4096);
        Assert.NotEmpty(context.Progress);
        var pruned = (PruneResult)runner.Run(TinySweep.PruneJob(sweep.Prepared, imported) with { Output = "imported/prune" }, context);
        Assert.Equal(sweep.Nodes, pruned.Nodes);
    }

    [Fact]
    public void The_same_job_gives_the_same_result()
    {
        using var runner = new JobRunner();
        var results = new[] { "once", "twice" }.Select(
            output => (TrainResult)runner.Run(Job with { Output = output }, new TestContext(sweep.Root))).ToList();
        Assert.Equal((results[0].MeanCache.Sha256, results[0].ValidationLoss), (results[1].MeanCache.Sha256, results[1].ValidationLoss));
    }

    [Fact]
    public void Other_files_than_the_sweep_was_begun_with_and_another_vocabulary_are_refused()
    {
        Refused("is not what the sweep was begun with: SHA-256", Job with { Source = Job.Source with { Sha256 = new string('0', 64) } });
        Refused($"has a vocabulary of {sweep.Prepared.VocabSize} tokens, and the tokenizer one of 77", Job with { VocabSize = 77 });

        void Refused(string expected, ImportJob job)
        {
            using var runner = new JobRunner();
            var failed = Assert.Throws<JobFailedException>(() => runner.Run(job, new TestContext(sweep.Root)));
            Assert.Equal(FailureKind.Work, failed.Kind);
            Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
        }
    }
}
