using Sweeps.ModelCore.Interpretability;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class ConceptTests
{
    private static readonly int[] _rows = [.. Enumerable.Range(0, 2048)];

    [Fact]
    public void A_feature_that_is_large_inside_strings_and_small_elsewhere_is_the_concept_above_a_threshold()
    {
        var random = new KeyedRandom(8, "activations");
        var column = PlantedText.Contexts.Column(PlantedText.Field("string")).ToArray();
        var values = Array.ConvertAll(_rows, row => (float)(column[row] == 0 ? random.NextDouble() : 1 + random.NextDouble()));
        var concept = Concept.Best(PlantedText.Contexts, _rows, values)!;
        Assert.Equal("inside a string", concept.Test.Phrase(concept.Holds, PlantedText.Contexts.Shown));
        Assert.InRange(concept.Threshold, 0.7, 1.2);
        Assert.True(concept.Matthews(PlantedText.Contexts, _rows, values) > 0.9);
    }

    [Fact]
    public void No_test_is_better_at_the_thresholds_that_are_tried()
    {
        var random = new KeyedRandom(9, "activations");
        var rows = _rows[..300];
        var values = Array.ConvertAll(rows, _ => random.Next(3) == 0 ? (float)random.NextDouble() : 0);
        var concept = Concept.Best(PlantedText.Contexts, rows, values)!;
        var found = concept.Matthews(PlantedText.Contexts, rows, values);
        var sorted = values.Where(value => value > 0).OrderDescending().ToArray();
        var best = (
            from step in Enumerable.Range(1, 16)
            let count = sorted.Length * step / 16
            where count > 0
            let threshold = count == sorted.Length ? 0 : sorted[count]
            from field in Enumerable.Range(0, ContextFields.All.Count)
            from value in rows.Select(row => PlantedText.Contexts.Column(field)[row]).Distinct()
            let candidate = new Concept(new ContextTest(field, value), true, threshold)
            select Math.Abs(candidate.Matthews(PlantedText.Contexts, rows, values))).Max();
        Assert.Equal(best, found, 10);
    }

    [Fact]
    public void A_feature_that_is_never_active_is_like_no_concept() =>
        Assert.Null(Concept.Best(PlantedText.Contexts, _rows, new float[_rows.Length]));

    [Fact]
    public void Purity_is_one_on_a_single_token_and_about_nothing_on_tokens_as_they_come()
    {
        var random = new KeyedRandom(10, "purity");
        var tokens = PlantedText.Contexts.Column(0);
        var quote = PlantedText.Feature(of => of("token") == PlantedText.Id("'") ? 1 : 0);
        var any = Array.ConvertAll(PlantedText.Tokens, _ => random.Next(10) == 0 ? (float)random.NextDouble() : 0);
        int[] rows = [.. Enumerable.Range(0, PlantedText.Tokens.Length)];
        Assert.Equal(1, TokenPurity.Of(tokens, quote, rows, 0.01, random)!.Value, 10);
        Assert.InRange(TokenPurity.Of(tokens, any, rows, 0.01, random)!.Value, -0.1, 0.1);
        Assert.Null(TokenPurity.Of(tokens, new float[rows.Length], rows, 0.01, random));
    }

    [Fact]
    public void The_entropy_of_equally_frequent_tokens_is_the_logarithm_of_their_number()
    {
        Assert.Equal(Math.Log(4), TokenPurity.Entropy([1, 2, 3, 4, 4, 3, 2, 1]), 12);
        Assert.Equal(0, TokenPurity.Entropy([5, 5, 5]), 12);
    }
}
