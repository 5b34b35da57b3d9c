namespace Sweeps.Search.Tests;

public class HaltonTests
{
    [Fact]
    public void Every_stretch_of_a_bases_power_has_one_point_in_each_cell()
    {
        var sequence = new Halton(4, 7);
        int[] bases = [2, 3, 5, 7];
        for (var d = 0; d < 4; d++)
        {
            var cells = bases[d] * bases[d];
            for (var start = 0; start < 3 * cells; start += cells)
                Assert.Equal(Enumerable.Range(0, cells), Enumerable.Range(start, cells).Select(i => (int)(sequence[i, d] * cells)).Order());
        }
    }

    [Fact]
    public void A_smooth_integral_is_nearer_than_by_chance()
    {
        // E Π (1 + (x − ½) / 2) = 1 in eight dimensions.
        double Error(Func<int, int, double> point) =>
            Math.Abs(
                Enumerable.Range(0, 512).Average(
                    i => Enumerable.Range(0, 8).Aggregate(1.0, (p, d) => p * (1 + ((point(i, d) - 0.5) / 2)))) - 1);
        var quasi = Enumerable.Range(1, 20).Average(seed =>
        {
            var sequence = new Halton(8, (ulong)seed);
            return Error((i, d) => sequence[i, d]);
        });
        var chance = Enumerable.Range(1, 20).Average(seed =>
        {
            var random = new KeyedRandom((ulong)seed, "points");
            return Error((_, _) => random.NextDouble());
        });
        Assert.True(quasi < chance / 4, $"{quasi} against {chance}");
    }

    [Fact]
    public void A_search_covers_a_gaussian_around_the_centre_cut_off_at_the_bounds()
    {
        var state = Problems.Run(Problems.Start("halton", Problems.Sphere8Space, 1), Problems.Sphere8, 128);
        var center = Problems.Sphere8Space.ToBasic(Problems.Sphere8Space.Center);
        for (var d = 0; d < 8; d++)
        {
            var offsets = state.Suggestions.Select(s => s.Basic[d] - center[d]).ToList();
            Assert.Equal(0, offsets.Average(), 0.003);
            Assert.Equal(0.3, Math.Sqrt(offsets.Average(o => o * o)), 0.003);
        }
        Assert.NotEqual(
            state.Suggestions[0].Basic, SearchAlgorithms.Suggest(Problems.Start("halton", Problems.Sphere8Space, 2), 1)[0].Basic);
    }
}
