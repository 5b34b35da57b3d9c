using System.Text.Json;
using Sweeps.ModelCore.Interpretability;
using Sweeps.Tests;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class CorrelationTests
{
    private const string Script = """
        import json, sys, statistics
        print(json.dumps([statistics.correlation(x, y) for x, y in json.load(sys.stdin)]))
        """;

    [Fact]
    public void Pearsons_correlation_is_that_of_Pythons_statistics()
    {
        var random = new KeyedRandom(6, "pearson");
        var pairs = Enumerable.Range(0, 20).Select(i =>
        {
            var x = Enumerable.Range(0, 5 + i).Select(_ => random.NextGaussian()).ToArray();
            return new[] { x, [.. x.Select(value => 3 + (value * (i - 10)) + random.NextGaussian())] };
        }).ToArray();
        var expected = JsonSerializer.Deserialize<double[]>(DebianPython.Run(JsonSerializer.Serialize(pairs), "-c", Script))!;
        for (var i = 0; i < pairs.Length; i++) Assert.Equal(expected[i], Correlation.Pearson(pairs[i][0], pairs[i][1])!.Value, 10);
    }

    [Fact]
    public void A_prediction_that_is_the_same_everywhere_says_nothing_and_a_feature_that_is_has_nothing_to_say()
    {
        Assert.Equal(0, Correlation.Pearson([1, 1, 1], [1, 2, 3]));
        Assert.Null(Correlation.Pearson([1, 2, 3], [2, 2, 2]));
    }

    [Fact]
    public void Matthews_correlation_is_Pearsons_of_zeros_and_ones()
    {
        var random = new KeyedRandom(7, "matthews");
        for (var trial = 0; trial < 50; trial++)
        {
            var x = Enumerable.Range(0, 40).Select(_ => (double)random.Next(2)).ToArray();
            var y = x.Select(value => random.Next(3) == 0 ? 1 - value : value).ToArray();
            var both = x.Zip(y).Count(pair => pair is (1, 1));
            Assert.Equal(
                Correlation.Pearson(x, y)!.Value, Correlation.Matthews(x.Length, (long)x.Sum(), (long)y.Sum(), both), 10);
        }
        Assert.Equal(0, Correlation.Matthews(10, 0, 3, 0));
    }
}
