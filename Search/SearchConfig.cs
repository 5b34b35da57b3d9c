using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>Which way outputs are better.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Direction>))]
public enum Direction
{
    /// <summary>Smaller is better.</summary>
    Minimise,

    /// <summary>Larger is better.</summary>
    Maximise,
}

/// <summary>
/// What a search is asked to do; fixed for its life. The seed of every draw is here, so that equal configurations with equal observations
/// suggest the same.
/// </summary>
public sealed record SearchConfig
{
    /// <summary>The parameters.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>The seed of every draw.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The algorithm's registered name, see <see cref="SearchAlgorithms.Names"/>.</summary>
    public required string Algorithm { get; init; }

    /// <summary>The algorithm's version. A saved search refuses to go on under another one.</summary>
    public required int AlgorithmVersion { get; init; }

    /// <summary>Suggestions per round; default 8 [G A.5]. Observations count only when their whole round is resolved.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Standard deviation of the first draws around the centre, in basic units; above 0, default 0.3 (carbs).</summary>
    public double InitialRadius { get; init; } = 0.3;

    /// <summary>Which way outputs are better; default smaller.</summary>
    public Direction Direction { get; init; } = Direction.Minimise;

    /// <summary>
    /// Settings of the algorithm <c>carbs</c>; others ignore them, but for the quantile of costs at which a Pareto front begins.
    /// </summary>
    public CarbsOptions Carbs { get; init; } = new();

    /// <summary>
    /// The centre before a warm start moved it, user units, inside the bounds; null, the default, for a cold start. While <c>carbs</c> has
    /// no model yet,
    /// every second point is drawn around it.
    /// </summary>
    public ValueList<double>? OriginalCenter { get; init; }

    /// <summary>A configuration for the registered version of <paramref name="algorithm"/>.</summary>
    /// <exception cref="SearchException">no algorithm has that name</exception>
    public static SearchConfig For(string algorithm, SearchSpace space, ulong seed, int batchSize = 8) =>
        new()
        {
            Space = space,
            Seed = seed,
            Algorithm = algorithm,
            AlgorithmVersion = SearchAlgorithms.Get(algorithm).Version,
            BatchSize = batchSize,
        };

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var problem in Space.Validate()) yield return problem;
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
        if (!(InitialRadius > 0 && double.IsFinite(InitialRadius)))
            yield return $"initial_radius is {InitialRadius}: expected a positive number";
        foreach (var problem in Carbs.Validate()) yield return $"carbs.{problem}";
        if (OriginalCenter is { } original && (original.Count != Space.Dimensions || !Space.Contains(original)))
            yield return $"original_center is ({string.Join(", ", original)}): expected a point of the space";
    }
}
