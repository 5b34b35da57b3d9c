using Sweeps.ModelCore.Interpretability;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class RegressionTreeTests
{
    private static readonly int[] _rows = [.. Enumerable.Range(0, 4096)];

    [Fact]
    public void A_planted_rule_of_three_tests_is_found_and_predicts_every_token()
    {
        // The first test explains most, so that what is greedy finds it first.
        var values = PlantedText.Feature(of => of("class") == (int)LexicalClass.Name
            ? of("depth") >= 1 ? 11 : 10
            : of("indent") >= 4 ? 1 : 0);
        var tree = Fit(values, depth: 2);
        Assert.All(_rows, row => Assert.Equal(values[row], tree.Predict(PlantedText.Contexts, row), 5));
        var tested = tree.Nodes.Where(node => node.Test is not null).Select(node => ContextFields.All[node.Test!.Value.Field].Name);
        Assert.Equal(["class", "depth", "indent"], tested.Distinct().Order());
    }

    [Fact]
    public void The_first_test_is_the_one_that_a_look_at_all_of_them_finds_best()
    {
        var random = new KeyedRandom(2, "target");
        for (var trial = 0; trial < 3; trial++)
        {
            var rows = _rows[..600];
            var target = Array.ConvertAll(rows, _ => (float)random.NextGaussian());
            var best = (
                from field in Enumerable.Range(0, ContextFields.All.Count)
                from value in rows.Select(row => PlantedText.Contexts.Column(field)[row]).Distinct()
                let test = new ContextTest(field, value)
                let holds = Array.ConvertAll(rows, row => test.Holds(PlantedText.Contexts.Column(field)[row]))
                let count = holds.Count(one => one)
                where count >= 20 && rows.Length - count >= 20
                select (test, Error: SumOfSquares(target, holds))).MinBy(one => one.Error);
            var tree = RegressionTree.Fit(PlantedText.Contexts, rows, target, depth: 1, leaves: 2, minLeaf: 20, minGain: 0);
            var root = tree.Nodes[0];
            // Several tests may cut the tokens in the same way.
            var found = Array.ConvertAll(rows, row => root.Test!.Value.Holds(PlantedText.Contexts.Column(root.Test.Value.Field)[row]));
            Assert.Equal(best.Error, SumOfSquares(target, found), 8);
            Assert.Equal(target.Where((_, i) => found[i]).Average(x => (double)x), tree.Nodes[root.Holds].Mean, 8);
        }
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 8)]
    [InlineData(3, 5)]
    [InlineData(4, 8)]
    public void Depth_leaves_and_tokens_of_a_leaf_are_kept_to(int depth, int leaves)
    {
        var random = new KeyedRandom(3, "target");
        var target = Array.ConvertAll(_rows, _ => (float)random.NextDouble());
        var tree = RegressionTree.Fit(PlantedText.Contexts, _rows, target, depth, leaves, minLeaf: 20, minGain: 0);
        var ends = tree.Nodes.Where(node => node.Test is null).ToArray();
        Assert.InRange(ends.Length, depth + 1, Math.Min(leaves, 1 << depth));
        Assert.All(ends, leaf => Assert.True(leaf.Rows >= 20));
        Assert.Equal(_rows.Length, ends.Sum(leaf => leaf.Rows));
        Assert.All(_rows, row => Assert.Equal(
            tree.Predict(PlantedText.Contexts, row), tree.Predict(PlantedText.Contexts, row, depth)));
    }

    [Fact]
    public void What_is_the_same_everywhere_has_no_rule()
    {
        var tree = Fit([.. Enumerable.Repeat(0.7f, PlantedText.Tokens.Length)], depth: 3);
        Assert.Equal(0.7, Assert.Single(tree.Nodes).Mean, 6);
        Assert.Equal("no rule found (mean 0.7)", RuleText.Of(tree, PlantedText.Contexts.Shown));
    }

    [Fact]
    public void The_rule_is_said_with_its_strongest_leaf_first()
    {
        var tree = Fit(PlantedText.Feature(of => of("class") == (int)LexicalClass.Quote ? (of("string") == 0 ? 10 : 11) : 0), depth: 2);
        var text = RuleText.Of(tree, PlantedText.Contexts.Shown);
        Assert.StartsWith("fires on a quote, inside a string (mean 11, ", text, StringComparison.Ordinal);
        Assert.Contains("; on a quote, outside strings (mean 10, ", text, StringComparison.Ordinal);
    }

    private static RegressionTree Fit(float[] values, int depth) => RegressionTree.Fit(
        PlantedText.Contexts, _rows, values.AsSpan(0, _rows.Length), depth, leaves: 8, minLeaf: 20, minGain: 0);

    private static double SumOfSquares(float[] target, bool[] holds)
    {
        var sum = 0.0;
        foreach (var side in new[] { true, false })
        {
            var values = target.Where((_, i) => holds[i] == side).Select(x => (double)x).ToArray();
            var mean = values.Average();
            sum += values.Sum(x => (x - mean) * (x - mean));
        }
        return sum;
    }
}
