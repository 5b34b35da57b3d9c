using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Pruning;

/// <summary>Masks that stay on the model's device, on the CPU in its place, against those in arrays.</summary>
public sealed class TensorMasksTests : TorchTest
{
    private const int Pairs = 64;

    private static readonly PruneJob _job = PlantedCircuit.Job with
    {
        Options = new PruningOptions { Steps = 60, BatchPairs = 16, CheckpointEvery = 7, Kernels = KernelChoice.Dense },
        Hyperparameters = new PruningHyperparameters { KCoef = 3e-3, Lr = 0.05, InitNoiseBias = 0.3, InitNoiseScale = 0.1 },
    };

    private static TaskData Task() => new(split => PlantedCircuit.Pairs(Pairs, seed: (ulong)split), 16, torch.CPU);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void They_are_trained_as_those_in_arrays_are(bool wholeVocabulary)
    {
        using var model = PlantedCircuit.Model();
        using var task = Task();
        Tensor Loss(TaskRows rows, Tensor gates) => rows.Loss(model.Logits(rows.Tokens, rows.Positions, gates), wholeVocabulary);
        (double, float[]) LossOfArrays(TaskRows rows, float[] kept)
        {
            var gates = torch.tensor(kept, requires_grad: true);
            var loss = Loss(rows, gates);
            KernelBackward.Run(() => loss.backward());
            return (loss.ToDouble(), gates.grad!.Values<float>());
        }
        var initial = MaskOptimizer.Initial(model.Layout.Count, _job.Hyperparameters, 5);
        using var tensors = new TensorMasks(_job.Options, _job.Hyperparameters, MaskState.Initial([.. initial]), torch.CPU, Loss);
        using var arrays = new HostMasks(
            new MaskOptimizer(_job.Options, _job.Hyperparameters, MaskState.Initial([.. initial])), LossOfArrays);
        for (var step = 0; step < _job.Options.Steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            using var rows = task.TrainBatch(_job.Seed, step);
            tensors.Step(step, rows);
            arrays.Step(step, rows);
            var (found, expected) = (tensors.Last(), arrays.Last());
            Assert.Equal(step, found.Step);
            Assert.Equal(expected.Loss, found.Loss, 1e-5);
            Assert.Equal(expected.GradientNorm, found.GradientNorm, 1e-5);
        }
        var (tau, m, v) = tensors.State();
        var state = arrays.State();
        Assert.NotEqual(initial, tau);
        Assert.All(tau.Zip(state.Tau), both => Assert.Equal(both.Second, both.First, 1e-5f));
        Assert.All(m.Zip(state.M), both => Assert.Equal(both.Second, both.First, 1e-6f));
        Assert.All(v.Zip(state.V), both => Assert.Equal(both.Second, both.First, 1e-6f));
    }

    [Fact]
    public void A_gradient_above_the_bound_is_scaled_to_it_and_masks_stay_in_range()
    {
        var options = new PruningOptions { Steps = 1, ClipNorm = 1e-3 };
        using var rows = Rows();
        var hyper = new PruningHyperparameters { KCoef = 0, Lr = 100 };
        using var masks = new TensorMasks(options, hyper, MaskState.Initial([0f, 0f]), torch.CPU,
            (_, gates) => (gates * torch.tensor([4f, -4f])).sum());
        masks.Step(0, rows);
        Assert.Equal(Math.Sqrt(2), masks.Last().GradientNorm, 6);
        Assert.Equal(1e-4 / Math.Sqrt(2), masks.State().M[0], 6); // (1 − β1) · clipped gradient
        Assert.Equal([-1f, 1f], masks.State().Tau);
    }

    [Fact]
    public void A_step_that_is_not_finite_is_named_however_late_it_is_read_and_changes_nothing()
    {
        var steps = 0;
        using var rows = Rows();
        using var masks = new TensorMasks(_job.Options, _job.Hyperparameters, MaskState.Initial([0.5f, -0.5f]), torch.CPU,
            (_, gates) => gates.sum() * (++steps == 3 ? double.NaN : 1));
        masks.Step(0, rows);
        masks.Step(1, rows);
        var before = masks.State();
        for (var step = 2; step < 6; step++) masks.Step(step, rows);
        Assert.Equal(2, masks.Last().Step);
        Assert.False(masks.Last().IsFinite);
        Assert.Equal(before.Tau, masks.State().Tau);
        Assert.Equal(before.M, masks.State().M);
        Assert.Equal(before.V, masks.State().V);
    }

    [Fact]
    public void Steps_leave_nothing_behind()
    {
        using var model = PlantedCircuit.Model();
        using var task = Task();
        using var masks = new TensorMasks(_job.Options, _job.Hyperparameters, MaskState.Initial(new float[model.Layout.Count]), torch.CPU,
            (rows, gates) => rows.Loss(model.Logits(rows.Tokens, rows.Positions, gates), false));
        Step(0);
        var after = Tensor.TotalCount;
        for (var step = 1; step < 20; step++) Step(step);
        Assert.Equal(after, Tensor.TotalCount);

        void Step(int step)
        {
            using var rows = task.TrainBatch(1, step);
            masks.Step(step, rows);
            masks.Last();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public void A_training_read_every_few_steps_reports_those_and_gives_the_same_masks_when_resumed(int stepsPerRead)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var model = PlantedCircuit.Model();
        using var task = Task();
        (float[] Tau, TestContext Context) Train(ArtifactRef? from = null)
        {
            var context = new TestContext(root, from);
            var (tau, loss) = new MaskTraining(_job, context, new ArtifactStore(root), task).Run(
                MaskOptimizer.Initial(model.Layout.Count, _job.Hyperparameters, 5),
                state => new TensorMasks(_job.Options, _job.Hyperparameters, state, torch.CPU,
                    (rows, gates) => rows.Loss(model.Logits(rows.Tokens, rows.Positions, gates), false), stepsPerRead),
                "masks");
            Assert.Equal(context.Progress[^1].Loss, loss);
            return (tau, context);
        }
        var whole = Train();
        var (checkpoints, reports) = (whole.Context.Checkpoints, whole.Context.Progress.Select(p => p.Step).ToList());
        Assert.Equal([7, 14, 21, 28, 35, 42, 49, 56], checkpoints.Select(c => c.Step));
        Assert.Equal(
            stepsPerRead == 1 ? Enumerable.Range(0, 61) : [0, 7, 14, 16, 21, 28, 32, 35, 42, 48, 49, 56, 60],
            reports);
        Assert.Equal(whole.Tau, Train(checkpoints[3].Checkpoint).Tau);
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void A_cancelled_training_that_has_diverged_unread_is_a_failure_that_names_the_step_and_no_checkpoint()
    {
        var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var task = Task();
        using var cancel = new CancellationTokenSource();
        var (steps, context) = (0, new TestContext(root, null, cancel.Token));
        Tensor Loss(TaskRows rows, Tensor gates)
        {
            steps++;
            if (steps == 12) cancel.Cancel();
            return gates.sum() * (steps == 10 ? double.PositiveInfinity : 1);
        }
        var failed = Assert.Throws<JobFailedException>(() => new MaskTraining(_job, context, new ArtifactStore(root), task).Run(
            [0.5f, 0.5f], state => new TensorMasks(_job.Options, _job.Hyperparameters, state, torch.CPU, Loss, 16), "masks"));
        Assert.Equal(FailureKind.Work, failed.Kind);
        Assert.Contains("step 9: task loss Infinity", failed.Message, StringComparison.Ordinal);
        Assert.Contains("step-00000007", failed.Message, StringComparison.Ordinal);
        Assert.Equal([7], context.Checkpoints.Select(c => c.Step));
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void Checkpoints_hold_the_same_tensors_whichever_way_the_masks_are_kept()
    {
        var (options, hyper) = (_job.Options, _job.Hyperparameters);
        Assert.Equal(
            Contents(state => new HostMasks(new MaskOptimizer(options, hyper, state), (_, gates) => (1, gates))),
            Contents(state => new TensorMasks(options, hyper, state, torch.CPU, (_, gates) => gates.square().sum())));

        IEnumerable<string> Contents(Func<MaskState, IMasks> masks)
        {
            var root = Directory.CreateTempSubdirectory("sweeps-").FullName;
            using var task = Task();
            var context = new TestContext(root);
            new MaskTraining(_job, context, new ArtifactStore(root), task).Run([0.5f, -0.5f, 0.1f], masks, "masks");
            var (tensors, metadata) = Safetensors.Load(Path.Combine(root, context.Checkpoints[0].Checkpoint.Path));
            Directory.Delete(root, recursive: true);
            return
            [
                .. tensors.OrderBy(t => t.Key).Select(t => $"{t.Key}: {t.Value.Describe()}"),
                .. metadata.Select(m => $"{m.Key}: {m.Value}"),
            ];
        }
    }

    [Fact]
    public void Rows_taken_from_those_on_the_device_are_those_made_of_their_pairs()
    {
        var pairs = PlantedCircuit.Pairs(5, 1).Select((pair, i) => pair with { PromptA = [.. pair.PromptA.Take(4 + i)] }).ToList();
        pairs[4] = pairs[4] with { PromptB = [.. pairs[4].PromptB, 3, 3] };
        using var all = new TaskRows(pairs, torch.CPU);
        foreach (int[] chosen in (int[][])[[0], [3, 1], [1, 4, 0]])
        {
            using var expected = new TaskRows([.. chosen.Select(i => pairs[i])], torch.CPU);
            using var found = all.Select(chosen);
            Assert.True(found.Tokens.IsSame(expected.Tokens) && found.Tokens.is_contiguous());
            Assert.True(found.Positions.IsSame(expected.Positions) && found.Candidates.IsSame(expected.Candidates));
            Assert.Equal((expected.TokenA, expected.TokenB, expected.AnswerIsA), (found.TokenA, found.TokenB, found.AnswerIsA), Same);
        }

        static bool Same((long[] A, long[] B, bool[] Answers) x, (long[] A, long[] B, bool[] Answers) y) =>
            x.A.SequenceEqual(y.A) && x.B.SequenceEqual(y.B) && x.Answers.SequenceEqual(y.Answers);
    }

    private static TaskRows Rows() => new(PlantedCircuit.Pairs(2, 1), torch.CPU);
}
