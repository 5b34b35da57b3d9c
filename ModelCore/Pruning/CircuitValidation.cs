using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures what <see cref="ValidationResult"/> and <see cref="CircuitChecks"/> hold.</summary>
internal sealed class CircuitValidation(ValidateJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task)
{
    /// <summary>Nodes of a circuit up to which the effect of each is measured: each takes a pass over the validation split.</summary>
    internal const int MostEffects = 512;

    // Tokens whose activations stand in for dropped nodes: enough that two positions seldom draw the same, few enough to keep.
    private const int BankTokens = 1024;

    /// <exception cref="InvalidDataException">the file is no circuit of this model</exception>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    internal ValidationResult Run()
    {
        var circuit = CircuitFile.Load(store.Verify(job.Circuit));
        if (circuit.Model.Sha256 != job.Model.Sha256)
            throw new InvalidDataException($"{job.Circuit.Path} is a circuit of the model {circuit.Model.Sha256}: expected {job.Model.Sha256}");
        var kept = new bool[model.Layout.Count];
        foreach (var at in circuit.Nodes)
            foreach (var channel in at.Channels)
                kept[model.Layout.Offset(NodeLocation.Parse(at.Location)) + channel] = true;
        var (scale, shift) = (circuit.Losses.Scale, circuit.Losses.Shift);

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var sufficiency = Ablated(kept).Loss(scale, shift).Loss;
        var necessity = Ablated(Array.ConvertAll(kept, k => !k)).Loss(1, 0).Loss;
        var resample = Evaluate(new Resampling(model, kept, Bank(), job.Seed).Of).Loss(scale, shift).Loss;
        var steps = StepFunctions.Fit(model, kept, task.Rows(TaskSplit.Train), context);
        var binarized = Evaluate(_ => steps.Replace).Loss(scale, shift).Loss;
        var checks = new CircuitChecks(sufficiency, necessity, resample, binarized, [.. Effects(circuit, kept)]);
        var file = store.WriteBytes($"{job.Output}/circuit.json", (circuit with { Checks = checks }).ToBytes());
        return new ValidationResult(sufficiency, necessity, resample, binarized, file);
    }

    private IEnumerable<NodeEffect> Effects(CircuitFile circuit, bool[] kept)
    {
        if (circuit.NodeCount > MostEffects) yield break;
        double Loss() => TaskEvaluation.Run(model, task.Rows(TaskSplit.Validation), kept, job.Options.WholeVocabularyLoss, job.Options.Kernels, context)
            .Loss(circuit.Losses.Scale, circuit.Losses.Shift).Loss;
        var whole = Loss();
        for (var node = 0; node < kept.Length; node++)
        {
            if (!kept[node]) continue;
            var (location, channel) = model.Layout.At(node);
            kept[node] = false;
            yield return new NodeEffect(CircuitEdge.Node(location.Name, channel), Loss() - whole);
            kept[node] = true;
        }
    }

    private TaskLogits Ablated(bool[] kept) =>
        TaskEvaluation.Run(model, task.Rows(TaskSplit.Test), kept, job.Options.WholeVocabularyLoss, job.Options.Kernels, context);

    private TaskLogits Evaluate(Func<TaskRows, NodeHook> nodes) =>
        TaskEvaluation.Run(model, task.Rows(TaskSplit.Test), nodes, job.Options.WholeVocabularyLoss, context);

    /// <summary>The activations of every node on windows of the pretraining data, drawn by the job's seed: (tokens, width) per location.</summary>
    private Dictionary<NodeLocation, Tensor> Bank()
    {
        using var tokens = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        var length = (int)Math.Min(model.Config.NCtx, tokens.Count);
        var windows = Math.Max(1, BankTokens / length);
        var random = new KeyedRandom(job.Seed, "validate", "bank");
        var drawn = new int[windows * length];
        for (var w = 0; w < windows; w++) tokens.CopyTo(random.Next((int)Math.Min(int.MaxValue, tokens.Count - length + 1)), drawn.AsSpan(w * length, length));
        var bank = new Dictionary<NodeLocation, Tensor>();
        using var scope = torch.NewDisposeScope();
        model.Model.Forward(torch.tensor(Array.ConvertAll(drawn, t => (long)t), [windows, length], device: model.Device), node: (location, value) =>
        {
            bank.Add(location, value.reshape(windows * length, -1).clone().DetachFromDisposeScope());
            return value;
        });
        foreach (var activations in bank.Values) scope.Keep(activations);
        return bank;
    }
}
