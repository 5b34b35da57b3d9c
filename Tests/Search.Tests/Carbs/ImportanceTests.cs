namespace Sweeps.Search.Tests.Carbs;

public class ImportanceTests
{
    private static SearchSpace Space { get; } = new()
    {
        Parameters = [new("a", new LinearSpace { Min = -3, Max = 3 }, 0), new(
            "b", new LogSpace { Min = 1e-3, Max = 1e3 }, 1), new("idle", new LinearSpace { Min = -3, Max = 3 }, 0)],
    };

    [Fact]
    public void Shares_are_those_of_a_function_that_is_known()
    {
        // Over N(0, 0.3²) in each dimension the variances of 2a, log b and of the rest are 4 : 1 : 0.
        var shares = SearchAnalysis.Importance(Run("random", v => (2 * v[0]) + Math.Log10(v[1]), 16));
        Assert.Equal(["a", "b", "idle"], shares.Select(s => s.Parameter));
        Assert.Equal([0.8, 0.2, 0], shares.Select(s => s.FirstOrder), Close(0.06));
        Assert.Equal([0.8, 0.2, 0], shares.Select(s => s.Total), Close(0.06));
    }

    [Fact]
    public void What_acts_only_together_has_a_total_share_but_no_first_order_one()
    {
        var shares = SearchAnalysis.Importance(Run("random", v => v[0] * Math.Log10(v[1]), 32));
        Assert.All(shares.Take(2), s => Assert.True(s.FirstOrder < 0.2 && s.Total > 0.6, $"{s}"));
        Assert.True(shares[2].Total < 0.15, $"{shares[2]}");
    }

    [Fact]
    public void A_curve_follows_the_function_in_either_direction()
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            var curve = SearchAnalysis.Importance(Run("random", v => Math.Pow(v[0] - 0.1, 2), 16, direction))[0].Dependence;
            var least = curve.MinBy(p => p.Output);
            Assert.Equal(0.1, least.Value, 0.1);
            Assert.True(curve[0].Output > least.Output + 0.1 && curve[^1].Output > least.Output + 0.03, string.Join(" ", curve));
            Assert.Equal(curve.OrderBy(p => p.Value), curve);
        }
    }

    [Fact]
    public void Parameters_that_carry_a_simulated_pruning_come_before_those_that_hardly_do()
    {
        var problem = AcceptanceProblems.PruneSim;
        var state = problem.Run(SearchState.Create(SearchConfig.For("carbs", problem.Space, 1)), 16);
        var totals = SearchAnalysis.Importance(state).Select(s => s.Total).ToArray();
        // Weights 1, .1, .3, .1, 1, .3, .05, .5.
        Assert.True(Math.Min(totals[0], totals[4]) > Math.Max(Math.Max(totals[1], totals[3]), totals[6]), string.Join(" ", totals));
    }

    [Fact]
    public void Too_few_points_and_mere_noise_have_no_shares()
    {
        Assert.Empty(SearchAnalysis.Importance(Run("random", v => v[0], 1)));
        var noise = new KeyedRandom(1, "noise");
        Assert.Empty(SearchAnalysis.Importance(Run("random", _ => noise.NextGaussian(), 16)));
        Assert.Empty(SearchAnalysis.Importance(Run("random", _ => 1, 16)));
    }

    [Fact]
    public void Equal_states_have_equal_shares()
    {
        var state = Run("random", v => v[0], 4);
        Assert.Equal(SearchAnalysis.Importance(state), SearchAnalysis.Importance(SearchStateJson.Read(SearchStateJson.Write(state))));
    }

    private static SearchState Run(
        string algorithm, Func<ValueList<double>, double> output, int rounds, Direction direction = Direction.Minimise) =>
        Problems.Run(Problems.Start(algorithm, Space, 5, direction), output, rounds);

    private static Comparer Close(double tolerance) => new(tolerance);

    private sealed class Comparer(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(double obj) => 0;
    }
}
