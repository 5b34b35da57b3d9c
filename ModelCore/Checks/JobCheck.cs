using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.TensorFiles;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Checks;

/// <summary>
/// Jobs on a device against the same on the CPU: one training step with its projection, one with bridges, and one pruning. The device
/// computes with dense products and masks in tensors, the CPU with its kernels and engine; so to check the CPU itself compares these.
/// </summary>
internal static class JobCheck
{
    internal static void Run(string device, CheckedValues values)
    {
        var root = Directory.CreateTempSubdirectory("sweeps-check-").FullName;
        try
        {
            using var runner = new JobRunner();
            var (cpu, here) = (new UnattendedContext(root, "cpu"), new UnattendedContext(root, device));
            var prepared = (PrepareResult)runner.Run(Prepare, cpu);
            var train = Train(prepared);
            var expected = (TrainResult)runner.Run(train, cpu);
            values.Restart();
            var found = (TrainResult)runner.Run(
                train with { Output = "here/model", Training = train.Training with { Kernels = KernelChoice.Dense } }, here);
            Compare(root, found, expected, values, "training step");

            var dense = (TrainResult)runner.Run(
                train with { Output = "cpu/dense", Model = train.Model with { DModel = 32, ActivationFraction = 1 } }, cpu);
            var bridge = Bridge(train, dense);
            var bridgedExpected = (TrainBridgeResult)runner.Run(bridge, cpu);
            values.Restart();
            var bridged = (TrainBridgeResult)runner.Run(
                bridge with { Output = "here/bridged", Training = train.Training with { Kernels = KernelChoice.Dense } }, here);
            Compare(root, bridged, bridgedExpected, values, "step with bridges");
            values.AddNorm("step with bridges: bridges after it", All(root, bridged.Bridges), All(root, bridgedExpected.Bridges), 0.01);

            var prune = Prune(prepared, expected);
            var prunedExpected = (PruneResult)runner.Run(prune, cpu);
            values.Restart();
            var pruned = (PruneResult)runner.Run(
                prune with { Output = "here/prune", Options = prune.Options with { Kernels = KernelChoice.Dense } }, here);
            Compare(root, pruned, prunedExpected, values);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static PrepareJob Prepare { get; } = new()
    {
        Output = "corpus",
        Seed = 1,
        Corpus = new CorpusOptions
        {
            Idioms = new IdiomsOptions { Documents = 200, Focus = ["single_double_quote"] },
            ValidationFraction = 0.2,
        },
        Tokenizer = new TokenizerOptions { VocabSize = 280 },
    };

    private static TrainJob Train(PrepareResult prepared) => new()
    {
        Output = "cpu/model",
        Seed = 2,
        Model = new ModelConfig { NLayer = 2, DModel = 64, NCtx = 64, VocabSize = prepared.VocabSize, AttentionSink = true },
        // A step so long that a wrong one could not hide in the weights' size.
        Training = new TrainingOptions
        {
            Steps = 1,
            BatchSize = 8,
            L0 = 0.25,
            PeakLr = 0.01,
            Epsilon = 1e-4,
            EvalBatches = 2,
            MeanCacheTokens = 1024,
            InitStd = 0.1,
        },
        Corpus = prepared.Corpus,
    };

    private static TrainBridgeJob Bridge(TrainJob like, TrainResult dense) => new()
    {
        Output = "cpu/bridged",
        Seed = like.Seed,
        Model = like.Model,
        Training = like.Training,
        Corpus = like.Corpus,
        Dense = dense.Model,
        Bridges = new BridgeOptions { CoefKlSparse = 0.5 },
    };

    private static PruneJob Prune(PrepareResult prepared, TrainResult trained) => new()
    {
        Output = "cpu/prune",
        Seed = 3,
        Model = trained.Model,
        MeanCache = trained.MeanCache,
        Corpus = prepared.Corpus,
        Task = "single_double_quote",
        TaskSeed = 4,
        Options = new PruningOptions { Steps = 20, BatchPairs = 16, TrainPairs = 64 },
        Hyperparameters = new PruningHyperparameters { Lr = 0.02, KCoef = 1e-3 },
    };

    private static void Compare(string root, TrainResult here, TrainResult expected, CheckedValues values, string what)
    {
        using var scope = torch.NewDisposeScope();
        values.Add($"{what}: loss", here.TrainLoss, expected.TrainLoss, 1e-4);
        values.Add($"{what}: gradient's RMS, relative", Rms(here) / Rms(expected), 1, 1e-3);
        values.Add($"{what}: validation loss after it", here.ValidationLoss, expected.ValidationLoss, 1e-3);
        values.Add($"{what}: nonzeros after it", here.Nonzeros, expected.Nonzeros, expected.Nonzeros / 1000.0);
        // Of two weights of all but one size another may be kept.
        values.AddNorm($"{what}: weights after it", All(root, here.Model), All(root, expected.Model), 0.01);
        values.AddNorm($"{what}: mean activations", All(root, here.MeanCache), All(root, expected.MeanCache), 0.01);

        double Rms(TrainResult result) => TrainingCurve.Load(Path.Combine(root, result.Curve.Path)).Points[0].GradientRms;
    }

    private static void Compare(string root, PruneResult here, PruneResult expected, CheckedValues values)
    {
        using var scope = torch.NewDisposeScope();
        values.Add("pruning: task loss of the last step", here.TaskLoss, expected.TaskLoss, 1e-3);
        values.Add("pruning: nodes kept", here.Kept, expected.Kept, expected.Nodes / 200.0);
        values.AddNorm("pruning: masks", All(root, here.Masks), All(root, expected.Masks), 0.01);
    }

    // All tensors of a file, end to end.
    private static Tensor All(string root, ArtifactRef file)
    {
        var (tensors, _) = Safetensors.Load(Path.Combine(root, file.Path));
        return torch.cat([.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value.reshape(-1))]);
    }
}
