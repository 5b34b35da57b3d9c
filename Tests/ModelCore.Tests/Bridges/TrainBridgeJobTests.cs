using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Tests.Training;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Bridges;

public sealed class TrainBridgeJobTests : TorchTest
{
    private static readonly BridgeOptions _none = new() { CoefNmse = 0, CoefKlDenseToSparse = 0, CoefKlSparseToDense = 0 };

    private static TrainBridgeJob Job(TrainingFolder folder, BridgeOptions? bridges = null, ModelConfig? dense = null)
    {
        var shape = dense ?? TrainingFolder.Model with { DModel = 12, ActivationFraction = 1 };
        using var model = TinyModel.Create(shape, 4);
        return new TrainBridgeJob
        {
            Output = "train",
            Seed = folder.Job.Seed,
            Model = TrainingFolder.Model,
            Training = TrainingFolder.Options,
            Corpus = folder.Corpus,
            Dense = folder.Store.Write("dense.safetensors", stream => ModelFile.Save(stream, model)),
            Bridges = bridges ?? new BridgeOptions { EncoderFraction = 0.5 },
        };
    }

    private static TrainBridgeResult Run(TrainBridgeJob job, TrainingFolder folder)
    {
        using var runner = new JobRunner();
        return (TrainBridgeResult)runner.Run(job, folder);
    }

    [Fact]
    public void Without_any_weight_the_sparse_model_is_bit_for_bit_that_of_plain_training()
    {
        using var plain = new TrainingFolder();
        var expected = Trainer.Run(plain.Job, plain);
        using var folder = new TrainingFolder();
        var result = Run(Job(folder, _none), folder);
        Assert.Equal(expected.Model.Sha256, result.Model.Sha256);
        Assert.Equal(expected.Curve.Sha256, result.Curve.Sha256);
        // With one, it is not.
        using var other = new TrainingFolder();
        Assert.NotEqual(expected.Model.Sha256, Run(Job(other, _none with { CoefKlSparseToDense = 1e-3 }), other).Model.Sha256);
    }

    [Theory]
    [InlineData(7, null)]
    [InlineData(11, null)]
    [InlineData(21, 2)]
    public void A_resumed_training_is_bit_identical_to_an_uninterrupted_one(int stoppedAfter, int? sites)
    {
        var options = new BridgeOptions { EncoderFraction = 0.5, SitesPerStep = sites };
        using var whole = new TrainingFolder();
        var expected = Run(Job(whole, options), whole);
        using var first = new TrainingFolder { CancelAfterStep = stoppedAfter };
        Assert.Throws<OperationCanceledException>(() => Run(Job(first, options), first));
        using var second = new TrainingFolder { ResumeFrom = first.Checkpoints[^1].File };
        second.Store.WriteBytes(second.ResumeFrom!.Path, first.Bytes(second.ResumeFrom));
        var resumed = Run(Job(second, options), second);
        Assert.Equal(stoppedAfter + 1, second.Progress[0].Step);
        Assert.Equal(expected, resumed);
    }

    [Fact]
    public void A_resumed_training_by_kernels_is_bit_identical_to_an_uninterrupted_one()
    {
        var shape = TrainingFolder.Model with { DModel = 16, DHead = 16 };
        using var whole = new TrainingFolder();
        var expected = Run(Job(whole, dense: shape with { DModel = 32, ActivationFraction = 1 }) with { Model = shape }, whole);
        using var first = new TrainingFolder { CancelAfterStep = 11 };
        Assert.Throws<OperationCanceledException>(
            () => Run(Job(first, dense: shape with { DModel = 32, ActivationFraction = 1 }) with { Model = shape }, first));
        using var second = new TrainingFolder { ResumeFrom = first.Checkpoints[^1].File };
        second.Store.WriteBytes(second.ResumeFrom!.Path, first.Bytes(second.ResumeFrom));
        Assert.Equal(expected, Run(Job(second, dense: shape with { DModel = 32, ActivationFraction = 1 }) with { Model = shape }, second));
    }

    [Fact]
    public void Bridges_learn_and_the_curve_says_so()
    {
        using var folder = new TrainingFolder();
        var job = Job(folder) with { Training = TrainingFolder.Options with { Steps = 80, EvalEvery = 40 } };
        var result = Run(job, folder);
        var curve = BridgeCurve.Load(folder.Store.Verify(result.BridgeCurve));
        Assert.Equal(["0.resid_in", "0.resid_mid", "1.resid_in", "1.resid_mid", "final_resid"], curve.Sites);
        Assert.Equal(16, curve.Points.Count);
        foreach (var (first, last) in curve.Points[0].Sites.Zip(curve.Points[^1].Sites))
        {
            Assert.True(last.DecoderNmse < first.DecoderNmse, $"{last} after {first}");
            Assert.True(last.SparseToDense < first.SparseToDense, $"{last} after {first}");
            Assert.True(last.DenseToSparse < first.DenseToSparse, $"{last} after {first}");
        }
        using var sparse = ModelFile.Load(folder.Store.Verify(result.Model));
        using var dense = ModelFile.Load(folder.Store.Verify(result.Dense));
        using var bridges = BridgeFile.Load(
            folder.Store.Verify(result.Bridges), result.Dense, dense.Config, result.Model, sparse.Config).Bridges;
        Assert.Equal(5, bridges.All.Count);
        Assert.Equal([8L, 12], bridges.All[0].EncoderWeight.shape);
        Assert.Equal(0.25, result.L0); // the projection is of the sparse model alone
        Assert.All(bridges.Parameters, p => Assert.Equal(p.Value.numel(), p.Value.count_nonzero().ToInt64()));
    }

    [Fact]
    public void Sites_of_a_step_are_drawn_without_replacement_and_only_they_have_losses()
    {
        using var folder = new TrainingFolder();
        var options = new BridgeOptions { EncoderFraction = 0.5, SitesPerStep = 2 };
        var training = TrainingFolder.Options with { Steps = 40, LogEvery = 1 };
        var result = Run(Job(folder, options) with { Training = training }, folder);
        var points = BridgeCurve.Load(folder.Store.Verify(result.BridgeCurve)).Points;
        Assert.All(points, point => Assert.Equal(2, point.Sites.Count(site => site.EncoderNmse is not null)));
        Assert.All(Enumerable.Range(0, 5), site => Assert.Contains(points, point => point.Sites[site].EncoderNmse is not null));
    }

    [Fact]
    public void Models_and_options_that_do_not_fit_are_the_works_fault_and_named()
    {
        using var folder = new TrainingFolder();
        var shape = TrainingFolder.Model with { DModel = 12, ActivationFraction = 1 };
        Refused(Job(folder, new BridgeOptions { EncoderFraction = 0 }), "bridges.encoder_fraction is 0");
        Refused(Job(folder, new BridgeOptions { CoefNmse = -1 }), "bridges.coef_nmse is -1");
        Refused(
            Job(folder, new BridgeOptions { SitesPerStep = 6 }), "bridges.sites_per_step is 6: expected at most the number of sites, 5");
        Refused(Job(folder, dense: shape with { NLayer = 1 }), "n_layer of the sparse model is 2: expected the dense model's, 1");
        Refused(Job(folder, dense: shape with { VocabSize = 11 }), "vocab_size of the sparse model is 10: expected the dense model's, 11");
        Refused(Job(folder, dense: shape with { NCtx = 8 }), "n_ctx of the sparse model is 16: expected the dense model's, 8");
        Refused(
            Job(folder, dense: shape with { ActivationFraction = 0.5 }),
            "activation_fraction of the dense model is 0.5: expected 1");

        void Refused(TrainBridgeJob job, string message)
        {
            var failure = Assert.Throws<JobFailedException>(() => Run(job, folder));
            Assert.Equal(FailureKind.Work, failure.Kind);
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_of_other_models_bridges_is_refused()
    {
        using var folder = new TrainingFolder();
        var result = Run(Job(folder), folder);
        var path = folder.Store.Verify(result.Bridges);
        var other = result.Model with { Sha256 = new string('0', 64) };
        var dense = TrainingFolder.Model with { DModel = 12, ActivationFraction = 1 };
        var failure = Assert.Throws<InvalidDataException>(
            () => BridgeFile.Load(path, result.Dense, dense, other, TrainingFolder.Model));
        Assert.Contains("its sparse model is", failure.Message, StringComparison.Ordinal);
        failure = Assert.Throws<InvalidDataException>(
            () => BridgeFile.Load(path, result.Dense, dense with { DModel = 16 }, result.Model, TrainingFolder.Model));
        Assert.Contains("expected Float32[8, 16]", failure.Message, StringComparison.Ordinal);
    }
}
