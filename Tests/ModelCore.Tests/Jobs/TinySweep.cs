using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests.Jobs;

/// <summary>A corpus and a model, prepared and trained once by real jobs, small enough for a test.</summary>
public sealed class TinySweep : IDisposable
{
    public TinySweep()
    {
        Root = Directory.CreateTempSubdirectory("sweeps-").FullName;
        using var runner = new JobRunner();
        var context = new TestContext(Root);
        Prepared = (PrepareResult)runner.Run(PrepareJob, context);
        Trained = (TrainResult)runner.Run(TrainJob(Prepared), context);
    }

    public static PruningOptions Options { get; } = new()
    {
        Steps = 12,
        BatchPairs = 4,
        TrainPairs = 16,
        ValidationPairs = 8,
        TestPairs = 8,
        CheckpointEvery = 5,
    };

    public static PrepareJob PrepareJob { get; } = new()
    {
        Output = "corpus",
        Seed = 1,
        Corpus = new CorpusOptions
        {
            Idioms = new IdiomsOptions { Documents = 600, Focus = ["single_double_quote"] },
            ValidationFraction = 0.2,
        },
        Tokenizer = new TokenizerOptions { VocabSize = 400 },
    };

    public string Root { get; }

    public PrepareResult Prepared { get; }

    public TrainResult Trained { get; }

    public int Nodes => 2 * ((7 * 32) + 64);

    public static TrainJob TrainJob(PrepareResult prepared) => new()
    {
        Output = "model",
        Seed = 2,
        Model = new ModelConfig { NLayer = 2, DModel = 32, DHead = 8, DMlp = 64, NCtx = 96, VocabSize = prepared.VocabSize },
        Training = new TrainingOptions { Steps = 20, BatchSize = 2, L0 = 0.25, EvalBatches = 1, MeanCacheTokens = 1000 },
        Corpus = prepared.Corpus,
    };

    public PruneJob PruneJob(string output, ulong seed = 3) => PruneJob(Prepared, Trained) with { Output = output, Seed = seed };

    public static PruneJob PruneJob(PrepareResult prepared, TrainResult trained) => new()
    {
        Output = "prune",
        Seed = 3,
        Model = trained.Model,
        MeanCache = trained.MeanCache,
        Corpus = prepared.Corpus,
        Task = "single_double_quote",
        TaskSeed = 4,
        Options = Options,
        Hyperparameters = new PruningHyperparameters { KCoef = 1e-3, Lr = 0.1 },
    };

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
