using System.Globalization;

namespace Sweeps.Search;

/// <summary>What algorithms share: the checks, the walk through a round, keyed chance and draws inside the bounds.</summary>
internal abstract class SearchAlgorithm : ISearchAlgorithm
{
    // A Gaussian in a range so narrow that this many draws miss it is flat there: the uniform draw that follows is the same to the eye.
    private const int MaxDraws = 128;

    public abstract string Name { get; }

    public abstract int Version { get; }

    public virtual string? Unsuited(SearchSpace space) => null;

    public IReadOnlyList<Suggestion> Suggest(SearchState state, int count)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var config = state.Config;
        if (config.Algorithm != Name || config.AlgorithmVersion != Version)
            throw new SearchException(
                $"the search was begun with {config.Algorithm} version {config.AlgorithmVersion}: expected {Name} version {Version}");
        var (first, left) = (state.Suggestions.Count, config.BatchSize - (state.Suggestions.Count % config.BatchSize));
        if (count > left)
            throw new SearchException(
                $"{count} suggestions were asked for: expected at most {left}, what is left of round {first / config.BatchSize}");
        if (state.ClosedRounds < first / config.BatchSize)
            throw new SearchException(
                $"round {state.ClosedRounds} is not resolved: suggestions {string.Join(", ", state.Outstanding.Select(s => s.Index))} "
                    + $"are outstanding");

        var suggestions = new List<Suggestion>(count);
        for (var i = 0; i < count; i++)
        {
            var suggestion = SuggestNext(state);
            suggestions.Add(suggestion);
            // Later ones of the batch see the earlier ones as outstanding.
            state = state.Issue(suggestion);
        }
        return suggestions;
    }

    /// <summary>The suggestion at index <c>state.Suggestions.Count</c>.</summary>
    protected abstract Suggestion SuggestNext(SearchState state);

    /// <summary>The source of chance of suggestion <paramref name="index"/> for one purpose.</summary>
    protected static KeyedRandom Chance(SearchConfig config, int index, string stream) =>
        new(config.Seed, "search", index.ToString(CultureInfo.InvariantCulture), stream);

    /// <summary>The centre of the space, with its values exactly as configured.</summary>
    protected static Suggestion AtCenter(SearchSpace space, int index) =>
        new(index, SuggestionKind.Center, space.ToBasic(space.Center), space.Center);

    /// <summary>
    /// A point drawn dimension by dimension inside the bounds: as good as rejecting whole points, since the bounds are a box and the
    /// dimensions independent.
    /// </summary>
    /// <param name="config">the search</param>
    /// <param name="index">the suggestion's index</param>
    /// <param name="kind">how to label it</param>
    /// <param name="origin">basic coordinates to draw around</param>
    /// <param name="radius">standard deviation per dimension, basic units</param>
    protected static Suggestion Around(SearchConfig config, int index, SuggestionKind kind, ReadOnlySpan<double> origin, double radius)
    {
        var random = Chance(config, index, "point");
        var parameters = config.Space.Parameters;
        var (basic, values) = (new double[parameters.Count], new double[parameters.Count]);
        for (var d = 0; d < basic.Length; d++) (_, basic[d], values[d]) = Gaussian(parameters[d], random, origin[d], radius);
        return new Suggestion(index, kind, ValueList.Create<double>(basic), ValueList.Create<double>(values));
    }

    /// <summary>A value inside the bounds, drawn from a Gaussian: the draw itself, and the point that it stands for.</summary>
    internal static (double Drawn, double Basic, double Value) Gaussian(
        Parameter parameter, KeyedRandom random, double origin, double radius)
    {
        var space = parameter.Space;
        for (var draws = 0; draws < MaxDraws; draws++)
        {
            var drawn = origin + (radius * random.NextGaussian());
            var (basic, value) = space.Snap(drawn);
            if (space.Contains(value)) return (drawn, basic, value);
        }
        var point = Uniform(parameter, random);
        return (point.Basic, point.Basic, point.Value);
    }

    /// <summary>A value drawn uniformly in basic space between the bounds, which must be finite there.</summary>
    protected static (double Basic, double Value) Uniform(Parameter parameter, KeyedRandom random)
    {
        var space = parameter.Space;
        var (low, high) = (space.ToBasic(space.Min), space.ToBasic(space.Max));
        if (Unbounded(parameter) is { } problem) throw new SearchException(problem);
        for (var draws = 0; draws < MaxDraws; draws++)
        {
            var point = space.Snap(low + ((high - low) * random.NextDouble()));
            if (space.Contains(point.Value)) return point;
        }
        throw new SearchException($"{parameter.Name} ranges from {space.Min} to {space.Max}: no number was found between the bounds");
    }

    /// <summary>Why <see cref="Uniform"/> has nothing to draw from; null when it has.</summary>
    protected static string? Unbounded(Parameter parameter)
    {
        var space = parameter.Space;
        return double.IsFinite(space.ToBasic(space.Min)) && double.IsFinite(space.ToBasic(space.Max))
            ? null
            : $"{parameter.Name} ranges from {space.Min} to {space.Max}: a uniform draw expects bounds that are finite in basic space";
    }
}
