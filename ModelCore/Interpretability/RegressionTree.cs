namespace Sweeps.ModelCore.Interpretability;

/// <summary>A node of a tree: a test and two children, or, without them, a leaf.</summary>
/// <param name="Mean">mean of the target over the rows that come here</param>
/// <param name="Rows">how many rows do</param>
/// <param name="Test">what decides between the children; null in a leaf</param>
/// <param name="Holds">the node of the rows for which the test holds; 0 in a leaf</param>
/// <param name="Fails">the node of the others; 0 in a leaf</param>
internal readonly record struct TreeNode(double Mean, int Rows, ContextTest? Test, int Holds, int Fails);

/// <summary>
/// A regression tree over context vectors (CART, Breiman et al. 1984, with least squares): grown greedily, the split that explains most of
/// the variance first.
/// </summary>
internal sealed class RegressionTree
{
    private readonly List<TreeNode> _nodes = [];

    private RegressionTree()
    {
    }

    /// <summary>The nodes; the root is the first.</summary>
    public IReadOnlyList<TreeNode> Nodes => _nodes;

    /// <summary>Fits a tree.</summary>
    /// <param name="contexts">the context vectors</param>
    /// <param name="rows">the tokens that it is fitted on</param>
    /// <param name="target">what it predicts, for each of <paramref name="rows"/></param>
    /// <param name="depth">tests from root to leaf, at most</param>
    /// <param name="leaves">leaves, at most</param>
    /// <param name="minLeaf">rows of a leaf, at least</param>
    /// <param name="minGain">the fraction of the variance that a split explains, at least</param>
    /// <returns>the tree; of equal splits, the one of the first field and the smallest value</returns>
    public static RegressionTree Fit(
        ContextTable contexts, ReadOnlySpan<int> rows, ReadOnlySpan<float> target, int depth, int leaves, int minLeaf, double minGain)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Length, rows.Length, nameof(target));
        var tree = new RegressionTree();
        var splits = new BestSplit(contexts, minLeaf);
        var (order, values) = (rows.ToArray(), target.ToArray());
        var open = new List<(int Node, int Start, int Length, int Depth, Split? Best)>();
        Grow(0, rows.Length, 0);
        var atLeast = Math.Max(minGain, 1e-9) * Variance(target);
        for (var count = 1; count < leaves; count++)
        {
            var chosen = -1;
            for (var i = 0; i < open.Count; i++)
                if (open[i].Best?.Gain >= atLeast && (chosen < 0 || open[i].Best?.Gain > open[chosen].Best?.Gain)) chosen = i;
            if (chosen < 0) break;
            var (node, start, length, level, best) = open[chosen];
            open.RemoveAt(chosen);
            var test = best!.Value.Test;
            var holding = Partition(order.AsSpan(start, length), values.AsSpan(start, length), contexts.Column(test.Field), test);
            var first = tree._nodes.Count;
            Grow(start, holding, level + 1);
            Grow(start + holding, length - holding, level + 1);
            tree._nodes[node] = tree._nodes[node] with { Test = test, Holds = first, Fails = first + 1 };
        }
        return tree;

        void Grow(int start, int length, int level)
        {
            var sum = 0.0;
            for (var i = start; i < start + length; i++) sum += values[i];
            open.Add((
                tree._nodes.Count, start, length, level,
                level < depth ? splits.Find(order.AsSpan(start, length), values.AsSpan(start, length), sum) : null));
            tree._nodes.Add(new TreeNode(length == 0 ? 0 : sum / length, length, null, 0, 0));
        }
    }

    /// <summary>What the tree says of a token.</summary>
    /// <param name="contexts">the context vectors</param>
    /// <param name="row">the token</param>
    /// <param name="depth">how many tests may be asked</param>
    public double Predict(ContextTable contexts, int row, int depth = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        var node = _nodes[0];
        for (var level = 0; level < depth && node.Test is { } test; level++)
            node = _nodes[test.Holds(contexts.Column(test.Field)[row]) ? node.Holds : node.Fails];
        return node.Mean;
    }

    private static double Variance(ReadOnlySpan<float> values)
    {
        double sum = 0, squares = 0;
        foreach (var value in values)
        {
            sum += value;
            squares += (double)value * value;
        }
        return values.Length == 0 ? 0 : squares - (sum * sum / values.Length);
    }

    // Those for which the test holds come first, each side in its order, so that sums do not depend on how the tree was grown.
    private static int Partition(Span<int> rows, Span<float> values, ReadOnlySpan<int> column, ContextTest test)
    {
        var (otherRows, otherValues, kept) = (new List<int>(), new List<float>(), 0);
        for (var i = 0; i < rows.Length; i++)
        {
            if (test.Holds(column[rows[i]]))
            {
                (rows[kept], values[kept]) = (rows[i], values[i]);
                kept++;
            }
            else
            {
                otherRows.Add(rows[i]);
                otherValues.Add(values[i]);
            }
        }
        otherRows.ToArray().CopyTo(rows[kept..]);
        otherValues.ToArray().CopyTo(values[kept..]);
        return kept;
    }
}
