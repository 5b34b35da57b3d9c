using Sweeps.ModelCore.Interpretability;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class SuffixPatternsTests
{
    private static readonly int[] _rows = [.. Enumerable.Range(0, 8192)];
    private static readonly SuffixIndex _index = new(PlantedText.Contexts, _rows);

    [Fact]
    public void The_index_puts_together_what_has_the_same_last_tokens()
    {
        for (var mask = 1; mask < SuffixIndex.Masks; mask++)
        {
            var keys = Array.ConvertAll(_rows, row => string.Join(
                ',', Enumerable.Range(0, 4).Select(back => (mask >> back & 1) != 0 ? PlantedText.Contexts.Column(back)[row] : -1)));
            Assert.Equal(keys.Distinct().Count(), _index.Suffixes(mask));
            var found = new int[_rows.Length];
            for (var id = 0; id < _index.Suffixes(mask); id++)
            {
                var matches = _index.Matches(mask, id).ToArray();
                Assert.Single(matches.Select(at => keys[at]).Distinct());
                foreach (var at in matches) found[at]++;
            }
            Assert.All(found, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void Planted_patterns_are_found_with_their_activations()
    {
        var (quote, open) = (PlantedText.Id("'"), PlantedText.Id(" in"));
        var values = PlantedText.Feature(of =>
            of("token") == quote ? (of("token_1") == PlantedText.Id("(") ? 5 : 1) : of("token_1") == open ? 3 : 0);
        var patterns = Fit(values, limit: 8);
        Assert.All(_rows, row => Assert.Equal(values[row], patterns.Predict(PlantedText.Contexts, row), 4));
        Assert.Contains(patterns.Patterns, one => one.Shown(PlantedText.Contexts.Shown) == "`'`" && Math.Abs(one.Mean - 1) < 1e-6);
        Assert.Contains(patterns.Patterns, one => one.Shown(PlantedText.Contexts.Shown) == "` in` *" && Math.Abs(one.Mean - 3) < 1e-6);
    }

    [Fact]
    public void Each_pattern_is_the_one_that_a_look_at_all_of_them_finds_best()
    {
        var random = new KeyedRandom(5, "target");
        var rows = _rows[..400];
        var index = new SuffixIndex(PlantedText.Contexts, rows);
        var target = Array.ConvertAll(rows, _ => random.Next(4) == 0 ? (float)random.NextDouble() : 0);
        var patterns = SuffixPatterns.Fit(index, target, limit: 4, minMatches: 3, minGain: 0);
        Assert.Equal(4, patterns.Patterns.Count);
        for (var known = 0; known < patterns.Patterns.Count; known++)
        {
            var before = patterns.Patterns.Take(known).ToArray();
            var best = (
                from mask in Enumerable.Range(1, SuffixIndex.Masks - 1)
                from id in Enumerable.Range(0, index.Suffixes(mask))
                let candidate = new SuffixPattern(mask, index.Tokens(mask, id), 0)
                let groups = Groups([.. before, candidate], rows)
                where groups.Count(number => number == before.Length) >= 3
                    && index.Matches(mask, id).ToArray().Any(at => target[at] != 0)
                select Error(groups, target)).Min();
            Assert.Equal(best, Error(Groups([.. before, patterns.Patterns[known]], rows), target), 8);
        }
        var final = Groups([.. patterns.Patterns], rows);
        for (var i = 0; i < patterns.Patterns.Count; i++)
            Assert.Equal(target.Where((_, at) => final[at] == i).Average(x => (double)x), patterns.Patterns[i].Mean, 6);
    }

    [Fact]
    public void A_feature_that_is_never_active_has_no_pattern()
    {
        var patterns = Fit(new float[PlantedText.Tokens.Length], limit: 8);
        Assert.Empty(patterns.Patterns);
        Assert.Equal(0, patterns.Predict(PlantedText.Contexts, 17));
    }

    private static SuffixPatterns Fit(float[] values, int limit) => SuffixPatterns.Fit(_index, values[.._rows.Length], limit, 5, 1e-4);

    // The most specific pattern that matches, of equal ones the first; -1 for none.
    private static int[] Groups(SuffixPattern[] patterns, int[] rows) => Array.ConvertAll(rows, row =>
        patterns.Select((pattern, i) => (pattern, i)).Where(one => one.pattern.Matches(PlantedText.Contexts, row))
            .OrderByDescending(one => one.pattern.Fixed).ThenBy(one => one.i).Select(one => one.i).FirstOrDefault(-1));

    private static double Error(int[] groups, float[] target) => groups.Select((group, at) => (group, Value: (double)target[at]))
        .GroupBy(one => one.group)
        .Sum(same => same.Sum(one => Math.Pow(one.Value - same.Average(other => other.Value), 2)));
}
