namespace Sweeps.ModelCore.Interpretability;

/// <summary>A test and how much of the sum of squares it explains.</summary>
internal readonly record struct Split(ContextTest Test, double Gain);

/// <summary>Finds the test that explains most of a target's variance, by counts and sums for each value of each field.</summary>
internal sealed class BestSplit
{
    private readonly ContextTable _contexts;
    private readonly int _minLeaf;
    private readonly int[] _counts;
    private readonly double[] _sums;
    private readonly List<int> _values = [];

    /// <summary>A search for splits that leave at least <paramref name="minLeaf"/> rows on both sides.</summary>
    public BestSplit(ContextTable contexts, int minLeaf)
    {
        (_contexts, _minLeaf) = (contexts, Math.Max(1, minLeaf));
        var size = contexts.Sizes.Max();
        (_counts, _sums) = (new int[size], new double[size]);
    }

    /// <summary>The best test for some rows; null when none explains anything.</summary>
    /// <param name="rows">tokens</param>
    /// <param name="target">of each of them</param>
    /// <param name="sum">of the target</param>
    public Split? Find(ReadOnlySpan<int> rows, ReadOnlySpan<float> target, double sum)
    {
        if (rows.Length < 2 * _minLeaf) return null;
        Split? best = null;
        for (var field = 0; field < ContextFields.All.Count; field++)
        {
            Count(_contexts.Column(field), rows, target);
            _values.Sort();
            var (count, below) = (0, 0.0);
            foreach (var value in _values)
            {
                (count, below) = ContextFields.All[field].Ordered
                    ? (count + _counts[value], below + _sums[value])
                    : (_counts[value], _sums[value]);
                if (count < _minLeaf || rows.Length - count < _minLeaf) continue;
                var difference = (below / count) - ((sum - below) / (rows.Length - count));
                var gain = (double)count * (rows.Length - count) / rows.Length * difference * difference;
                if (gain > (best?.Gain ?? 0)) best = new Split(new ContextTest(field, value), gain);
            }
            foreach (var value in _values) (_counts[value], _sums[value]) = (0, 0);
            _values.Clear();
        }
        return best;
    }

    private void Count(ReadOnlySpan<int> column, ReadOnlySpan<int> rows, ReadOnlySpan<float> target)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var value = column[rows[i]];
            if (_counts[value]++ == 0) _values.Add(value);
            if (target[i] != 0) _sums[value] += target[i];
        }
    }
}
