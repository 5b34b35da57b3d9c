using System.Globalization;
using System.Runtime.InteropServices;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Torch;
using Sweeps.ModelCore.Training;

namespace Sweeps.Benchmarks;

/// <summary>
/// Training and pruning of one size, by the code that jobs run. Token values do not change the work, so they are random; a mask-training step
/// has 128 sequences of 64 tokens, a probe 5 batches of 64, as in the published figures.
/// </summary>
internal sealed class ModelBench(BenchSize size, string root, int runs)
{
    private const int WarmUp = 2, PromptTokens = 64, StepPairs = 64, ProbePairs = 160;

    private readonly ArtifactStore _store = new(root);

    public void Run(IReadOnlyList<int> threadCounts)
    {
        Console.WriteLine(size.Description);
        TrainResult? trained = null;
        foreach (var threads in threadCounts)
        {
            torch.set_num_threads(threads);
            trained = Train(threads);
        }
        foreach (var threads in threadCounts)
        {
            torch.set_num_threads(threads);
            Prune(trained!, threads);
        }
    }

    private TrainResult Train(int threads)
    {
        var tokens = _store.WriteBytes($"{size.Name}/tokens.bin", RandomTokens(200_000));
        var job = new TrainJob
        {
            Output = size.Name,
            Seed = 1,
            Model = size.Model,
            Corpus = new CorpusArtifacts(tokens, tokens, tokens, tokens),
            // Sparse from the first step, so that every step measured does the same work.
            Training = new TrainingOptions
            {
                Steps = WarmUp + runs + 2,
                BatchSize = size.BatchSize,
                L0 = BenchSize.Density,
                L0AnnealFraction = 0,
                EvalBatches = 1,
                MeanCacheTokens = 1,
                CheckpointEvery = int.MaxValue,
            },
        };
        var clock = new StepClock(root);
        var result = Trainer.Run(job, clock);
        var steps = clock.Steps(WarmUp);
        var rate = size.BatchSize * size.Model.NCtx / steps.Median;
        steps.Print($"  training step, {Threads(threads)}", string.Create(CultureInfo.InvariantCulture, $"{rate:F0} tokens/s"));
        return result;
    }

    private void Prune(TrainResult trained, int threads)
    {
        using var means = MeanCache.Load(_store.Verify(trained.MeanCache), size.Model, Device.CPU);
        using var model = new FrozenModel(ModelFile.Load(_store.Verify(trained.Model), Device.CPU), means.Means);
        using var task = new TaskData(split => Pairs(split == TaskSplit.Validation ? ProbePairs : 2 * StepPairs), StepPairs, Device.CPU);
        var job = new PruneJob
        {
            Output = $"{size.Name}/prune",
            Seed = 1,
            Model = trained.Model,
            MeanCache = trained.MeanCache,
            Corpus = new CorpusArtifacts(trained.Model, trained.Model, trained.Model, trained.Model),
            Task = "random",
            TaskSeed = 1,
            Options = new PruningOptions { Steps = WarmUp + runs + 2, BatchPairs = StepPairs, CheckpointEvery = int.MaxValue },
            Hyperparameters = new PruningHyperparameters(),
        };
        var clock = new StepClock(root);
        var pruned = new MaskTraining(job, clock, _store, model, task).Run();
        clock.Steps(WarmUp).Print($"  mask-training step, {2 * StepPairs} × {PromptTokens}, {Threads(threads)}");

        var order = NodeRanking.Order(MaskFile.Load(_store.Verify(pruned.Masks), model.Layout, trained.Model.Sha256));
        var kept = NodeRanking.Top(order, order.Length / 2);
        var probes = Enumerable.Range(0, 1 + runs).Select(_ => Stopwatches.Seconds(() =>
        {
            var logits = TaskEvaluation.Run(model, task.Rows(TaskSplit.Validation), kept, wholeVocabulary: false, KernelChoice.Auto, clock);
            Calibration.Run(logits, job.Options.CalibrationSteps);
            CircuitEdges.Count(model, kept);
        })).Skip(1);
        new Timings(probes).Print($"  probe with calibration, {2 * ProbePairs} × {PromptTokens}, {Threads(threads)}");
    }

    private TokenizedPair[] Pairs(int count)
    {
        var random = new KeyedRandom(1, "pairs");
        return [.. Enumerable.Range(0, count).Select(i => new TokenizedPair(i, Tokens(random, PromptTokens), Tokens(random, PromptTokens), 1, 2))];
    }

    private byte[] RandomTokens(int count) =>
        MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(Tokens(new KeyedRandom(1, "tokens"), count), t => (ushort)t)).ToArray();

    private int[] Tokens(KeyedRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(size.Model.VocabSize))];

    private static string Threads(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";
}
