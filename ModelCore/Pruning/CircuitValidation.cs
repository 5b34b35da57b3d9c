using Sweeps.Files;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Jobs;
using TorchSharp;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures what <see cref="ValidationResult"/> and <see cref="CircuitChecks"/> hold.</summary>
internal sealed class CircuitValidation(
    ValidateJob job, IJobContext context, ArtifactStore store, FrozenModel model, TaskData task, Tokenizer tokenizer)
{
    /// <summary>Nodes of a circuit up to which the effect of each is measured: each takes a pass over the validation split.</summary>
    internal const int MostEffects = 512;

    /// <summary>Nodes of a circuit up to which what two values cost is measured node by node.</summary>
    internal const int MostSteps = 128;

    // Pairs of each split on which many variants of a circuit are run without the engine.
    private const int FewPairs = 32;

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
        using var pretraining = TokenFile.Open(store.Verify(job.Corpus.TrainTokens));
        if (job.Options.CleanUp && circuit.TargetReached && circuit.NodeCount <= MostEffects) circuit = CleanUp(circuit, kept);
        var (scale, shift) = (circuit.Losses.Scale, circuit.Losses.Shift);
        var sufficiency = Ablated(kept).Loss(scale, shift).Loss;
        var necessity = Ablated(Array.ConvertAll(kept, k => !k)).Loss(1, 0).Loss;
        var few = Enum.GetValues<TaskSplit>().ToDictionary(split => split, split => task.Batches(task.Pairs(split).Take(FewPairs)));
        CircuitChecks checks;
        try
        {
            var ladder = new Resampling(
                model, kept, (count, length, random) => Windows(pretraining, count, length, random), job.Seed, job.Options,
                context).Ladder(few[TaskSplit.Validation], few[TaskSplit.Test]);
            var nodes = new KeptNodes(model.Layout, kept);
            var twoValues = new TwoValues(model, task, few[TaskSplit.Validation], kept, nodes, (scale, shift), job.Options, context);
            twoValues.Fit(few[TaskSplit.Train]);
            var losses = new CircuitChecks(
                sufficiency, necessity, ladder[^1].Loss, twoValues.Loss(), [.. Effects(circuit, kept)], Activities(kept, pretraining));
            checks = Evidence(losses, circuit, kept, nodes) with
            {
                Ladder = ladder,
                Steps = twoValues.Steps,
                TwoValued = circuit.TargetReached ? twoValues.AtTarget() : null,
                Signs = SignTest.Of(model, nodes, few[TaskSplit.Train], task.Rows(TaskSplit.Test), context),
            };
        }
        finally
        {
            foreach (var batch in few.Values.SelectMany(batches => batches)) batch.Dispose();
        }
        var file = store.WriteBytes($"{job.Output}/circuit.json", (circuit with { Checks = checks }).ToBytes());
        return new ValidationResult(sufficiency, necessity, checks.Resample, checks.Binarized, file, circuit.NodeCount, circuit.EdgeCount)
        {
            ResampleAccuracy = checks.Ladder[^1].Accuracy,
            TwoValued = checks.TwoValued,
            SignAccuracy = Median(checks.Signs.Select(s => s.Accuracy)),
            SignAuc = Median(checks.Signs.Select(s => s.Auc)),
            InterchangeMean = checks.SameLabel?.Locations.Select(at => at.Loss).DefaultIfEmpty(checks.SameLabel.Before).Average(),
            InterchangeWorst = checks.SameLabel?.Locations.Select(at => at.Loss).DefaultIfEmpty(checks.SameLabel.Before).Max(),
            Adversarial = checks.Adversarial,
        };
    }

    private CircuitChecks Evidence(CircuitChecks checks, CircuitFile circuit, bool[] kept, KeptNodes nodes)
    {
        var pairs = task.Pairs(TaskSplit.Test);
        var calibration = (circuit.Losses.Scale, circuit.Losses.Shift);
        var interchange = new Interchange(model, kept, nodes, calibration, job.Options.WholeVocabularyLoss, context);
        return checks with
        {
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

    /// <summary>
    /// Removes what is not needed for the target: each node is tried once, the one of the smallest effect first; equals in node order.
    /// </summary>
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

    private IReadOnlyList<NodeActivity> Activities(bool[] kept, TokenFile tokens)
    {
        var length = (int)Math.Min(model.Config.NCtx, tokens.Count);
        var drawn = Windows(tokens, ExampleWindows, length, new KeyedRandom(job.Seed, "validate", "examples"));
        return new NodeExamples(model, tokenizer, kept, context).Find(drawn, length);
    }

    /// <summary>Windows of the pretraining data, one behind the other.</summary>
    private static int[] Windows(TokenFile tokens, int count, int length, KeyedRandom random)
    {
        var drawn = new int[count * length];
        for (var w = 0; w < count; w++)
            tokens.CopyTo(random.Next((int)Math.Min(int.MaxValue, tokens.Count - length + 1)), drawn.AsSpan(w * length, length));
        return drawn;
    }
}
