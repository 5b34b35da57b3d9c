using System.Globalization;
using System.Text.Json;
using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Pruning.Latents;
using Sweeps.ModelCore.Tasks;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// What jobs on one model share (the model with its mean cache, the tokenizer, the task's rows, trained masks), kept in memory between
/// jobs, by content
/// and within budgets. An artifact's SHA-256 is checked whenever it is loaded. Not thread-safe.
/// </summary>
/// <param name="modelBudgetBytes">weights of models kept in memory, at least one model whatever its size</param>
internal sealed class KeptInputs(long modelBudgetBytes) : IDisposable
{
    private readonly LruCache<FrozenModel> _models = new(modelBudgetBytes, model => model.Bytes);
    private readonly LruCache<Tokenizer> _tokenizers = new(4, _ => 1);
    private readonly LruCache<TaskData> _tasks = new(32, _ => 1); // a few MiB each
    private readonly LruCache<Masks> _masks = new(16, _ => 1);

    /// <summary>The nodes as masks rank them, the most important first.</summary>
    public int[] Order(ArtifactRef masks, FrozenModel model, ModelTaskJob job, ArtifactStore store)
    {
        var tied = job.Options.TieQueryKey;
        return _masks.GetOrAdd($"{masks.Sha256} {tied}", () => new Masks(NodeRanking.Order(
            MaskFile.Load(store.Verify(masks), model.Layout, job.Model.Sha256), tied ? QueryKeyTies.Owners(model.Layout) : []))).Order;
    }

    /// <summary>The model, the task's pairs and the tokenizer of a job.</summary>
    /// <exception cref="JobFailedException">its options are out of range, or a file is missing or damaged</exception>
    public (FrozenModel Model, TaskData Task, Tokenizer Tokenizer) Load(ModelTaskJob job, IJobContext context, ArtifactStore store)
    {
        JobFailure.ThrowIfAny(job.Options.Validate());
        if (job.Basis is not null)
        {
            if (job is not (PruneJob or ProbeJob or BasisCircuitJob))
                throw new JobInputException($"basis is given to a {job.GetType().Name}: expected none, as it is of channels alone");
            JobFailure.ThrowIfAny(job.Basis.Validate());
        }
        var device = Devices.Parse(context.Device);
        var model = _models.GetOrAdd(
            $"{job.Model.Sha256} {job.MeanCache.Sha256} {job.Options.FinalResid} {BasisKeyOf(job)} {device}",
            () => job.Basis is { } basis ? BasisModel.Load(job, basis, device, store, context) : LoadModel(job, device, store));
        var (encoder, merges) = (job.Corpus.TokenizerEncoder, job.Corpus.TokenizerMerges);
        var tokenizerKey = $"{encoder.Sha256} {merges.Sha256}";
        var tokenizer = _tokenizers.GetOrAdd(tokenizerKey, () => Tokenizer.Load(store.Verify(encoder), store.Verify(merges)));
        var taskKey = string.Create(CultureInfo.InvariantCulture, $"{tokenizerKey} {KeyOf(job)} {model.Config.NCtx} {device}");
        var task = _tasks.GetOrAdd(taskKey, () =>
            TaskData.Of(TaskCatalog.Get(job.Task, job.OwnTask), tokenizer, job.TaskSeed, job.Options, model.Config.NCtx, device));
        return (model, task, tokenizer);
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    public void Clear()
    {
        _models.Dispose();
        _tokenizers.Dispose();
        _tasks.Dispose();
        _masks.Dispose();
    }

    // All that the pairs of a task depend on.
    private static string KeyOf(ModelTaskJob job)
    {
        var own = job.OwnTask is { } task ? JsonSerializer.Serialize(task, JobJson.Options) : "";
        var options = job.Options;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{job.Task} {own} {job.TaskSeed} {options.TrainPairs} {options.ValidationPairs} {options.TestPairs} {options.BatchPairs}");
    }

    // The tokens that means are taken over depend on the corpus.
    private static string BasisKeyOf(ModelTaskJob job) =>
        job.Basis is { } basis ? $"{JsonSerializer.Serialize(basis, JobJson.Options)} {job.Corpus.TrainTokens.Sha256}" : "";

    private static FrozenModel LoadModel(ModelTaskJob job, Device device, ArtifactStore store)
    {
        var (modelPath, meansPath) = (store.Verify(job.Model), store.Verify(job.MeanCache));
        var model = ModelFile.Load(modelPath, device);
        try
        {
            using var means = MeanCache.Load(meansPath, model.Config, device);
            return new FrozenModel(model, means.Means, job.Options.FinalResid);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private sealed record Masks(int[] Order);
}
