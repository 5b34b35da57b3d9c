namespace Sweeps.Search.Carbs;

/// <summary>
/// Cost-Aware pareto-Region Bayesian Search (Fetterman et al. 2023, arXiv 2306.08055; the public source imbue-ai/carbs): a local search
/// around the points
/// that no cheaper point beats. Each suggestion is the best of some hundred Gaussian draws around them by an acquisition that Gaussian
/// processes give;
/// one in five repeats a point instead, to tell merit from luck.
/// </summary>
internal sealed class CarbsSearch : SearchAlgorithm
{
    // Improved profile: successes without a better point before the radius begins to shrink, and in which it halves; its least part.
    private const double Patience = 16, LeastRadius = 0.15;

    public override string Name => "carbs";

    public override int Version => 1;

    protected override Suggestion SuggestNext(SearchState state)
    {
        var (config, index, history) = (state.Config, state.Suggestions.Count, new CarbsHistory(state));
        var options = config.Carbs;
        if (index == 0 && (options.CenterFirst || config.OriginalCenter is not null)) return AtCenter(config.Space, index);
        if (history.Successes.Count < options.RandomSamples)
        {
            var center = config.OriginalCenter is { } original && index % 2 == 1 ? original : config.Space.Center;
            return Around(config, index, SuggestionKind.Random, config.Space.ToBasic(center).Span, config.InitialRadius);
        }

        var plain = ParetoSet.Plain(history.Groups, options.MinParetoCostFraction);
        var resamples = state.Suggestions.Count(s => s.Kind == SuggestionKind.Resample);
        if (options.ResampleFrequency > 0 && history.Successes.Count > (resamples + 1) * options.ResampleFrequency)
        {
            // The least observed point of the set; among equals the cheapest.
            var repeated = plain.MinBy(g => g.Outputs.Count + history.Pending.Count(p => p == g.First.Basic))!.First;
            return new Suggestion(index, SuggestionKind.Resample, repeated.Basic, repeated.Values, repeated.Index);
        }

        var radius = config.InitialRadius * (options.Profile == CarbsProfile.Improved ? RadiusFactor(history, plain) : 1);
        var front = ParetoSet.Conservative(history.Groups, options.MinParetoCostFraction);
        var origins = front.Select(g => g.First.Basic).ToList();
        return BestCandidate(config, index, history, front, origins, radius)
            ?? Around(config, index, SuggestionKind.Fallback, Chance(config, index, "fallback").Choose(origins).Span, radius);
    }

    /// <summary>
    /// The candidate of the highest acquisition, the first of equals; null when all are predicted to cost too much or the models cannot be
    /// fitted.
    /// </summary>
    private static Suggestion? BestCandidate(
        SearchConfig config, int index, CarbsHistory history, List<PointGroup> front, List<ValueList<double>> origins, double radius)
    {
        var parameters = config.Space.Parameters;
        var candidates = new Candidates(
            parameters, origins, radius, config.Carbs.CandidatesPerDimension * parameters.Count, Chance(config, index, "candidates"));
        // Fitted anew for each point of a round: a quarter of the time that scoring takes, and eight points are plainly the same as eight
        // times one.
        double[] scores;
        try
        {
            scores = new Acquisition(config, history, front, stream => Chance(config, index, stream)).LogScores(candidates);
        }
        catch (ArithmeticException)
        {
            return null;
        }
        // A comparison with NaN is false: it is never chosen.
        var best = -1;
        for (var i = 0; i < scores.Length; i++)
            if (scores[i] > (best < 0 ? double.NegativeInfinity : scores[best])) best = i;
        if (best < 0) return null;
        var basic = candidates.Basic.AsSpan(best * parameters.Count, parameters.Count);
        var values = new double[parameters.Count];
        for (var d = 0; d < values.Length; d++) values[d] = parameters[d].Space.Snap(basic[d]).Value;
        return new Suggestion(index, SuggestionKind.Model, ValueList.Create<double>(basic), ValueList.Create<double>(values));
    }

    // Halves with every 16 successes after the first 16 that came without a new point in the set.
    private static double RadiusFactor(CarbsHistory history, List<PointGroup> plain)
    {
        var newest = plain.Max(g => g.First.Index);
        var since = history.Successes.Count(o => o.Index > newest);
        return Math.Max(LeastRadius, Math.Pow(2, -Math.Max(0, since - Patience) / Patience));
    }
}
