namespace Sweeps.Search.Tests;

/// <summary>Known test functions, and a loop that runs a search on one as a sweep would.</summary>
internal static class Problems
{
    /// <summary>The eight centres of [G table 2], every dimension Log, bounds centre · 10^±1.5.</summary>
    public static SearchSpace Sphere8Space { get; } = new()
    {
        Parameters = PaperSpaces.Pruning.Parameters.Select(p => p with
        {
            Space = new LogSpace { Min = p.Center * Math.Pow(10, -1.5), Max = p.Center * Math.Pow(10, 1.5) },
        }).ToValueList(),
    };

    /// <summary>Σ(u − δ)² with u the decades from the centre; 0 at the optimum, 1.72 at the centre.</summary>
    public static double Sphere8(ValueList<double> values) => AcceptanceProblems.Sphere8.Truth(values);

    /// <summary>Integers, rounding factors, Log and Logit together.</summary>
    public static SearchSpace Int4Space { get; } = new()
    {
        Parameters =
        [
            new("layers", new LinearSpace { IsInteger = true, Scale = 5, Min = 0, Max = 20 }, 10),
            new("width", new LogSpace { IsInteger = true, RoundingFactor = 8, Min = 8, Max = 512 }, 64),
            new("lr", new LogSpace { Min = 1e-6, Max = 1 }, 1e-3),
            new("momentum", new LogitSpace(), 0.9),
        ],
    };

    /// <summary>The same space with bounds that are finite in basic space.</summary>
    public static SearchSpace Bounded(SearchSpace space) => new()
    {
        Parameters = space.Parameters.Select(
            p => p.Space is LogitSpace ? p with { Space = new LogitSpace { Min = 1e-3, Max = 0.999 } } : p).ToValueList(),
    };

    public static double Int4(ValueList<double> v) =>
        Math.Pow((v[0] - 14) / 5, 2) + Math.Pow(Math.Log10(v[1] / 152), 2) + Math.Pow(Math.Log10(v[2]) + 2.5, 2)
        + Math.Pow(Math.Log10(v[3] / (1 - v[3])) - Math.Log10(.97 / .03), 2);

    public static SearchState Start(string algorithm, SearchSpace space, ulong seed, Direction direction = Direction.Minimise) =>
        SearchState.Create(SearchConfig.For(algorithm, space, seed) with { Direction = direction });

    /// <summary>Runs whole rounds; a non-finite output is a failure.</summary>
    public static SearchState Run(SearchState state, Func<ValueList<double>, double> output, int rounds) =>
        new Problem(state.Config.Space, output).Run(state, rounds);
}
