namespace Sweeps.Search.Carbs;

/// <summary>
/// How promising a point is: expected improvement over the Pareto curve at the point's predicted cost, weighted by the search's reach and
/// by the
/// probability of success (Fetterman et al. 2023). Logarithms throughout: the product itself underflows in ordinary searches.
/// </summary>
/// <remarks>
/// The models' hyperparameters are frozen where the reference starts them (a = v = 1, ℓ the radius): in its code only the first fit of a
/// process trains
/// anything, and those few steps move them by a tenth.
/// </remarks>
internal sealed class Acquisition
{
    /// <summary>Variance of an observation in surrogate units: the median of the reference's prior.</summary>
    public const double Noise = 0.01;

    private const double VarianceFloor = 1e-10;

    // Where failures stand among the scores of the successes, in the improved profile.
    private const double ImputedQuantile = 0.1;

    private readonly CarbsOptions _options;
    private readonly GaussianProcess _output;
    private readonly GaussianProcess? _cost, _success;
    private readonly CostScale _costScale;
    private readonly ParetoCurve _pareto;
    private readonly double _floor;

    /// <summary>Fits the models.</summary>
    /// <param name="config">of the search</param>
    /// <param name="history">with at least one success</param>
    /// <param name="front">the conservative Pareto set of its groups</param>
    /// <param name="chance">the source of chance for a purpose</param>
    /// <exception cref="ArithmeticException">the points are too far from the origin for the models' noise to count</exception>
    public Acquisition(SearchConfig config, CarbsHistory history, IReadOnlyList<PointGroup> front, Func<string, KeyedRandom> chance)
    {
        _options = config.Carbs;
        var improved = _options.Profile == CarbsProfile.Improved;
        var kernel = new CarbsKernel([.. Enumerable.Repeat(config.InitialRadius, config.Space.Dimensions)]);
        var (successes, failures) = (history.Successes.Count, history.Failures.Count);
        var (observed, failed, pending) = (Flat(history.SuccessPoints), Flat(history.Failures), Flat(history.Pending));

        double[] outputs = [.. history.Successes.Select(o => PointGroup.Oriented(config, o))];
        var transform = new OutputTransform(outputs, clipByCount: improved);
        double[] scores = [.. outputs.Select(transform.Score)];
        _output = new GaussianProcess(kernel, Noise, successes + failures + history.Pending.Count);
        _output.Add(observed, scores);
        if (improved) _output.Add(failed, Filled(failures, Quantiles.Of([.. scores.Order()], ImputedQuantile)));
        // Points that are being evaluated count as observed, at values drawn from the model (Thompson), so that a round does not crowd one
        // place.
        if (pending.Length > 0) _output.Add(pending, _output.Sample(pending, chance("thompson")));

        double[] costs = [.. history.Successes.Select(o => o.Cost)];
        _costScale = new CostScale(costs);
        if (!_costScale.IsConstant)
        {
            _cost = new GaussianProcess(kernel, Noise, successes);
            _cost.Add(observed, [.. costs.Select(_costScale.Scaled)]);
        }
        if (failures > 0)
        {
            _success = new GaussianProcess(kernel, Noise, successes + failures);
            _success.Add(observed, Filled(successes, -1));
            _success.Add(failed, Filled(failures, 1));
        }

        _pareto = new ParetoCurve(
            [.. front.SelectMany(g => g.Costs).Select(_costScale.Scaled)], [.. front.SelectMany(g => g.Outputs).Select(
                transform.Score)], Noise);
        _floor = _pareto.At(_costScale.Scaled(FloorCost(front, chance("cost floor"))));
    }

    /// <summary>
    /// The logarithm of the acquisition at each candidate, up to a constant; −∞ where a candidate is predicted to cost too much.
    /// </summary>
    public double[] LogScores(Candidates candidates)
    {
        var count = candidates.Count;
        var (mean, variance, cost, logSuccess) = (new double[count], new double[count], Filled(count, -1), new double[count]);
        _output.Predict(candidates.Basic, mean, variance);
        _cost?.PredictMean(candidates.Basic, cost);
        LogProbabilitiesOfSuccess(candidates.Basic, logSuccess);

        var scores = new double[count];
        for (var i = 0; i < count; i++)
        {
            var deviation = Deviation(variance[i]);
            var baseline = Math.Max(_pareto.At(cost[i]), _floor);
            scores[i] = _options.MaxSuggestionCost is { } most && !(_costScale.Cost(cost[i]) < most)
                ? double.NegativeInfinity
                : Math.Log(deviation) + NormalDistribution.LogImprovement((mean[i] - baseline - _options.ExplorationBias) / deviation)
                    + candidates.LogWeight[i] + logSuccess[i];
        }
        return scores;
    }

    /// <summary>
    /// ln P(success) at each of <paramref name="points"/>, (m, D) row-major: Φ(−μ/σ) of a model that is −1 at successes and 1 at failures;
    /// 0 without failures.
    /// </summary>
    internal void LogProbabilitiesOfSuccess(ReadOnlySpan<double> points, Span<double> logProbability)
    {
        logProbability.Clear();
        if (_success is null) return;
        var (mean, variance) = (new double[logProbability.Length], new double[logProbability.Length]);
        _success.Predict(points, mean, variance);
        // The reference divides by the variance.
        for (var i = 0; i < mean.Length; i++) logProbability[i] = NormalDistribution.LogCdf(-mean[i] / Deviation(variance[i]));
    }

    // What the curve is worth at a random cost is the least that any candidate has to beat: without it cheap points that are merely good
    // for
    // their cost would take all rounds.
    private double FloorCost(IReadOnlyList<PointGroup> front, KeyedRandom random)
    {
        var (low, high) = (Math.Log(front[0].Cost), Math.Log(
            Math.Min(front[^1].Cost, _options.MaxSuggestionCost ?? double.PositiveInfinity)));
        return Math.Exp(low + (random.NextDouble() * (high - low)));
    }

    private static double Deviation(double variance) => Math.Sqrt(Math.Max(variance, VarianceFloor));

    private static double[] Flat(IEnumerable<ValueList<double>> points) => [.. points.SelectMany(p => p)];

    private static double[] Filled(int count, double value)
    {
        var values = new double[count];
        values.AsSpan().Fill(value);
        return values;
    }
}
