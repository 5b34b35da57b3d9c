using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>On what scale a hyperparameter is searched.</summary>
public enum ParameterScale
{
    /// <summary>Differences count.</summary>
    Linear,

    /// <summary>Ratios count.</summary>
    Log,

    /// <summary>Ratios of odds count: for fractions.</summary>
    Logit,
}

/// <summary>
/// How one hyperparameter is searched, where that is otherwise than usual: than <see cref="PaperSpaces.Pruning"/> says of a pruning, or
/// <see cref="TrainingPoint"/> of a training.
/// </summary>
public sealed record ParameterOptions
{
    /// <summary>The lower bound, exclusive; null (default) for the usual one.</summary>
    public double? Min { get; init; }

    /// <summary>The upper bound, exclusive; null (default) for the usual one.</summary>
    public double? Max { get; init; }

    /// <summary>The scale; null (default) for the usual one.</summary>
    public ParameterScale? Scale { get; init; }

    /// <summary>
    /// How wide the search reaches at first: units, decades, or decades of odds that count as 1; null (default) for 1.
    /// </summary>
    public double? Reach { get; init; }

    /// <summary>Whether it is not searched but has the centre's value; default no.</summary>
    public bool Frozen { get; init; }

    /// <summary>The parameter searched so.</summary>
    internal Parameter Apply(Parameter usual)
    {
        var (space, reach) = (usual.Space, Reach ?? usual.Space.Scale);
        var (min, max) = (Min ?? space.Min, Max ?? space.Max);
        return usual with
        {
            Space = (Scale ?? ScaleOf(space)) switch
            {
                ParameterScale.Linear => new LinearSpace { Min = min, Max = max, Scale = reach },
                ParameterScale.Logit => new LogitSpace { Min = min, Max = max, Scale = reach },
                _ => new LogSpace { Min = min, Max = max, Scale = reach },
            },
        };
    }

    private static ParameterScale ScaleOf(ParameterSpace space) => space switch
    {
        LinearSpace => ParameterScale.Linear,
        LogitSpace => ParameterScale.Logit,
        _ => ParameterScale.Log,
    };
}
