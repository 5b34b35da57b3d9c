using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

[Collection(TorchCollection.Name)]
public sealed class AutoencoderJobTests(TinySweep sweep) : IClassFixture<TinySweep>, IDisposable
{
    private readonly JobRunner _runner = new();

    public void Dispose() => _runner.Dispose();

    private T Run<T>(Job job, TestContext? context = null) where T : JobResult =>
        (T)_runner.Run(job, context ?? new TestContext(sweep.Root));

    private TrainAutoencoderJob Job(string output, string location = "1.resid_in", ulong seed = 0) => new()
    {
        Output = output,
        Seed = 5,
        Model = sweep.Trained.Model,
        Corpus = sweep.Prepared.Corpus,
        Options = new AutoencoderOptions
        {
            Location = location,
            K = 6,
            Seed = seed,
            Tokens = 6000,
            Batch = 100,
            Buffer = 1000,
            EvalTokens = 3000,
            LogEvery = 7,
            CheckpointEvery = 9,
            Lr = 5e-3,
        },
    };

    [Fact]
    public void An_autoencoder_is_trained_measured_and_written_and_the_same_job_gives_the_same_bytes()
    {
        var result = Run<TrainAutoencoderResult>(Job("whole"));
        Assert.Equal((128, 60, 6000L, null, 0), (result.Features, result.Steps, result.Tokens, result.AlphaSum, result.Resampled));
        var metrics = result.Metrics;
        Assert.InRange(metrics.Fvu, 0.001, 0.6);
        Assert.InRange(metrics.L0, 1, 6);
        Assert.InRange(metrics.Loss, metrics.ModelLoss - 0.05, Math.Max(metrics.MeanLoss, metrics.ZeroLoss) + 0.05);
        Assert.True(metrics.Divergence > 0);
        Assert.True(metrics.Tokens >= 3000);
        Assert.Equal(metrics.Alive > 0, metrics.DeadFraction < 1);
        Assert.Equal(result.Features * (1 - metrics.DeadFraction), metrics.DensityHistogram.Sum(), 1e-6);
        var curve = AutoencoderCurve.Load(Path.Combine(sweep.Root, result.Curve.Path));
        Assert.Equal([7, 14, 21, 28, 35, 42, 49, 56, 60], curve.Points.Select(point => point.Step));
        Assert.True(curve.Points[^1].Reconstruction < curve.Points[0].Reconstruction);
        using (var read = DictionaryFile.Load(Path.Combine(sweep.Root, result.Autoencoder.Path), 1))
        {
            Assert.Equal(
                (sweep.Trained.Model.Sha256, "1.resid_in", 128, 32),
                (read.Origin.Model, read.Origin.Location.Name, read.Features, read.Width));
        }
        Assert.Equal(result.Autoencoder.Sha256, Run<TrainAutoencoderResult>(Job("again")).Autoencoder.Sha256);
        Assert.NotEqual(result.Autoencoder.Sha256, Run<TrainAutoencoderResult>(Job("other", seed: 1)).Autoencoder.Sha256);
    }

    [Theory]
    [InlineData(AutoencoderKind.Topk)]
    [InlineData(AutoencoderKind.Batchtopk)]
    [InlineData(AutoencoderKind.Jumprelu)]
    [InlineData(AutoencoderKind.L1)]
    [InlineData(AutoencoderKind.L1Tied)]
    public void A_resumed_training_is_bit_identical_to_an_uninterrupted_one(AutoencoderKind kind)
    {
        var job = Job($"resumed-{kind}");
        // Features are dead soon, so that resampling and the auxiliary loss are at work.
        job = job with { Options = job.Options with { Kind = kind, DeadTokens = 300, ThresholdInit = 0.5 } };
        var whole = Run<TrainAutoencoderResult>(job);
        using var cancel = new CancellationTokenSource();
        var first = new TestContext(sweep.Root, null, cancel.Token) { OnProgress = p => { if (p.Step == 32) cancel.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => _runner.Run(job, first));
        Assert.Equal(32, first.Checkpoints[^1].Step);
        var second = new TestContext(sweep.Root, first.Checkpoints[^1].Checkpoint);
        var resumed = Run<TrainAutoencoderResult>(job, second);
        Assert.Equal(33, second.Progress[0].Step);
        Assert.Equal((whole.Autoencoder, whole.Curve, whole.Resampled), (resumed.Autoencoder, resumed.Curve, resumed.Resampled));
        Assert.Equal(whole.Metrics with { DensityHistogram = [] }, resumed.Metrics with { DensityHistogram = [] });
    }

    [Fact]
    public void A_checkpoint_of_another_job_is_not_resumed_from_and_the_result_is_the_same()
    {
        var job = Job("damaged");
        var context = new TestContext(sweep.Root);
        var whole = Run<TrainAutoencoderResult>(job, context);
        var other = job with { Options = job.Options with { K = 5 } };
        var again = new TestContext(sweep.Root, context.Checkpoints[0].Checkpoint);
        Run<TrainAutoencoderResult>(other, again);
        Assert.Contains("another job", again.Progress[0].Note, StringComparison.Ordinal);
        Assert.Equal(whole.Autoencoder.Sha256, Run<TrainAutoencoderResult>(job).Autoencoder.Sha256);
    }

    [Fact]
    public void A_hopeless_training_ends_early_with_its_reason_and_the_others_and_the_frontier_are_as_without_the_rule()
    {
        const double Bound = 0.9;
        AutoencoderOptions[] all =
        [
            .. new[] { 3, 6, 12 }.Select(k => Job("").Options with { K = k }),
            Job("").Options with { Kind = AutoencoderKind.L1, Alpha = 1e-3 },
            Job("").Options with { Kind = AutoencoderKind.L1, Alpha = 100, Lr = 0.05 },
        ];
        var whole = all.Select((options, i) => Run<TrainAutoencoderResult>(Job($"to-end-{i}") with { Options = options })).ToList();
        var stopped = all.Select((options, i) => Run<TrainAutoencoderResult>(
            Job($"to-end-{i}") with { Options = options with { StopFvu = Bound, StopDead = 0.95 } })).ToList();
        Assert.All(whole, one => Assert.Null(one.Stopped));
        Assert.All(stopped.Take(4), one => Assert.Null(one.Stopped));
        Assert.Equal(whole.Take(4).Select(Same), stopped.Take(4).Select(Same));
        var (early, late) = (stopped[4], whole[4]);
        Assert.Equal((24, Bound), (early.Stopped!.Step, early.Stopped.MaxFvu));
        Assert.Equal((24, 2400L), (early.Steps, early.Tokens));
        Assert.InRange(early.Stopped.Fvu, Bound, 10);
        Assert.Equal(24, AutoencoderCurve.Load(Path.Combine(sweep.Root, early.Curve.Path)).Points[^1].Step);
        Assert.True(late.Metrics.Fvu > Bound, $"FVU {late.Metrics.Fvu} at the end: it was not hopeless");
        Assert.Equal(Frontier(whole), Frontier(stopped.Where(one => one.Stopped is null)));

        // The file of the autoencoder has its options too, and these differ.
        static (string, DictionaryMetrics) Same(TrainAutoencoderResult one) =>
            (one.Curve.Sha256, one.Metrics with { DensityHistogram = [] });

        // Of those that explain something, the ones that no other beats in both.
        static List<(double L0, double Fvu)> Frontier(IEnumerable<TrainAutoencoderResult> of)
        {
            var points = of.Select(one => (one.Metrics.L0, one.Metrics.Fvu)).Where(one => one.Fvu <= Bound).ToList();
            return [.. points.Where(one => !points.Exists(other => other != one && other.L0 <= one.L0 && other.Fvu <= one.Fvu)).Order()];
        }
    }

    [Fact]
    public void A_training_whose_features_are_dead_ends_early_and_resumed_it_ends_with_the_same_bytes()
    {
        var job = Job("dead");
        job = job with
        {
            Options = job.Options with
            {
                Kind = AutoencoderKind.L1,
                Alpha = 100,
                Lr = 0.05,
                Dead = DeadFeatureRemedy.None,
                DeadTokens = 300,
                StopDead = 0.5,
            },
        };
        var whole = Run<TrainAutoencoderResult>(job);
        Assert.Equal((24, null, 0.5), (whole.Stopped!.Step, whole.Stopped.MaxFvu, whole.Stopped.MaxDead));
        Assert.InRange(whole.Stopped.DeadFraction, 0.5, 1);
        using var cancel = new CancellationTokenSource();
        var first = new TestContext(sweep.Root, null, cancel.Token) { OnProgress = p => { if (p.Step == 23) cancel.Cancel(); } };
        Assert.ThrowsAny<OperationCanceledException>(() => _runner.Run(job, first));
        var resumed = Run<TrainAutoencoderResult>(job, new TestContext(sweep.Root, first.Checkpoints[^1].Checkpoint));
        Assert.Equal((whole.Autoencoder, whole.Curve, whole.Stopped), (resumed.Autoencoder, resumed.Curve, resumed.Stopped));
    }

    [Theory]
    [InlineData("0.attn.y")]
    [InlineData("1.mlp.post_act")]
    [InlineData("final_resid")]
    public void Every_kind_of_location_has_autoencoders(string location)
    {
        var result = Run<TrainAutoencoderResult>(Job($"at-{location}", location));
        Assert.Equal(location == "1.mlp.post_act" ? 256 : 128, result.Features);
        Assert.InRange(result.Metrics.Fvu, 0, 0.9);
    }

    [Fact]
    public void Options_that_do_not_fit_the_model_are_the_works_fault_and_named()
    {
        var job = Job("wrong");
        Refused(job with { Options = job.Options with { Location = "2.resid_in" } }, "location is 2.resid_in: the model has 2 layers");
        Refused(job with { Options = job.Options with { Location = "layer 1" } }, "location is 'layer 1'");
        Refused(job with { Options = job.Options with { K = 129 } }, "k is 129: expected at most the number of features, which is 128");
        Refused(job with { Options = job.Options with { SkipTokens = 96 } }, "skip_tokens is 96: expected less than n_ctx, which is 96");

        void Refused(TrainAutoencoderJob wrong, string message)
        {
            var failure = Assert.Throws<JobFailedException>(() => _runner.Run(wrong, new TestContext(sweep.Root)));
            Assert.Equal(FailureKind.Work, failure.Kind);
            Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Baselines_are_measured_as_autoencoders_are_and_dictionaries_compared()
    {
        var (a, b) = (Run<TrainAutoencoderResult>(Job("a")), Run<TrainAutoencoderResult>(Job("b", seed: 1)));
        var job = new EvaluateDictionariesJob
        {
            Output = "baselines",
            Seed = 1,
            Model = sweep.Trained.Model,
            Corpus = sweep.Prepared.Corpus,
            Location = "1.resid_in",
            Baselines = Enum.GetValues<BaselineKind>(),
            ActiveFeatures = [6, 32, 64],
            FitTokens = 2000,
            EvalTokens = 3000,
            IcaIterations = 30,
            Autoencoders = [new("a", a.Autoencoder), new("b", b.Autoencoder)],
        };
        var result = Run<EvaluateDictionariesResult>(job);
        // 64 features at once only random directions have.
        Assert.Equal(
            [6, 32, 6, 32, 6, 32, 6, 32, 64, 6, 32],
            result.Baselines.OrderBy(one => one.Kind).Select(one => one.ActiveFeatures));
        foreach (var baseline in result.Baselines)
        {
            Assert.InRange(baseline.Metrics.L0, 0.5, baseline.ActiveFeatures);
            Assert.Equal(a.Metrics.ModelLoss, baseline.Metrics.ModelLoss, 1e-5);
            Assert.Equal(a.Metrics.MeanLoss, baseline.Metrics.MeanLoss, 1e-5);
            // All directions of the space leave nothing to explain.
            if (baseline.ActiveFeatures == 32 && baseline.Kind != BaselineKind.Random)
            {
                Assert.InRange(baseline.Metrics.Fvu, 0, 1e-3);
                Assert.Equal(baseline.Metrics.ModelLoss, baseline.Metrics.Loss, 1e-2);
            }
        }
        var six = result.Baselines.Where(one => one.ActiveFeatures == 6).ToDictionary(one => one.Kind, one => one.Metrics.Fvu);
        Assert.True(six[BaselineKind.Pca] <= six[BaselineKind.PcaFirst]);
        Assert.True(six[BaselineKind.PcaFirst] < 1);
        Assert.Equal([("a", "b"), ("b", "a")], result.Similarities.Select(one => (one.A, one.B)));
        Assert.All(result.Similarities, one => Assert.InRange(one.Mean, 0.2, 1));
        Assert.Equal(
            result.Baselines.Select(one => one.Metrics.Fvu), Run<EvaluateDictionariesResult>(job).Baselines.Select(one => one.Metrics.Fvu));
        // An autoencoder of another place is no one to compare with.
        var elsewhere = Run<TrainAutoencoderResult>(Job("elsewhere", "0.resid_mid"));
        var failure = Assert.Throws<JobFailedException>(() => _runner.Run(
            job with { Autoencoders = [new("x", elsewhere.Autoencoder)] }, new TestContext(sweep.Root)));
        Assert.Contains("expected 1.resid_in", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patching_all_features_of_a_complete_basis_gives_the_other_prompts_answer()
    {
        var baselines = Run<EvaluateDictionariesResult>(new EvaluateDictionariesJob
        {
            Output = "complete",
            Seed = 1,
            Model = sweep.Trained.Model,
            Corpus = sweep.Prepared.Corpus,
            Location = "1.resid_in",
            Baselines = [BaselineKind.Pca, BaselineKind.Neurons],
            ActiveFeatures = [32],
            FitTokens = 2000,
            EvalTokens = 500,
        });
        var autoencoder = Run<TrainAutoencoderResult>(Job("ablated"));
        var job = new AblateFeaturesJob(
            sweep.PruneJob("ablate"), "1.resid_in",
            [
                new("pca", baselines.Baselines[0].Dictionary), new("neurons", baselines.Baselines[1].Dictionary),
                new("autoencoder", autoencoder.Autoencoder),
            ])
        {
            ActiveFeatures = 32,
            Pairs = 5,
        };
        var result = Run<AblateFeaturesResult>(job);
        Assert.InRange(result.Pairs, 1, 5);
        Assert.Equal(["pca", "neurons", "autoencoder"], result.Curves.Select(curve => curve.Dictionary));
        Assert.Equal([0, 1, 2, 4, 8, 16, 32], result.Curves[0].Points.Select(point => point.Patched));
        foreach (var curve in result.Curves)
        {
            Assert.Equal(0, curve.Points[0].EditSize);
            Assert.Equal(result.Curves[0].Points[0].Divergence, curve.Points[0].Divergence, 1e-6);
            Assert.Equal(result.Curves[0].Points[0].LogitDifference, curve.Points[0].LogitDifference, 1e-6);
            Assert.True(curve.Area >= 0);
        }
        Assert.InRange(result.Curves[0].Points[0].Divergence, 1e-9, 10);
        foreach (var curve in result.Curves.Take(2))
        {
            Assert.InRange(curve.Points[^1].Divergence, 0, 1e-5);
            // The other way round: what was right is now wrong.
            Assert.InRange(curve.Area, 0, 1);
        }
        Assert.Equal(result.Curves[0].Points[^1].LogitDifference, result.Curves[1].Points[^1].LogitDifference, 1e-3);
    }
}
