using System.Globalization;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// Describes features of a dictionary and tests the descriptions. All that does not depend on the feature is made once: the halves of the
/// text, which tokens share a suffix, and the exchange of tokens by which chance's share is measured.
/// </summary>
internal sealed class FeatureScorer
{
    private const int TokensBefore = 16, TokensBehind = 6;

    private readonly ContextTable _contexts;
    private readonly InterpretabilityOptions _options;
    private readonly ulong _seed;
    private readonly Fragments _fragments;
    private readonly SuffixIndex _suffixes;
    private readonly int[] _rows;
    private readonly int[] _exchange; // for each token the one whose context it gets
    private readonly int[] _tokens;

    /// <summary>A scorer for the features of one text.</summary>
    /// <param name="contexts">the text</param>
    /// <param name="skipped">tokens at the start of each window that are left out</param>
    /// <param name="options">how</param>
    /// <param name="seed">keys every draw</param>
    public FeatureScorer(ContextTable contexts, int skipped, InterpretabilityOptions options, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        ArgumentNullException.ThrowIfNull(options);
        (_contexts, _options, _seed) = (contexts, options, seed);
        _fragments = new Fragments(contexts, options.FragmentTokens, skipped, seed);
        _suffixes = new SuffixIndex(contexts, _fragments.TrainRows);
        _rows = [.. _fragments.TrainRows.Concat(_fragments.TestRows).Order()];
        _tokens = contexts.Column(0).ToArray();
        _exchange = new int[contexts.Length];
        foreach (var (half, name) in new[] { (_fragments.TrainRows, "train"), (_fragments.TestRows, "test") })
        {
            var shuffled = (int[])half.Clone();
            new KeyedRandom(seed, "exchange", name).Shuffle<int>(shuffled);
            for (var i = 0; i < half.Length; i++) _exchange[half[i]] = shuffled[i];
        }
    }

    /// <summary>Describes and tests a feature.</summary>
    /// <param name="feature">its number, which keys the draws of its fragments</param>
    /// <param name="activations">its activation on each token of the text</param>
    public FeatureScores Score(int feature, ReadOnlySpan<float> activations)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(activations.Length, _contexts.Length, nameof(activations));
        var train = _fragments.TrainRows;
        var target = Gather(activations, train);
        var rule = Rule(train, target);
        var patterns = Patterns(target);
        var judged = _fragments.TopAndRandom(activations, _options.TopFragments, feature);
        var random = _fragments.RandomOnly(2 * _options.TopFragments, feature);
        var concept = Concept.Best(_contexts, train, target);
        var exchanged = Gather(activations, Array.ConvertAll(train, row => _exchange[row]));
        var (nullRule, nullPatterns) = (Rule(train, exchanged), Patterns(exchanged));
        var test = _fragments.TestRows;
        var (active, largest) = (0, 0f);
        foreach (var row in _rows)
        {
            if (activations[row] != 0) active++;
            largest = Math.Max(largest, activations[row]);
        }
        return new FeatureScores(
            feature,
            (double)active / Math.Max(1, _rows.Length),
            largest,
            Agreement(judged, activations, row => rule.Predict(_contexts, row)),
            Agreement(random, activations, row => rule.Predict(_contexts, row)),
            Agreement(judged, activations, row => rule.Predict(_contexts, row, depth: 1)),
            Agreement(judged, activations, row => nullRule.Predict(_contexts, _exchange[row])),
            Agreement(judged, activations, row => patterns.Predict(_contexts, row)),
            Agreement(judged, activations, row => nullPatterns.Predict(_contexts, _exchange[row])),
            TokenPurity.Of(
                _tokens, activations, _rows, _options.TopFraction,
                new KeyedRandom(_seed, "purity", feature.ToString(CultureInfo.InvariantCulture))),
            concept?.Matthews(_contexts, test, Gather(activations, test)),
            RuleText.Of(rule, _contexts.Shown),
            concept?.Test.Phrase(concept.Holds, _contexts.Shown),
            [.. patterns.Patterns.Select(one => new PatternActivation(one.Shown(_contexts.Shown), one.Mean))],
            Contexts(activations));
    }

    private RegressionTree Rule(int[] rows, float[] target) => RegressionTree.Fit(
        _contexts, rows, target, _options.TreeDepth, _options.TreeLeaves, _options.MinLeaf, _options.MinGain);

    private SuffixPatterns Patterns(float[] target) =>
        SuffixPatterns.Fit(_suffixes, target, _options.Patterns, _options.MinMatches, _options.MinGain);

    private static float[] Gather(ReadOnlySpan<float> activations, int[] rows)
    {
        var values = new float[rows.Length];
        for (var i = 0; i < rows.Length; i++) values[i] = activations[rows[i]];
        return values;
    }

    // One place of a window, so that no document fills the list.
    private List<ActivationContext> Contexts(ReadOnlySpan<float> activations)
    {
        var best = new Dictionary<int, int>();
        foreach (var row in _rows)
        {
            if (activations[row] <= 0) continue;
            var window = row / _contexts.Window;
            if (!best.TryGetValue(window, out var other) || activations[row] > activations[other]) best[window] = row;
        }
        var places = best.Values.ToArray();
        var values = Gather(activations, places);
        var chosen = Enumerable.Range(0, places.Length).OrderByDescending(i => values[i]).ThenBy(i => places[i]).Take(_options.Contexts);
        var found = new List<ActivationContext>();
        foreach (var i in chosen) found.Add(Around(places[i], activations));
        return found;
    }

    private ActivationContext Around(int row, ReadOnlySpan<float> activations)
    {
        var window = row / _contexts.Window * _contexts.Window;
        var (first, end) = (Math.Max(window, row - TokensBefore), Math.Min(window + _contexts.Window, row + 1 + TokensBehind));
        string[] tokens = [.. _tokens[first..end].Select(token => _contexts.Shown(token - 1))];
        return new ActivationContext(string.Concat(tokens.Take(row - first)), tokens[row - first], activations[row])
        {
            Tokens = tokens,
            Activations = activations[first..end].ToArray(),
        };
    }

    private static double? Agreement(int[] rows, ReadOnlySpan<float> activations, Func<int, double> predict)
    {
        var (predicted, actual) = (new double[rows.Length], new double[rows.Length]);
        for (var i = 0; i < rows.Length; i++) (predicted[i], actual[i]) = (predict(rows[i]), activations[rows[i]]);
        return Correlation.Pearson(predicted, actual);
    }
}
