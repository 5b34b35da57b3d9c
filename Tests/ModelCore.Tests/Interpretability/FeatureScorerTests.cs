using System.Text.Json;
using Sweeps.ModelCore.Interpretability;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class FeatureScorerTests
{
    private static readonly FeatureScorer _scorer = new(PlantedText.Contexts, skipped: 1, new InterpretabilityOptions(), seed: 1);

    [Fact]
    public void A_planted_rule_scores_far_above_its_first_test_and_above_suffixes()
    {
        var feature = PlantedText.Feature(
            of => of("class") == (int)LexicalClass.Name && of("depth") >= 1 && of("string") == 0 ? 2 : 0, noise: 0.3);
        var scores = _scorer.Score(0, feature);
        Assert.True(scores.RuleR > 0.95, $"{scores}");
        Assert.True(scores.RuleRandomR > 0.95, $"{scores}");
        Assert.True(scores.DepthOneR < scores.RuleR - 0.1, $"{scores}");
        Assert.True(scores.NgramR < scores.RuleR - 0.1, $"{scores}");
        Assert.Contains("on a name", scores.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_planted_suffix_scores_by_its_pattern_and_is_shown_where_it_fires()
    {
        var scores = _scorer.Score(1, PlantedText.Feature(of => of("token_1") == PlantedText.Id(" in") ? 1 : 0, noise: 0.05));
        Assert.True(scores.NgramR > 0.95, $"{scores}");
        Assert.Equal("` in` *", scores.Patterns[0].Pattern);
        Assert.Equal(8, scores.Contexts.Count);
        Assert.All(scores.Contexts, place => Assert.EndsWith(" in", place.Before, StringComparison.Ordinal));
        Assert.Equal("after ` in`", scores.Concept);
        Assert.True(scores.ConceptMatthews > 0.9, $"{scores}");
    }

    [Fact]
    public void A_place_has_the_activation_of_each_token_before_it_and_of_some_behind_within_its_window()
    {
        var feature = PlantedText.Feature(of => of("token_1") == PlantedText.Id(" in") ? 1 : 0, noise: 0.05);
        foreach (var place in _scorer.Score(1, feature).Contexts)
        {
            var at = Enumerable.Range(0, place.Tokens.Count).Single(
                i => string.Concat(place.Tokens.Take(i)) == place.Before && place.Tokens[i] == place.Token);
            Assert.InRange(at, 0, 16);
            Assert.InRange(place.Tokens.Count - at - 1, 0, 6);
            Assert.Equal(place.Activation, place.Activations[at]);
            // They stand in the text side by side, as they are shown: somewhere in the feature's own values, and in one window.
            var first = Enumerable.Range(0, feature.Length - place.Tokens.Count + 1).Single(
                row => feature.AsSpan(row, place.Tokens.Count).SequenceEqual([.. place.Activations]));
            Assert.Equal(
                first / PlantedText.Contexts.Window, (first + place.Tokens.Count - 1) / PlantedText.Contexts.Window);
            for (var i = 0; i < place.Tokens.Count; i++)
                Assert.Equal(PlantedText.Contexts.Shown(PlantedText.Contexts.Column(0)[first + i] - 1), place.Tokens[i]);
        }
    }

    [Fact]
    public void With_exchanged_tokens_nothing_is_left_of_any_of_them()
    {
        var random = new KeyedRandom(12, "fields");
        var features = Enumerable.Range(0, 24).Select(i =>
        {
            var field = ContextFields.All[random.Next(ContextFields.All.Count)].Name;
            var value = PlantedText.Contexts.Column(PlantedText.Field(field))[random.Next(PlantedText.Tokens.Length)];
            return _scorer.Score(i, PlantedText.Feature(of => of(field) == value ? 1 : 0, noise: 0.2));
        }).ToArray();
        var scores = DictionaryScoring.Of(features, seed: 1);
        Assert.InRange(scores.NullRule!.Mean, -0.05, 0.05);
        Assert.InRange(scores.NullNgram!.Mean, -0.05, 0.05);
        Assert.True(scores.Rule!.Mean > 0.7, $"{scores}");
        Assert.True(scores.Rule.Low <= scores.Rule.Mean && scores.Rule.Mean <= scores.Rule.High);
    }

    [Fact]
    public void A_feature_of_noise_has_no_score_that_holds_on_other_tokens()
    {
        var random = new KeyedRandom(13, "noise");
        var features = Enumerable.Range(0, 12).Select(i => _scorer.Score(
            i, Array.ConvertAll(PlantedText.Tokens, _ => random.Next(20) == 0 ? (float)random.NextDouble() : 0))).ToArray();
        var scores = DictionaryScoring.Of(features, seed: 1);
        Assert.InRange(scores.Rule!.Mean, -0.05, 0.05);
        Assert.InRange(scores.Ngram!.Mean, -0.05, 0.05);
        Assert.InRange(scores.Concept!.Mean, -0.05, 0.05);
        Assert.InRange(scores.Purity!.Mean, -0.1, 0.1);
    }

    [Fact]
    public void The_same_feature_has_the_same_scores()
    {
        var feature = PlantedText.Feature(of => of("depth") > 1 ? 1 : 0, noise: 0.3);
        var again = new FeatureScorer(PlantedText.Contexts, skipped: 1, new InterpretabilityOptions(), seed: 1);
        Assert.Equal(JsonSerializer.Serialize(_scorer.Score(3, feature)), JsonSerializer.Serialize(again.Score(3, feature)));
    }

    [Fact]
    public void A_dead_feature_has_no_scores_and_says_so()
    {
        var scores = _scorer.Score(4, new float[PlantedText.Tokens.Length]);
        Assert.Equal(
            (null, null, null, null, "no rule found (mean 0)"), (scores.RuleR, scores.NgramR, scores.Purity, scores.Concept, scores.Rule));
        Assert.Empty(scores.Contexts);
    }

    [Fact]
    public void The_bootstrap_has_the_interval_of_the_normal_distribution_for_many_values()
    {
        var random = new KeyedRandom(14, "values");
        var values = Enumerable.Range(0, 400).Select(_ => random.NextGaussian()).ToArray();
        var mean = Bootstrap.Mean(values, new KeyedRandom(1, "bootstrap"))!;
        var spread = Math.Sqrt(values.Sum(x => (x - mean.Mean) * (x - mean.Mean)) / values.Length / values.Length);
        Assert.Equal(mean.Mean - (1.96 * spread), mean.Low, 0.012);
        Assert.Equal(mean.Mean + (1.96 * spread), mean.High, 0.012);
        Assert.Null(Bootstrap.Mean([], random));
    }

    [Fact]
    public void Drawn_features_are_alive_ones_and_the_same_again()
    {
        int[] alive = [3, 5, 8, 13, 21, 34];
        var drawn = DictionaryScoring.Draw(alive, 3, seed: 2);
        Assert.Equal(3, drawn.Distinct().Intersect(alive).Count());
        Assert.Equal(drawn, DictionaryScoring.Draw(alive, 3, seed: 2));
        Assert.Equal(alive, DictionaryScoring.Draw(alive, 10, seed: 2));
    }
}
