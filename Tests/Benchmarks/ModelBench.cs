using System.Globalization;
using System.Runtime.InteropServices;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.Benchmarks;

/// <summary>
/// Training and pruning of one size by the code that jobs run, with the kernels and with the plain composition in turns. Token values do
/// not change the work, so they are
/// random; a mask-training step has 128 sequences of 64 tokens, a probe 5 batches of 64.
/// </summary>
internal sealed class ModelBench(BenchSize size, string root, int runs)
{
    private const int WarmUp = 2, PromptTokens = 64, StepPairs = 64, ProbePairs = 160;

    private readonly ArtifactStore _store = new(root);

    public void Run(int threads)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size.Description}, {threads} threads"));
        Comparison.PrintHeader();
        Threads.Set(threads);
        var trained = Train(threads);
        Prune(trained, threads);
    }

    private TrainResult Train(int threads)
    {
        var tokens = _store.WriteBytes($"{size.Name}/tokens.bin", RandomTokens(200_000));
        TrainResult? result = null;
        TrainJob Job(string name, WeightGradient precision) => new()
        {
            Output = $"{size.Name}/{name}",
            Seed = 1,
            Model = size.Model,
            Corpus = new CorpusArtifacts(tokens, tokens, tokens, tokens),
            // Sparse from the first step, so that every step measured does the same work.
            Training = new TrainingOptions
            {
                Steps = WarmUp + runs + 1,
                BatchSize = size.BatchSize,
                L0 = BenchSize.Density,
                // As before the embeddings had an L0 of their own, so that measurements compare.
                EmbeddingL0 = BenchSize.Density,
                L0AnnealFraction = 0,
                EvalBatches = 1,
                MeanCacheTokens = 1,
                CheckpointEvery = int.MaxValue,
                WeightGradient = precision,
            },
        };
        foreach (var precision in Enum.GetValues<WeightGradient>())
        {
            using var turns = new TurnTaking(root, threads);
            var (plain, kernels) = turns.Run(
                context => Trainer.Run(Job("plain", WeightGradient.Float32), context),
                context => result = Trainer.Run(Job(precision.ToString(), precision), context), WarmUp);
            var rate = size.BatchSize * size.Model.NCtx / kernels.Median;
            Comparison.Print(
                $"  training step, dW in {precision.ToString().ToLowerInvariant()}", plain, kernels, precision == WeightGradient.Float32
                    ? size.Goals.Training
                    : size.Goals.Training + 1,
                string.Create(CultureInfo.InvariantCulture, $"{rate:F0} tokens/s; {Against(size.Published.Training, kernels, 2.5)}"));
        }
        return result!;
    }

    private void Prune(TrainResult trained, int threads)
    {
        using var means = MeanCache.Load(_store.Verify(trained.MeanCache), size.Model, torch.CPU);
        using var model = new FrozenModel(ModelFile.Load(_store.Verify(trained.Model), torch.CPU), means.Means);
        using var task = new TaskData(split => Pairs(split == TaskSplit.Validation ? ProbePairs : 2 * StepPairs), StepPairs, torch.CPU);
        PruneJob Job(string name, KernelChoice kernels) => new()
        {
            Output = $"{size.Name}/prune-{name}",
            Seed = 1,
            Model = trained.Model,
            MeanCache = trained.MeanCache,
            Corpus = new CorpusArtifacts(trained.Model, trained.Model, trained.Model, trained.Model),
            Task = "random",
            TaskSeed = 1,
            Options = new PruningOptions
            {
                Steps = WarmUp + runs + 1,
                BatchPairs = StepPairs,
                CheckpointEvery = int.MaxValue,
                Kernels = kernels,
            },
            Hyperparameters = new PruningHyperparameters(),
        };
        PruneResult? pruned = null;
        using (var turns = new TurnTaking(root, threads))
        {
            var (plain, kernels) = turns.Run(
                context => new NodePruning(Job("plain", KernelChoice.Dense), context, _store, model, task).Run(),
                context => pruned = new NodePruning(Job("kernels", KernelChoice.Sparse), context, _store, model, task).Run(), WarmUp);
            Comparison.Print(
                $"  mask-training step, {2 * StepPairs} × {PromptTokens}", plain, kernels, size.Goals.MaskTraining,
                Against(size.Published.MaskTraining, kernels, 5));
        }

        var clock = new StepClock(root);
        var order = NodeRanking.Order(MaskFile.Load(_store.Verify(pruned!.Masks), model.Layout, trained.Model.Sha256));
        foreach (var k in new[] { order.Length / 2, order.Length / 100 })
        {
            var kept = NodeRanking.Top(order, k);
            TaskLogits Evaluate(KernelChoice choice) =>
                TaskEvaluation.Run(model, task.Rows(TaskSplit.Validation), kept, wholeVocabulary: false, choice, clock);
            List<double> plain = [], kernels = [], calibration = [];
            for (var run = 0; run <= runs; run++)
            {
                Functions.enabled = false;
                plain.Add(Stopwatches.Seconds(() => Evaluate(KernelChoice.Dense)));
                Functions.enabled = true;
                TaskLogits? logits = null;
                kernels.Add(Stopwatches.Seconds(() =>
                {
                    logits = Evaluate(KernelChoice.Sparse);
                    CircuitEdges.Count(model, kept);
                }));
                calibration.Add(Stopwatches.Seconds(() => Calibration.Run(logits!, new PruningOptions().CalibrationSteps)));
            }
            var probe = new Timings(kernels.Skip(1));
            Comparison.Print(
                $"  probe of {k} nodes, {2 * ProbePairs} × {PromptTokens}", new Timings(plain.Skip(1)), probe, 0,
                Against(size.Published.Probe, probe, 8));
            var fit = new Timings(calibration.Skip(1));
            fit.Print(
                "    its calibration, from the logits of the probe",
                Against(size.Published.Calibration, new Timings([probe.Median + fit.Median]), 50));
        }
    }

    // How the public implementation's figure compares; hosts differ by more than a factor of 1.5, so it orients and no more.
    private static string? Against(double? published, Timings ours, double goal) => published is { } seconds
        ? string.Create(CultureInfo.InvariantCulture, $"published bf16 {Timings.Show(seconds)}: {seconds / ours.Median:F1}× (≥ {goal}×)")
        : null;

    private TokenizedPair[] Pairs(int count)
    {
        var random = new KeyedRandom(1, "pairs");
        return [.. Enumerable.Range(0, count).Select(
            i => new TokenizedPair(i, Tokens(random, PromptTokens), Tokens(random, PromptTokens), 1, 2))];
    }

    private byte[] RandomTokens(int count) =>
        MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(Tokens(new KeyedRandom(1, "tokens"), count), t => (ushort)t)).ToArray();

    private int[] Tokens(KeyedRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(size.Model.VocabSize))];
}
