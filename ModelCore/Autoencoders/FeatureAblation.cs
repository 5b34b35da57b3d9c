using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// What a prompt's answer becomes when features take their values on the other prompt of its pair, one after the other: those first whose
/// change times the slope of the answer is largest. What the dictionary does not explain of the activation stays.
/// </summary>
internal static class FeatureAblation
{
    /// <summary>The curve of one dictionary, over both directions of each pair.</summary>
    /// <param name="name">the dictionary's name</param>
    /// <param name="dictionary">features of the location</param>
    /// <param name="model">the model; its parameters want no gradients</param>
    /// <param name="at">the location</param>
    /// <param name="pairs">each of two prompts of equal length</param>
    /// <param name="report">is told how many pairs are done; may throw to end it</param>
    internal static FeatureAblationCurve Run(
        string name, FeatureDictionary dictionary, Transformer model, ValueLocation at, IReadOnlyList<TokenizedPair> pairs,
        Action<int>? report = null)
    {
        if (pairs.Count == 0) return new FeatureAblationCurve(name, [], double.NaN);
        var counts = Counts(dictionary.Features);
        var sums = new double[counts.Length, 3];
        foreach (var (i, pair) in pairs.Index())
        {
            Add(sums, dictionary, model, at, pair.PromptA, pair.PromptB, pair.TokenA, pair.TokenB, counts);
            Add(sums, dictionary, model, at, pair.PromptB, pair.PromptA, pair.TokenB, pair.TokenA, counts);
            report?.Invoke(i + 1);
        }
        var n = 2.0 * pairs.Count;
        var points = counts.Index().Select(
            one => new FeatureAblationPoint(one.Item, sums[one.Index, 0] / n, sums[one.Index, 1] / n, sums[one.Index, 2] / n)).ToList();
        return new FeatureAblationCurve(name, points, Area(points));
    }

    /// <summary>0, the powers of two below the number of features, and that number.</summary>
    internal static int[] Counts(int features)
    {
        List<int> counts = [0];
        for (var count = 1; count < features; count *= 2) counts.Add(count);
        counts.Add(features);
        return [.. counts];
    }

    /// <summary>
    /// The mean of the divergence as a fraction of the first point's, over log2(1 + number patched), by trapezoids; 0 where the first is 0.
    /// </summary>
    internal static double Area(IReadOnlyList<FeatureAblationPoint> points)
    {
        var whole = points[0].Divergence;
        if (!(whole > 0)) return 0;
        var area = 0.0;
        for (var i = 1; i < points.Count; i++)
            area += (At(i) - At(i - 1)) * (points[i].Divergence + points[i - 1].Divergence) / 2;
        return area / (At(points.Count - 1) * whole);

        double At(int i) => Math.Log2(1 + points[i].Patched);
    }

    private static void Add(
        double[,] sums, FeatureDictionary dictionary, Transformer model, ValueLocation at, IReadOnlyList<int> prompt,
        IReadOnlyList<int> other, int right, int wrong, int[] counts)
    {
        using var scope = torch.NewDisposeScope();
        var last = prompt.Count - 1;
        var device = model.FinalLogitsBias.device;
        Tensor tokens = Tokens(prompt), others = Tokens(other);
        Tensor x, slope, change, target;
        using (torch.no_grad())
        {
            x = model.ValueAt(at, tokens); // (1, T, d)
            var counterfactual = model.ValueAt(at, others);
            change = dictionary.Encode(counterfactual.squeeze(0)) - dictionary.Encode(x.squeeze(0)); // (T, F)
            target = model.Forward(others).select(1, last).log_softmax(-1); // (1, V)
        }
        slope = Slope(model, at, x, tokens, last, right, wrong).squeeze(0); // (T, d)

        using var noGradient = torch.no_grad();
        var effect = (change.abs() * slope.mm(dictionary.Atoms.t()).abs()).sum([0]); // (F)
        var rank = effect.argsort(descending: true).argsort(); // (F): 0 is the most effective
        var patched = new List<Tensor>();
        foreach (var (i, count) in counts.Index())
        {
            var edit = (change * (rank < count)).mm(dictionary.Atoms); // (T, d)
            sums[i, 2] += edit.norm().ToDouble() / x.norm().ToDouble();
            patched.Add(x.squeeze(0) + edit);
        }
        var rows = tokens.expand(counts.Length, -1).contiguous();
        var logits = DictionaryEvaluation.Logits(model, at, torch.stack(patched), rows).select(1, last); // (points, V)
        var divergences = (target.exp() * (target - logits.log_softmax(-1))).sum(1).to(ScalarType.Float64).cpu().Values<double>();
        var differences = (logits.select(1, right) - logits.select(1, wrong)).to(ScalarType.Float64).cpu().Values<double>();
        for (var i = 0; i < counts.Length; i++)
        {
            // What is negative is rounding.
            sums[i, 0] += Math.Max(0, divergences[i]);
            sums[i, 1] += differences[i];
        }

        Tensor Tokens(IReadOnlyList<int> ids) => torch.tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Count], device: device);
    }

    // The gradient of the difference of the two answers' logits by the value, (1, T, d).
    private static Tensor Slope(Transformer model, ValueLocation at, Tensor x, Tensor tokens, int last, int right, int wrong)
    {
        using var scope = torch.NewDisposeScope();
        var leaf = x.detach().clone().requires_grad_();
        var logits = DictionaryEvaluation.Logits(model, at, leaf, tokens).select(1, last); // (1, V)
        var difference = (logits.select(1, right) - logits.select(1, wrong)).sum();
        KernelBackward.Run(() => difference.backward());
        return leaf.grad!.detach().clone().MoveToOuterDisposeScope();
    }
}
