using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures what <see cref="ValidationResult"/> and <see cref="CircuitChecks"/> hold.</summary>
internal sealed class CircuitValidation(ValidateJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task, Tokenizer tokenizer)
{
    /// <summary>Nodes of a circuit up to which the effect of each is measured: each takes a pass over the validation split.</summary>
    internal const int MostEffects = 512;

    // Tokens whose activations stand in for dropped nodes: enough that two positions seldom draw the same, few enough to keep.
    private const int BankTokens = 1024;

    // Windows of pretraining data in which examples of a node's activity are looked for.
    private const int ExampleWindows = 64;

    // Pairs whose activations are kept token by token.
    private const int ShownPairs = 3;

    /// <exception cref="InvalidDataException">the file is no circuit of this model, or one whose edges were pruned</exception>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    internal ValidationResult Run()
    {
        var circuit = CircuitFile.Load(store.Verify(job.Circuit)).In(job.Model, job.Circuit.Path).WithAllEdges(job.Circuit.Path);
        var kept = circuit.KeptNodes(model.Layout);

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        if (job.Options.CleanUp && circuit.TargetReached && circuit.NodeCount <= MostEffects) circuit = CleanUp(circuit, kept);
        var (scale, shift) = (circuit.Losses.Scale, circuit.Losses.Shift);
        var sufficiency = Ablated(kept).Loss(scale, shift).Loss;
        var necessity = Ablated(Array.ConvertAll(kept, k => !k)).Loss(1, 0).Loss;
        var resample = Evaluate(new Resampling(model, kept, Bank(), job.Seed).Of).Loss(scale, shift).Loss;
        var steps = StepFunctions.Fit(model, kept, task.Rows(TaskSplit.Train), context);
        var binarized = Evaluate(_ => steps.Replace).Loss(scale, shift).Loss;
        var checks = Evidence(new CircuitChecks(sufficiency, necessity, resample, binarized, [.. Effects(circuit, kept)], Activities(kept)), circuit, kept);
        var file = store.WriteBytes($"{job.Output}/circuit.json", (circuit with { Checks = checks }).ToBytes());
        return new ValidationResult(sufficiency, necessity, resample, binarized, file, circuit.NodeCount, circuit.EdgeCount)
        {
            SignAccuracy = Median(checks.Signs.Select(s => s.Accuracy)),
            SignAuc = Median(checks.Signs.Select(s => s.Auc)),
            InterchangeMean = checks.SameLabel?.Locations.Select(at => at.Loss).DefaultIfEmpty(checks.SameLabel.Before).Average(),
            InterchangeWorst = checks.SameLabel?.Locations.Select(at => at.Loss).DefaultIfEmpty(checks.SameLabel.Before).Max(),
            Adversarial = checks.Adversarial,
        };
    }

    private CircuitChecks Evidence(CircuitChecks checks, CircuitFile circuit, bool[] kept)
    {
        var (nodes, pairs) = (new KeptNodes(model.Layout, kept), task.Pairs(TaskSplit.Test));
        var calibration = (circuit.Losses.Scale, circuit.Losses.Shift);
        var interchange = new Interchange(model, kept, nodes, calibration, job.Options.WholeVocabularyLoss, context);
        return checks with
        {
            Signs = SignTest.Of(model, nodes, task.Rows(TaskSplit.Test), context),
            Pairs = circuit.NodeCount > MostEffects ? [] : PairActivity.Of(model, tokenizer, nodes, pairs.Take(ShownPairs)),
            SameLabel = interchange.SameLabel(pairs, new KeyedRandom(job.Seed, "validate", "same label")),
            OtherLabel = interchange.OtherLabel(pairs, new KeyedRandom(job.Seed, "validate", "other label")),
            Adversarial = AdversarialCheck.Of(model, task, kept, calibration, job.Options, context),
        };
    }

    private static double? Median(IEnumerable<double> numbers)
    {
        var sorted = numbers.Order().ToArray();
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Removes what is not needed for the target: each node is tried once, the one of the smallest effect first; equals in node order.</summary>
    private CircuitFile CleanUp(CircuitFile circuit, bool[] kept)
    {
        var nodes = Enumerable.Range(0, kept.Length).Where(node => kept[node]).ToArray();
        var order = nodes.Zip(Effects(circuit, kept).ToList()).OrderBy(n => n.Second.Effect).ThenBy(n => n.First).Select(n => n.First);
        (double Before, Calibration.Fit After)? left = null;
        foreach (var node in order)
        {
            kept[node] = false;
            var logits = OnValidation(kept);
            var calibrated = Calibration.Run(logits, job.Options.CalibrationSteps, job.Options.CalibrationSmoothing);
            if (calibrated.Loss <= job.Options.SelectionLoss) left = (logits.Loss(1, 0).Loss, calibrated);
            else kept[node] = true;
        }
        if (left is not var (before, fit)) return circuit;
        return new CircuitBuilder(model, tokenizer, task).Reduce(circuit, kept, CircuitLosses.Of(before, fit, Ablated(kept)));
    }

    private TaskLogits OnValidation(bool[] kept) =>
        TaskEvaluation.Run(model, task.Rows(TaskSplit.Validation), kept, job.Options.WholeVocabularyLoss, job.Options.Kernels, context);

    private IEnumerable<NodeEffect> Effects(CircuitFile circuit, bool[] kept)
    {
        if (circuit.NodeCount > MostEffects) yield break;
        double Loss() => OnValidation(kept).Loss(circuit.Losses.Scale, circuit.Losses.Shift).Loss;
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
        var (drawn, length) = Windows("bank", Math.Max(1, BankTokens / model.Config.NCtx));
        var windows = drawn.Length / length;
        var bank = new Dictionary<NodeLocation, Tensor>();
        using var scope = torch.NewDisposeScope();
        model.Model.Forward(torch.tensor(Array.ConvertAll(drawn, t => (long)t), [windows, length], device: model.Device), node: (location, value) =>
        {
            bank.Add(location, value.reshape(windows * length, -1).clone().DetachFromDisposeScope());
            return value;
        });
        scope.Attach(bank.Values);
        scope.MoveToOuter(bank.Values);
        return bank;
    }

    private IReadOnlyList<NodeActivity> Activities(bool[] kept)
    {
        var (tokens, length) = Windows("examples", ExampleWindows);
        return new NodeExamples(model, tokenizer, kept, context).Find(tokens, length);
    }

    /// <summary>Windows of the pretraining data, drawn by the job's seed for one purpose.</summary>
    private (int[] Tokens, int Length) Windows(string purpose, int count)
    {
        using var tokens = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        var length = (int)Math.Min(model.Config.NCtx, tokens.Count);
        var random = new KeyedRandom(job.Seed, "validate", purpose);
        var drawn = new int[count * length];
        for (var w = 0; w < count; w++) tokens.CopyTo(random.Next((int)Math.Min(int.MaxValue, tokens.Count - length + 1)), drawn.AsSpan(w * length, length));
        return (drawn, length);
    }
}
