using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests.Training;

/// <summary>A sweep's folder with a corpus that a tiny model can learn, and what a job there reported.</summary>
internal sealed class TrainingFolder : IJobContext, IDisposable
{
    private readonly CancellationTokenSource _cancel = new();

    public TrainingFolder()
    {
        Store = new ArtifactStore(Directory.CreateTempSubdirectory().FullName);
        Corpus = new CorpusArtifacts(Unused("encoder.json"), Unused("vocab.bpe"), Tokens("train.bin", 4000), Tokens("validation.bin", 800));
    }

    public static TrainingOptions Options { get; } = new()
    {
        Steps = 24,
        BatchSize = 4,
        L0 = 0.25,
        L0AnnealFraction = 0.5,
        MinNonzerosPerUnit = 2,
        PeakLr = 0.05,
        WarmupFraction = 0.1,
        Epsilon = 1e-3,
        EvalEvery = 9,
        EvalBatches = 2,
        LogEvery = 5,
        CheckpointEvery = 7,
        MeanCacheTokens = 100,
    };

    public static ModelConfig Model { get; } = new() { NLayer = 2, DModel = 8, DHead = 4, NCtx = 16, VocabSize = 10 };

    public ArtifactStore Store { get; }

    public CorpusArtifacts Corpus { get; }

    public TrainJob Job => new() { Output = "train", Seed = 7, Model = Model, Training = Options, Corpus = Corpus };

    public List<(int Step, ArtifactRef File)> Checkpoints { get; } = [];

    public List<(int Step, double Loss)> Evaluations { get; } = [];

    public List<JobProgress> Progress { get; } = [];

    public int? CancelAfterStep { get; init; }

    public string Root => Store.Root;

    public string Device => "cpu";

    public CancellationToken Cancelled => _cancel.Token;

    public ArtifactRef? ResumeFrom { get; init; }

    public void Report(JobProgress progress)
    {
        Progress.Add(progress);
        if (progress.Step == CancelAfterStep) _cancel.Cancel();
    }

    public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default) => Checkpoints.Add((step, checkpoint));

    public void Evaluated(int step, double loss) => Evaluations.Add((step, loss));

    /// <summary>A context of a later attempt in the same folder is another object.</summary>
    public byte[] Bytes(ArtifactRef artifact) => Store.ReadVerified(artifact);

    public void Dispose()
    {
        _cancel.Dispose();
        if (Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }

    private ArtifactRef Unused(string name) => Store.WriteBytes(name, []);

    // Runs of three equal tokens, the next one following from the last: learnable in a few steps.
    private ArtifactRef Tokens(string name, int count)
    {
        var random = new KeyedRandom(3, name);
        var bytes = new byte[count * 2];
        var token = 0;
        for (var i = 0; i < count; i++)
        {
            if (i % 3 == 0) token = ((token * 3) + 1 + random.Next(2)) % Model.VocabSize;
            bytes[2 * i] = (byte)token;
        }
        return Store.WriteBytes(name, bytes);
    }
}
