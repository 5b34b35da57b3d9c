using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Tests.Training;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>
/// Sizes are such that libtorch would use threads (from 32,768 elements), and odd, so that cuts by their number fall anywhere.
/// </summary>
public sealed class ThreadsTests : TorchTest
{
    [Theory]
    [InlineData(517, 389, 500)]
    [InlineData(389, 517, 1000)]
    [InlineData(2048, 128, 400)]
    [InlineData(8, 16, 64)]
    [InlineData(3, 4, 128)]
    [InlineData(24, 32, 1000)]
    public void Products_have_the_same_bits_with_any_number_of_threads(int m, int n, int k)
    {
        using var random = new torch.Generator(1);
        var (a, at, b, bt) = (Random(m, k), Random(k, m), Random(k, n), Random(n, k));
        Assert.All<Func<Tensor>>(
            [() => a.mm(b), () => at.t().mm(b), () => a.mm(bt.t()), () => at.t().mm(bt.t()), () => torch.nn.functional.linear(a, bt)],
            product =>
        {
            var one = With(1, () => product().Values<float>());
            Assert.Equal(one, With(2, () => product().Values<float>()));
            Assert.Equal(one, With(3, () => product().Values<float>()));
            Assert.Equal(one, With(8, () => product().Values<float>()));
            // In the library's own order.
            Near([.. product().Values<float>().Select(x => (double)x)], torch.tensor(one), 1e-3);
        });

        Tensor Random(long rows, long columns) => torch.randn([rows, columns], generator: random);
    }

    [Fact]
    public void Training_writes_the_same_model_means_and_curve_with_any_number_of_threads()
    {
        var one = With(1, Train);
        Assert.Equal(one, With(2, Train));
        Assert.Equal(one, With(3, Train));

        static (string Model, string Means, string Curve, double Loss) Train()
        {
            using var folder = new TrainingFolder();
            var result = Trainer.Run(folder.Job with
            {
                Model = TrainingFolder.Model with { NLayer = 1, DModel = 152, NCtx = 75 },
                Training = TrainingFolder.Options with { Steps = 5, BatchSize = 9, L0AnnealFraction = 0.2, EvalEvery = 2 },
            }, folder);
            return (result.Model.Sha256, result.MeanCache.Sha256, result.Curve.Sha256, result.ValidationLoss);
        }
    }

    [Fact]
    public void Pruning_and_probes_measure_the_same_with_any_number_of_threads()
    {
        using var sweep = new TinySweep();
        var context = new TestContext(sweep.Root);
        TrainResult trained;
        using (var runner = new JobRunner())
        {
            var job = TinySweep.TrainJob(sweep.Prepared);
            trained = (TrainResult)runner.Run(
                job with
                {
                    Output = "wide",
                    Model = job.Model with { NLayer = 1, DModel = 152, DMlp = 600 },
                    Training = job.Training with { Steps = 2 },
                },
                context);
        }
        var one = With(1, Prune);
        Assert.Equal(one, With(2, Prune));
        Assert.Equal(one, With(3, Prune));

        (string Masks, ProbeResult Probe) Prune()
        {
            using var runner = new JobRunner();
            var job = TinySweep.PruneJob(sweep.Prepared, trained) with { Options = TinySweep.Options with { Steps = 3, BatchPairs = 8 } };
            var pruned = (PruneResult)runner.Run(job, context);
            return (pruned.Masks.Sha256, (ProbeResult)runner.Run(new ProbeJob(job, pruned.Masks, pruned.Nodes / 2), context));
        }
    }

    private static T With<T>(int threads, Func<T> body)
    {
        var before = Threads.Get();
        try
        {
            Threads.Set(threads);
            return body();
        }
        finally
        {
            Threads.Set(before);
        }
    }
}
