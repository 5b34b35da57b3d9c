using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Training;

public sealed class TrainerTests : TorchTest
{
    [Theory]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(21)]
    public void A_resumed_run_is_bit_identical_to_an_uninterrupted_one(int stoppedAfter)
    {
        using var whole = new TrainingFolder();
        var expected = Trainer.Run(whole.Job, whole);
        using var first = new TrainingFolder { CancelAfterStep = stoppedAfter };
        Assert.Throws<OperationCanceledException>(() => Trainer.Run(first.Job, first));
        Assert.Equal(stoppedAfter, first.Checkpoints[^1].Step);

        using var second = new TrainingFolder { ResumeFrom = first.Checkpoints[^1].File };
        second.Store.WriteBytes(second.ResumeFrom!.Path, first.Bytes(second.ResumeFrom));
        var resumed = Trainer.Run(second.Job, second);
        // It says again what was evaluated before the checkpoint.
        Assert.Equal([9, 18, 24], whole.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal(whole.Evaluations, second.Evaluations);
        Assert.Equal(expected.ValidationLoss, whole.Evaluations[^1].Loss);
        Assert.Equal(stoppedAfter + 1, second.Progress[0].Step);
        Assert.Equal(expected, resumed);
        Assert.Equal(whole.Bytes(expected.Model), second.Bytes(resumed.Model));
        Assert.Equal(whole.Bytes(expected.MeanCache), second.Bytes(resumed.MeanCache));
        Assert.Equal(whole.Bytes(expected.Curve), second.Bytes(resumed.Curve));
    }

    [Theory]
    [InlineData(KernelChoice.Dense)] // KERNEL: and Sparse
    public void A_resumed_run_is_bit_identical_whichever_products_are_forced(KernelChoice kernels)
    {
        using var whole = new TrainingFolder();
        var job = whole.Job with { Training = TrainingFolder.Options with { Kernels = kernels, CheckpointEvery = 8, Steps = 16 } };
        var expected = Trainer.Run(job, whole);
        Assert.Contains(
            kernels == KernelChoice.Sparse ? "9 of 9 products sparse" : "0 of 9 products sparse", whole.Progress[^1].Note,
            StringComparison.Ordinal);
        using var again = new TrainingFolder { ResumeFrom = whole.Checkpoints[0].File };
        again.Store.WriteBytes(again.ResumeFrom!.Path, whole.Bytes(again.ResumeFrom));
        Assert.Equal(expected, Trainer.Run(job, again));
    }

    [Fact]
    public void A_run_killed_after_its_last_checkpoint_resumes_to_the_same_result()
    {
        using var folder = new TrainingFolder();
        var job = folder.Job with { Training = TrainingFolder.Options with { CheckpointEvery = 8 } };
        var expected = Trainer.Run(job, folder);
        Assert.Equal(24, folder.Checkpoints[^1].Step);
        using var again = new TrainingFolder { ResumeFrom = folder.Checkpoints[^1].File };
        again.Store.WriteBytes(again.ResumeFrom!.Path, folder.Bytes(again.ResumeFrom));
        Assert.Equal(expected, Trainer.Run(job, again));
        Assert.Empty(again.Progress);
    }

    [Fact]
    public void After_training_every_matrix_and_embedding_has_the_nonzeros_of_its_kind_and_the_rest_is_dense()
    {
        using var folder = new TrainingFolder();
        var result = Trainer.Run(folder.Job with { Model = TrainingFolder.Model with { DPosEmb = 4 } }, folder);
        using var model = ModelFile.Load(folder.Store.Verify(result.Model));
        var nonzeros = 0L;
        foreach (var (spec, value) in model.Parameters)
        {
            var count = value.count_nonzero().ToInt64();
            if (spec.IsCounted) nonzeros += count;
            var fraction = spec.Kind switch
            {
                ParameterKind.Matrix or ParameterKind.OutputProjection => 0.25,
                ParameterKind.Embedding => 0.5,
                _ => 1
            };
            Assert.Equal((spec.Name, WeightProjection.TargetNonzeros(spec.Shape, fraction, spec.FloorAxis, 2)), (spec.Name, count));
        }
        Assert.Equal(nonzeros, result.Nonzeros);
        Assert.Equal(0.25, result.L0);
        var kinds = result.ByKind!;
        Assert.Equal(nonzeros, kinds.Total);
        Assert.Equal(
            (0.25, 0.5, 1, 1), (kinds.Matrices.Fraction, kinds.Embeddings.Fraction, kinds.Positions.Fraction, kinds.Biases.Fraction));
        Assert.Equal(100, model["bigram_table"].numel());
    }

    [Fact]
    public void Biases_and_positions_are_sparse_where_that_is_asked_for()
    {
        using var folder = new TrainingFolder();
        var training = TrainingFolder.Options with { SparseBiases = true, SparsePositions = true, EmbeddingL0 = 0.25 };
        var result = Trainer.Run(folder.Job with { Model = TrainingFolder.Model with { DPosEmb = 4 }, Training = training }, folder);
        // A bias that was kept may be 0, as all are at first.
        var kinds = result.ByKind!;
        Assert.All(
            [kinds.Matrices, kinds.Embeddings, kinds.Positions, kinds.Biases], kind => Assert.InRange(kind.Count, 0, kind.Entries / 4));
    }

    [Fact]
    public void An_L0_that_the_floor_does_not_allow_is_refused_with_what_would_do()
    {
        using var folder = new TrainingFolder();
        var failure = Assert.Throws<JobFailedException>(
            () => Trainer.Run(folder.Job with { Training = TrainingFolder.Options with { L0 = 0.2 } }, folder));
        Assert.Contains("training.l0 is 0.2, which a model of d_model 8 cannot reach", failure.Message, StringComparison.Ordinal);
        Assert.Contains("0.25 of the weights", failure.Message, StringComparison.Ordinal);
        Assert.Contains("d_model of at least 10", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tiny_model_learns_and_its_curve_says_so()
    {
        using var folder = new TrainingFolder();
        var result = Trainer.Run(folder.Job with { Training = TrainingFolder.Options with { Steps = 60, PeakLr = 0.1 } }, folder);
        var curve = TrainingCurve.Load(folder.Store.Verify(result.Curve));
        Assert.Equal(60, curve.Points[^1].Step);
        Assert.True(result.ValidationLoss < 0.8 * curve.Points[0].Loss, $"from {curve.Points[0].Loss} to {result.ValidationLoss}");
        Assert.Equal(result.ValidationLoss, curve.Points[^1].Evaluation!.Loss);
        Assert.Equal([5, 9, 10, 15], curve.Points.Take(4).Select(p => p.Step));
        Assert.All(curve.Points, p => Assert.Equal(p.Step % 9 == 0 || p.Step == 60, p.Evaluation is not null));
        Assert.All(curve.Points, p => Assert.True(p.L0 <= p.L0Target + 0.1 && p.GradientRms > 0 && p.LearningRate > 0));
        var evaluation = curve.Points[^1].Evaluation!;
        Assert.Equal(NodeLocation.All(2).Select(at => at.Name).Order(), evaluation.DeadFractionByLocation.Keys.Order());
        Assert.All(evaluation.DeadFractionByLocation.Values, dead => Assert.InRange(dead, 0, 1));
        Assert.True(evaluation.ResidualKurtosis >= 1);
    }

    [Fact]
    public void Dense_training_keeps_every_entry()
    {
        using var folder = new TrainingFolder();
        var result = Trainer.Run(folder.Job with { Training = TrainingFolder.Options with { L0 = 1 } }, folder);
        using var model = ModelFile.Load(folder.Store.Verify(result.Model));
        Assert.All(
            model.Parameters.Where(p => p.Spec.Kind is ParameterKind.Matrix or ParameterKind.Embedding),
            p => Assert.Equal(p.Value.numel(), p.Value.count_nonzero().ToInt64()));
    }

    [Fact]
    public void Divergence_fails_the_job_and_names_the_step_and_the_last_good_checkpoint()
    {
        using var folder = new TrainingFolder();
        var wild = TrainingFolder.Options with { PeakLr = 1e6, WarmupFraction = 0.5, CheckpointEvery = 1, L0LrScale = L0LrScale.None };
        var failure = Assert.Throws<JobFailedException>(() => Trainer.Run(folder.Job with { Training = wild }, folder));
        Assert.Equal(FailureKind.Work, failure.Kind);
        var (step, checkpoint) = folder.Checkpoints[^1];
        Assert.Contains($"training diverged at step {step + 1}", failure.Message, StringComparison.Ordinal);
        Assert.Contains(checkpoint.Path, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_refused_before_anything_is_read()
    {
        using var folder = new TrainingFolder();
        var job = folder.Job with
        {
            Model = TrainingFolder.Model with { DModel = 9 },
            Training = TrainingFolder.Options with { PeakLr = double.NaN, L0 = 0 },
            Corpus = folder.Corpus with { TrainTokens = new ArtifactRef("missing", "", 0) },
        };
        var failure = Assert.Throws<JobFailedException>(() => Trainer.Run(job, folder));
        Assert.Equal(FailureKind.Work, failure.Kind);
        Assert.All(
            ["model.d_model", "training.peak_lr", "training.l0"],
            option => Assert.Contains(option, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_foreign_or_lost_checkpoint_costs_work_and_changes_nothing()
    {
        using var folder = new TrainingFolder();
        var whole = Trainer.Run(folder.Job, folder);
        var good = folder.Checkpoints[^1].File;
        var bytes = folder.Bytes(good);

        using var lost = new TrainingFolder { ResumeFrom = good };
        Assert.Equal(whole, Trainer.Run(lost.Job, lost));
        Assert.Contains(good.Path, lost.Progress[0].Note, StringComparison.Ordinal);

        using var foreign = new TrainingFolder { ResumeFrom = good };
        foreign.Store.WriteBytes(good.Path, bytes);
        var job = foreign.Job with { Seed = 8 };
        var anew = Trainer.Run(job, foreign);
        Assert.Contains("another job", foreign.Progress[0].Note, StringComparison.Ordinal);
        using var other = new TrainingFolder();
        Assert.Equal(Trainer.Run(job, other), anew);

        bytes[bytes.Length / 2] ^= 1;
        using var damaged = new TrainingFolder { ResumeFrom = good };
        damaged.Store.WriteBytes(good.Path, bytes);
        Assert.Equal(whole, Trainer.Run(damaged.Job, damaged));
        Assert.Contains("SHA-256", damaged.Progress[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_out_of_reach_for_the_moment_fails_the_attempt_and_is_not_given_up()
    {
        using var folder = new TrainingFolder();
        Trainer.Run(folder.Job, folder);
        using var again = new TrainingFolder { ResumeFrom = folder.Checkpoints[^1].File };
        Directory.CreateDirectory(again.Store.FullPath(again.ResumeFrom.Path)); // a folder cannot be opened as a file
        var failure = Assert.Throws<JobFailedException>(() => Trainer.Run(again.Job, again));
        Assert.Equal(FailureKind.World, failure.Kind);
        Assert.Empty(again.Checkpoints);
    }

    [Fact]
    public void A_run_leaves_its_checkpoints_and_the_next_attempt_deletes_those_that_nobody_knows()
    {
        using var folder = new TrainingFolder { CancelAfterStep = 15 };
        Assert.Throws<OperationCanceledException>(() => Trainer.Run(folder.Job, folder));
        Assert.Equal([7, 14, 15], folder.Checkpoints.Select(c => c.Step));
        Assert.All(folder.Checkpoints, c => folder.Store.Verify(c.File));

        using var again = new TrainingFolder { ResumeFrom = folder.Checkpoints[1].File };
        foreach (var (_, file) in folder.Checkpoints) again.Store.WriteBytes(file.Path, folder.Bytes(file));
        again.Store.WriteBytes("train/checkpoints/step-00000099.safetensors", [1]);
        Trainer.Run(again.Job, again);
        Assert.Equal(
            ["step-00000014.safetensors", "step-00000021.safetensors"],
            Directory.GetFiles(Path.Combine(again.Root, "train", "checkpoints")).Select(Path.GetFileName).Order());
    }
}
