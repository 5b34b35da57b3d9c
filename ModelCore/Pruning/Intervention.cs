using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Measures an <see cref="InterventionResult"/> on the test split.</summary>
internal sealed class Intervention(FrozenModel model, TaskData task, CircuitFile circuit, PruningOptions options, IJobContext context)
{
    /// <exception cref="FormatException">the model has no such node</exception>
    /// <exception cref="InvalidDataException">a node is changed twice, or there are no prompts to swap between</exception>
    internal InterventionResult Run(IReadOnlyList<NodeChange> changes)
    {
        if (changes.GroupBy(c => c.Node).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidDataException($"{twice.Key} is changed {twice.Count()} times: expected one change of each node");
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var places = changes.GroupBy(
            c => c.In(model.Config).Location,
            c => (c.In(model.Config).Channel, c.Kind, c.Value)).ToDictionary(g => g.Key, g => Change.Of(model, g.Key, [.. g]));
        IEnumerable<TokenizedPair> pairs = task.Pairs(TaskSplit.Test);
        // Positions of the two prompts must be each other's.
        if (changes.Any(c => c.Kind == NodeChangeKind.Swap)) pairs = pairs.Where(p => p.PromptA.Count == p.PromptB.Count);
        var batches = task.Batches(pairs);
        if (batches.Count == 0)
            throw new InvalidDataException(
                "no pair of the test split has prompts of the same length, so that there is nothing to swap between");
        try
        {
            var (scale, shift) = (circuit.Losses.Scale, circuit.Losses.Shift);
            NodeHook whole = (_, value) => value, alone = model.Ablation(model.Gates(circuit.KeptNodes(model.Layout)));
            return new InterventionResult(
                batches.Sum(b => b.Count), Answers(batches, whole, null, 1, 0), Answers(batches, whole, places, 1, 0),
                Answers(batches, alone, null, scale, shift), Answers(batches, alone, places, scale, shift));
        }
        finally
        {
            foreach (var batch in batches) batch.Dispose();
        }
    }

    private TaskAnswers Answers(
        IReadOnlyList<TaskRows> batches, NodeHook run, Dictionary<NodeLocation, Change>? places, double scale, double shift)
    {
        var logits = TaskEvaluation.Run(
            model, batches, batch => places is null ? run : Changed(batch, run, places), options.WholeVocabularyLoss, context);
        var (sums, counts) = (new double[2], new int[2]);
        for (var row = 0; row < logits.Difference.Length; row++)
        {
            var side = logits.AnswerIsA[row] ? 0 : 1;
            sums[side] += 1 / (1 + Math.Exp(-((scale * logits.Difference[row]) + shift)));
            counts[side]++;
        }
        return new TaskAnswers(logits.Loss(scale, shift).Loss, logits.Accuracy(scale, shift), sums[0] / counts[0], sums[1] / counts[1]);
    }

    private NodeHook Changed(TaskRows batch, NodeHook run, Dictionary<NodeLocation, Change> places)
    {
        var own = new Dictionary<NodeLocation, Tensor>();
        if (places.Values.Any(change => change.Swaps))
        {
            model.Model.Forward(batch.Tokens, batch.Positions, (location, value) =>
            {
                var usual = run(location, value);
                if (places.ContainsKey(location)) own[location] = usual.clone().DetachFromDisposeScope();
                return usual;
            });
        }
        // Rows 2i and 2i + 1 are a pair.
        long[] partnerOf = [.. Enumerable.Range(0, batch.Count).Select(row => (long)(row ^ 1))];
        var partners = torch.tensor(partnerOf, device: model.Device);
        foreach (var value in own.Values) value.MoveToOtherDisposeScope(partners);
        return (location, value) =>
        {
            var usual = run(location, value);
            return places.TryGetValue(location, out var change)
                ? change.Apply(usual, own.GetValueOrDefault(location)?.index_select(0, partners))
                : usual;
        };
    }

    /// <summary>The changes at one location, as rows of its width.</summary>
    /// <param name="Keep">1 where a node keeps its value</param>
    /// <param name="Swap">1 where it gets its partner's</param>
    /// <param name="Constant">what is put where it gets a number</param>
    /// <param name="Swaps">whether any is swapped</param>
    private sealed record Change(Tensor Keep, Tensor Swap, Tensor Constant, bool Swaps)
    {
        internal static Change Of(FrozenModel model, NodeLocation location, (int Channel, NodeChangeKind Kind, float Value)[] changes)
        {
            var width = model.Layout.Width(location);
            var (keep, swap, constant, means) = (new float[width], new float[width], new float[width], model.Mean(
                location).Values<float>());
            Array.Fill(keep, 1);
            foreach (var (channel, kind, value) in changes)
            {
                keep[channel] = 0;
                if (kind == NodeChangeKind.Swap) swap[channel] = 1;
                else constant[channel] = kind == NodeChangeKind.Mean ? means[channel] : value;
            }
            return new Change(Row(model, keep), Row(model, swap), Row(model, constant), changes.Any(c => c.Kind == NodeChangeKind.Swap));
        }

        internal Tensor Apply(Tensor usual, Tensor? partner)
        {
            var changed = (usual * Keep) + Constant;
            return Swaps ? changed + (partner! * Swap) : changed;
        }
    }

    private static Tensor Row(FrozenModel model, float[] values) => torch.tensor(values, device: model.Device);
}
