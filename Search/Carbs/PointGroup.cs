namespace Sweeps.Search.Carbs;

/// <summary>
/// All observations of one point. Outputs are oriented: larger is better, whatever the search's direction.
/// Points are the same when their basic coordinates are, bit for bit, as those of a repeat and of equal integers are.
/// </summary>
/// <param name="First">the suggestion that was observed first</param>
/// <param name="Indices">of the observations, ascending</param>
/// <param name="Outputs">oriented, in the same order</param>
/// <param name="Costs">in the same order</param>
internal sealed record PointGroup(Suggestion First, IReadOnlyList<int> Indices, IReadOnlyList<double> Outputs, IReadOnlyList<double> Costs)
{
    public double Mean { get; } = Outputs.Average();

    public double Best { get; } = Outputs.Max();

    public double Cost { get; } = Costs.Average();

    public bool IsRepeated => Outputs.Count > 1;

    /// <summary>
    /// The successes among <paramref name="observations"/>, one group per point, in the order of their first observation.
    /// </summary>
    public static List<PointGroup> Of(SearchState state, IEnumerable<Observation> observations) =>
        [.. observations.Where(o => o.Output.HasValue).GroupBy(o => state.Suggestions[o.Index].Basic).Select(point => new PointGroup(
            state.Suggestions[point.First().Index],
            [.. point.Select(o => o.Index)],
            [.. point.Select(o => Oriented(state.Config, o))],
            [.. point.Select(o => o.Cost)]))];

    /// <summary>The output of a success, larger being better.</summary>
    public static double Oriented(SearchConfig config, Observation observation) =>
        config.Direction == Direction.Maximise ? observation.Output!.Value : -observation.Output!.Value;
}
