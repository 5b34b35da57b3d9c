using System.Globalization;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>A regression tree in words: where the feature fires, how much, and how often that is.</summary>
internal static class RuleText
{
    private const int Leaves = 3;

    /// <summary>
    /// <c>fires on `return`, on an indented line (mean 2.1, 0.8 % of tokens); …</c>: the leaves whose mean is at least half of the
    /// largest one, three at most, the largest first.
    /// </summary>
    /// <param name="tree">the tree</param>
    /// <param name="token">how a token id is shown</param>
    public static string Of(RegressionTree tree, Func<int, string> token)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var leaves = new List<(TreeNode Leaf, List<(ContextTest Test, bool Holds)> Path)>();
        Walk(0, []);
        var root = tree.Nodes[0];
        if (leaves.Count == 1) return Text($"no rule found (mean {root.Mean:0.###})");
        var sorted = leaves.OrderByDescending(one => one.Leaf.Mean).ToArray();
        var largest = sorted[0].Leaf.Mean;
        var said = sorted.Where((one, i) => i == 0 || (one.Leaf.Mean > 0 && one.Leaf.Mean >= largest / 2)).Take(Leaves).Select(one => Text(
            $"{Phrases(one.Path, token)} (mean {one.Leaf.Mean:0.###}, {100.0 * one.Leaf.Rows / root.Rows:0.##} % of tokens)"));
        return $"fires {string.Join("; ", said)}";

        void Walk(int number, List<(ContextTest, bool)> path)
        {
            var node = tree.Nodes[number];
            if (node.Test is not { } test)
            {
                leaves.Add((node, path));
                return;
            }
            Walk(node.Holds, [.. path, (test, true)]);
            Walk(node.Fails, [.. path, (test, false)]);
        }
    }

    // What a later test says of the same value makes an earlier "not" needless.
    private static string Phrases(List<(ContextTest Test, bool Holds)> path, Func<int, string> token)
    {
        var needed = path.Where(one => one.Holds || ContextFields.All[one.Test.Field].Ordered || !path.Exists(
            other => other.Holds && other.Test.Field == one.Test.Field));
        return string.Join(", ", needed.OrderByDescending(one => one.Holds).Select(one => one.Test.Phrase(one.Holds, token)).Distinct());
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
