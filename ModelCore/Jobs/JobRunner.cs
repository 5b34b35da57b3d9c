using System.Globalization;
using System.Text.Json;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Torch;
using Sweeps.ModelCore.Training;

namespace Sweeps.ModelCore.Jobs;

/// <summary>
/// Runs jobs: the one way into ModelCore. Keeps what jobs on one model share (the model with its mean cache, the tokenizer, the task's rows, trained
/// masks) in memory between jobs, by content and within budgets, so that hundreds of prunings and their probes load it once. An artifact's SHA-256
/// is checked whenever it is loaded. Not thread-safe.
/// </summary>
public sealed class JobRunner : IDisposable
{
    private readonly LruCache<FrozenModel> _models;
    private readonly LruCache<Tokenizer> _tokenizers = new(4, _ => 1);
    private readonly LruCache<TaskData> _tasks = new(32, _ => 1); // a few MiB each
    private readonly LruCache<Masks> _masks = new(16, _ => 1);

    /// <summary>Weights of models kept in memory where the caller does not say: 4 GiB.</summary>
    public const long DefaultModelBudget = 4L << 30;

    /// <summary>A runner with nothing loaded.</summary>
    /// <param name="modelBudgetBytes">weights of models kept in memory, at least one model whatever its size</param>
    public JobRunner(long modelBudgetBytes = DefaultModelBudget) => _models = new LruCache<FrozenModel>(modelBudgetBytes, model => model.Bytes);

    /// <summary>Runs a job to its end.</summary>
    /// <exception cref="JobFailedException">the job cannot give its result; says whose fault it is</exception>
    /// <exception cref="OperationCanceledException">the context asked to stop; what can be resumed was checkpointed</exception>
    public JobResult Run(Job job, IJobContext context)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(context);
        var store = new ArtifactStore(context.Root);
        try
        {
            context.Cancelled.ThrowIfCancellationRequested();
            return job switch
            {
                PrepareJob prepare => PrepareRun.Run(prepare, context, store),
                TrainJob train => Trainer.Run(train, context),
                EvaluateJob evaluate => Evaluate(evaluate, context, store),
                PruneJob prune => Prune(prune, context, store),
                ProbeJob probe => Probe(probe, context, store),
                CircuitJob circuit => Circuit(circuit, context, store),
                ValidateJob validate => Validate(validate, context, store),
                CurveJob curve => Curve(curve, context, store),
                PruneEdgesJob edges => PruneEdges(edges, context, store),
                _ => throw new JobFailedException(FailureKind.Work, $"no way to run a {job.GetType().Name}"),
            };
        }
        catch (Exception e) when (e is TorchOutOfMemoryException or OutOfMemoryException)
        {
            // The next attempt, here or elsewhere, should not meet the same full memory: neither what is kept nor what the job left to the collector.
            Clear();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            torch.cpu.empty_cache();
            throw new JobFailedException(FailureKind.World, JobFailure.Describe(e), e);
        }
        catch (Exception e) when (e is TaskException or InvalidDataException or ArgumentException)
        {
            throw new JobFailedException(FailureKind.Work, e.Message, e);
        }
    }

    /// <summary>What changing nodes of a model does to its answers, and to those of a circuit in it: a question that somebody asks, not a trial.</summary>
    /// <param name="inputs">the model and the task</param>
    /// <param name="circuit">the circuit's file</param>
    /// <param name="changes">none changes a node twice</param>
    /// <param name="context">where to find the files, and what to run on</param>
    /// <exception cref="JobFailedException">the inputs do not fit together</exception>
    /// <exception cref="FormatException">the model has no such node</exception>
    /// <exception cref="InvalidDataException">the circuit's file is damaged or of another model, or the changes contradict each other</exception>
    public InterventionResult Intervene(ModelTaskJob inputs, ArtifactRef circuit, IReadOnlyList<NodeChange> changes, IJobContext context)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(context);
        var store = new ArtifactStore(context.Root);
        var (model, task, _) = Load(inputs, context, store);
        var file = CircuitFile.Load(store.Verify(circuit)).In(inputs.Model, circuit.Path);
        return new Intervention(model, task, file, inputs.Options, context).Run(changes);
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Clear()
    {
        _models.Dispose();
        _tokenizers.Dispose();
        _tasks.Dispose();
        _masks.Dispose();
    }

    private EvaluateResult Evaluate(EvaluateJob job, IJobContext context, ArtifactStore store)
    {
        var (model, task, _) = Load(job, context, store);
        var losses = new double[3];
        var accuracy = 0.0;
        foreach (var split in Enum.GetValues<TaskSplit>())
        {
            var logits = TaskEvaluation.Run(model, task.Rows(split), kept: null, wholeVocabulary: false, job.Options.Kernels, context);
            losses[(int)split] = logits.Loss(1, 0).Loss;
            accuracy = logits.Accuracy(1, 0); // the last split is the test split
        }
        return new EvaluateResult(losses[(int)TaskSplit.Train], losses[(int)TaskSplit.Validation], losses[(int)TaskSplit.Test], accuracy);
    }

    private PruneResult Prune(PruneJob job, IJobContext context, ArtifactStore store)
    {
        Refuse(job.Hyperparameters.Validate());
        var (model, task, _) = Load(job, context, store);
        return job.Method == PruningMethod.Attribution
            ? new AttributionRanking(job, context, store, model, task).Run()
            : new NodePruning(job, context, store, model, task).Run();
    }

    private ProbeResult Probe(ProbeJob job, IJobContext context, ArtifactStore store)
    {
        var (model, task, _) = Load(job, context, store);
        return CircuitProbe.Run(model, task, Order(job.Masks, model, job, store), job.K, job.Options, context);
    }

    private CircuitResult Circuit(CircuitJob job, IJobContext context, ArtifactStore store)
    {
        var (model, task, tokenizer) = Load(job, context, store);
        var probe = job.Probe;
        var kept = NodeRanking.Top(Order(job.Masks, model, job, store), probe.K);
        var test = TaskEvaluation.Run(model, task.Rows(TaskSplit.Test), kept, job.Options.WholeVocabularyLoss, job.Options.Kernels, context);
        var losses = CircuitLosses.Of(probe.LossBefore, new(probe.Loss, probe.Scale, probe.Shift), test);
        var file = new CircuitBuilder(model, tokenizer, task).Build(job, kept, losses);
        var artifact = store.WriteBytes($"{job.Output}/circuit.json", file.ToBytes());
        return new CircuitResult(artifact, file.NodeCount, file.EdgeCount, losses.Validation, losses.Test, losses.TestAccuracy);
    }

    private ValidationResult Validate(ValidateJob job, IJobContext context, ArtifactStore store)
    {
        var (model, task, tokenizer) = Load(job, context, store);
        return new CircuitValidation(job, context, store, model, task, tokenizer).Run();
    }

    private CurveResult Curve(CurveJob job, IJobContext context, ArtifactStore store)
    {
        var (model, task, _) = Load(job, context, store);
        var circuit = CircuitFile.Load(store.Verify(job.Circuit));
        return CircuitCurve.Run(job, circuit, model, task, Order(circuit.Masks, model, job, store), context);
    }

    private CircuitResult PruneEdges(PruneEdgesJob job, IJobContext context, ArtifactStore store)
    {
        var (model, task, tokenizer) = Load(job, context, store);
        return new EdgePruning(job, context, store, model, task, tokenizer).Run();
    }

    /// <summary>The nodes as masks rank them, the most important first.</summary>
    private int[] Order(ArtifactRef masks, FrozenModel model, ModelTaskJob job, ArtifactStore store)
    {
        var tied = job.Options.TieQueryKey;
        return _masks.GetOrAdd($"{masks.Sha256} {tied}", () => new Masks(NodeRanking.Order(
            MaskFile.Load(store.Verify(masks), model.Layout, job.Model.Sha256), tied ? QueryKeyTies.Owners(model.Layout) : []))).Order;
    }

    private (FrozenModel Model, TaskData Task, Tokenizer Tokenizer) Load(ModelTaskJob job, IJobContext context, ArtifactStore store)
    {
        Refuse(job.Options.Validate());
        var device = Device.Parse(context.Device);
        var model = _models.GetOrAdd($"{job.Model.Sha256} {job.MeanCache.Sha256} {device}", () => LoadModel(job, device, store));
        var (encoder, merges) = (job.Corpus.TokenizerEncoder, job.Corpus.TokenizerMerges);
        var tokenizerKey = $"{encoder.Sha256} {merges.Sha256}";
        var tokenizer = _tokenizers.GetOrAdd(tokenizerKey, () => Tokenizer.Load(store.Verify(encoder), store.Verify(merges)));
        var options = job.Options;
        var taskKey = string.Create(CultureInfo.InvariantCulture,
            $"{tokenizerKey} {job.Task} {(job.OwnTask is { } own ? JsonSerializer.Serialize(own, JobJson.Options) : "")} {job.TaskSeed} {options.TrainPairs} {options.ValidationPairs} {options.TestPairs} {options.BatchPairs} {model.Config.NCtx} {device}");
        var task = _tasks.GetOrAdd(taskKey, () => TaskData.Of(TaskCatalog.Get(job.Task, job.OwnTask), tokenizer, job.TaskSeed, options, model.Config.NCtx, device));
        return (model, task, tokenizer);
    }

    private static FrozenModel LoadModel(ModelTaskJob job, Device device, ArtifactStore store)
    {
        var (modelPath, meansPath) = (store.Verify(job.Model), store.Verify(job.MeanCache));
        var model = ModelFile.Load(modelPath, device);
        try
        {
            using var means = MeanCache.Load(meansPath, model.Config, device);
            return new FrozenModel(model, means.Means);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void Refuse(IEnumerable<string> problems)
    {
        var all = string.Join("; ", problems);
        if (all.Length > 0) throw new JobFailedException(FailureKind.Work, all);
    }

    private sealed record Masks(int[] Order);
}
