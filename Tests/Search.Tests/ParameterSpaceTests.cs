namespace Sweeps.Search.Tests;

public class ParameterSpaceTests
{
    public static TheoryData<ParameterSpace, double, double> Goldens => new()
    {
        { new LinearSpace(), 2.5, 2.5 },
        { new LinearSpace { Scale = 5 }, 10, 2 },
        { new LogSpace(), 1e-4, -4 },
        { new LogSpace { Scale = 2 }, 1e-4, -2 },
        { new LogSpace { Base = 2 }, 8, 3 },
        { new LogSpace(), 0, double.NegativeInfinity },
        { new LogitSpace(), 0.5, 0 },
        { new LogitSpace(), 10.0 / 11, 1 },
        { new LogitSpace { Scale = 0.5 }, 1.0 / 101, -4 },
        { new LogitSpace(), 0, double.NegativeInfinity },
        { new LogitSpace(), 1, double.PositiveInfinity },
    };

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Basic_coordinates_are_those_of_the_table(ParameterSpace space, double value, double basic)
    {
        if (double.IsFinite(basic)) Assert.Equal(basic, space.ToBasic(value), 1e-14);
        else Assert.Equal(basic, space.ToBasic(value));
    }

    [Fact]
    public void Values_survive_the_way_to_basic_space_and_back()
    {
        var random = new KeyedRandom(1, "round trips");
        ParameterSpace[] spaces = [new LinearSpace { Scale = 0.3 }, new LogSpace { Scale = 0.7 }, new LogSpace { Base = 2 },
            new LogitSpace { Scale = 1.3 }];
        foreach (var space in spaces)
            for (var i = 0; i < 10_000; i++)
            {
                var decades = -9 + (15 * random.NextDouble());
                var value = space is LogitSpace ? 1 / (1 + Math.Pow(10, decades)) : Math.Pow(10, decades);
                var back = space.FromBasic(space.ToBasic(value));
                Assert.True(Math.Abs(back - value) <= 1e-13 * value, $"{space}: {value:R} came back as {back:R}");
            }
    }

    [Theory]
    [InlineData(-400.0)]
    [InlineData(400.0)]
    [InlineData(-1e6)]
    [InlineData(1e6)]
    public void Logit_extremes_are_finite(double basic) => Assert.Equal(basic < 0 ? 0 : 1, new LogitSpace().FromBasic(basic));

    [Fact]
    public void Transforms_increase()
    {
        ParameterSpace[] spaces = [new LinearSpace(), new LogSpace(), new LogitSpace()];
        foreach (var space in spaces)
            for (var b = -8.0; b < 8; b += 0.01)
                Assert.True(space.FromBasic(b) < space.FromBasic(b + 0.01));
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(1.5, 2)]
    [InlineData(2.5, 2)]
    [InlineData(3.5, 4)]
    [InlineData(-0.5, 0)]
    [InlineData(99.0, 20)]
    [InlineData(-99.0, -3)]
    public void Integers_round_half_to_even_and_stay_inside(double drawn, double expected)
    {
        var space = new LinearSpace { IsInteger = true, Min = -3, Max = 20 };
        Assert.Equal(expected, space.Snap(drawn).Value);
    }

    [Fact]
    public void Integers_are_moved_to_the_nearest_multiple_inside_the_bounds_before_the_transform()
    {
        // The bounds are no multiples themselves, and rounding alone would give 0, which log space has no place for.
        var space = new LogSpace { IsInteger = true, RoundingFactor = 8, Min = 2, Max = 100 };
        Assert.Equal((Math.Log10(8), 8), space.Snap(Math.Log10(2.1)));
        Assert.Equal((Math.Log10(96), 96), space.Snap(Math.Log10(500)));
        Assert.True(space.Contains(96));
        Assert.False(space.Contains(100));
        Assert.False(space.Contains(0));
    }

    [Fact]
    public void Bounds_are_strict_except_for_integers()
    {
        var real = new LinearSpace { Min = 1, Max = 2 };
        Assert.False(real.Contains(1));
        Assert.False(real.Contains(2));
        Assert.False(real.Contains(double.NaN));
        Assert.True(real.Contains(1.5));
        Assert.True((real with { IsInteger = true }).Contains(1));
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    public void Values_outside_a_transform_are_refused(double value)
    {
        Assert.Throws<SearchException>(() => new LogSpace().ToBasic(value));
        Assert.Throws<SearchException>(() => new LogitSpace().ToBasic(value));
        Assert.Throws<SearchException>(() => new LogitSpace().ToBasic(1.5));
    }

    public static TheoryData<ParameterSpace, string> BadSpaces => new()
    {
        { new LinearSpace { Scale = 0 }, "scale is 0" },
        { new LinearSpace { Scale = double.NaN }, "scale is NaN" },
        { new LinearSpace { Min = 2, Max = 2 }, "expected min below max" },
        { new LinearSpace { RoundingFactor = 4 }, "expected 1 unless values are integers" },
        { new LinearSpace { IsInteger = true, RoundingFactor = 0 }, "rounding_factor is 0" },
        { new LinearSpace { IsInteger = true, RoundingFactor = 8, Min = 1, Max = 7 }, "no multiple of 8" },
        { new LogSpace { Min = -1 }, "min is -1" },
        { new LogSpace { Base = 1 }, "base is 1" },
        { new LogSpace { IsInteger = true, Max = 10 }, "expected a positive bound" },
        { new LogitSpace { Max = 2 }, "expected 0 to 1" },
        { new LogitSpace { IsInteger = true }, "expected fractions" },
    };

    [Theory]
    [MemberData(nameof(BadSpaces))]
    public void Bad_spaces_are_named(ParameterSpace space, string problem) =>
        Assert.Contains(space.Validate(), p => p.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void A_search_space_reports_all_its_problems_at_once()
    {
        var space = new SearchSpace
        {
            Parameters = [new("a", new LogSpace { Max = 1 }, 1), new("a", new LinearSpace { Scale = -1 }, 0), new(
                "n", new LinearSpace { IsInteger = true, Max = 3 }, 2.5)],
        };
        var error = Assert.Throws<SearchException>(() => SearchState.Create(SearchConfig.For("local", space, 1)));
        foreach (var part in new[] { "a: center is 1", "a is named twice", "a: scale is -1", "n: center is 2.5: expected a multiple of 1" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pruning_space_has_the_papers_centres()
    {
        Assert.Empty(PaperSpaces.Pruning.Validate());
        Assert.Equal(
            [("k_coef", 1e-4), ("init_noise_scale", 1e-2), ("init_noise_bias", 1e-1), ("weight_decay", 1e-3), ("lr", 3e-3),
            ("inv_beta2", 5e-2), ("lr_warmup_frac", 5e-2), ("heaviside_temp", 1)],
            PaperSpaces.Pruning.Named(PaperSpaces.Pruning.Center).Select(p => (p.Key, p.Value)));
    }
}
