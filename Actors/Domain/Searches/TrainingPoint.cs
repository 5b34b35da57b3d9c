using Sweeps.Search;

namespace Sweeps.Domain.Searches;

/// <summary>Between hyperparameters of a training and points of the space that they are searched in.</summary>
public static class TrainingPoint
{
    private const string PeakLr = "peak_lr";

    // A line for each hyperparameter: its name as an option of the training, its usual space, the range of the option, and how it is read
    // and set.
    private static readonly Searched[] _all =
    [
        new(PeakLr, Log(1e-6, 10), 0, double.PositiveInfinity, t => t.PeakLr, (t, value) => t with { PeakLr = value }),
        new("warmup_fraction", new LogitSpace(), 0, 1, t => t.WarmupFraction, (t, value) => t with { WarmupFraction = value }),
        new("weight_decay", Log(1e-5, 10), 0, double.PositiveInfinity, t => t.WeightDecay, (t, value) => t with { WeightDecay = value }),
        new("beta1", new LogitSpace(), 0, 1, t => t.Beta1, (t, value) => t with { Beta1 = value }),
        new("beta2", new LogitSpace(), 0, 1, t => t.Beta2, (t, value) => t with { Beta2 = value }),
        new("epsilon", Log(1e-12, 10), 0, double.PositiveInfinity, t => t.Epsilon, (t, value) => t with { Epsilon = value }),
        new("clip_rms", Log(1e-3, 1e3), 0, double.PositiveInfinity, t => t.ClipRms, (t, value) => t with { ClipRms = value }),
        new("init_std", Log(1e-4, 1), 0, double.PositiveInfinity, t => t.InitStd, (t, value) => t with { InitStd = value }),
        new("bigram_init", Log(1e-4, 1), 0, double.PositiveInfinity, t => t.BigramInit, (t, value) => t with { BigramInit = value }),
        new("l0_anneal_initial", Log(1e-4, 1), 0, 1, t => t.L0AnnealInitial, (t, value) => t with { L0AnnealInitial = value }),
        new("l0_anneal_start", new LogitSpace(), 0, 1, t => t.L0AnnealStart, (t, value) => t with { L0AnnealStart = value }),
        new("l0_anneal_fraction", new LogitSpace(), 0, 1, t => t.L0AnnealFraction, (t, value) => t with { L0AnnealFraction = value }),
    ];

    /// <summary>What can be searched, by the names of the training's options, in the order of a space.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(parameter => parameter.Name)];

    /// <summary>
    /// The space that a sweep searches: peak_lr and what the options name, without what they freeze.
    /// </summary>
    /// <param name="options">the search</param>
    /// <param name="center">where it begins</param>
    public static SearchSpace Space(TrainingSearchOptions options, TrainingOptions center)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(center);
        var parameters = from searched in _all
                         let named = options.Space.GetValueOrDefault(searched.Name)
                         where named is { Frozen: false } || (named is null && searched.Name == PeakLr)
                         let usual = new Parameter(searched.Name, searched.Usual, searched.Of(center))
                         select named?.Apply(usual) ?? usual;
        return new SearchSpace { Parameters = [.. parameters] };
    }

    /// <summary>The training at <paramref name="values"/>.</summary>
    /// <param name="space">names the values</param>
    /// <param name="values">in the space's order, user units</param>
    /// <param name="rest">has what the space does not name</param>
    /// <exception cref="ArgumentException">the space names something that cannot be searched</exception>
    public static TrainingOptions Training(SearchSpace space, IReadOnlyList<double> values, TrainingOptions rest)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(values);
        return values.Index().Aggregate(rest, (t, value) => Find(space.Parameters[value.Index].Name).With(t, value.Item));
    }

    /// <summary>The range of a hyperparameter as an option of the training; a search may not reach beyond.</summary>
    internal static (double Least, double Most) Range(string name) => (Find(name).Least, Find(name).Most);

    private static Searched Find(string name) =>
        Array.Find(_all, parameter => parameter.Name == name) ?? throw new ArgumentException($"{name} is nothing that can be searched");

    private static LogSpace Log(double min, double max) => new() { Min = min, Max = max };

    private sealed record Searched(
        string Name, ParameterSpace Usual, double Least, double Most, Func<TrainingOptions, double> Of,
        Func<TrainingOptions, double, TrainingOptions> With);
}
