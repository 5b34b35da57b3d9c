namespace Sweeps.Search.Carbs;

/// <summary>The work behind <see cref="SearchAnalysis.Importance"/>.</summary>
internal sealed class ImportanceAnalysis
{
    private const int PointsPerParameter = 4, Samples = 1024, CurveSamples = 256, CurvePoints = 21;

    // Beyond these quantiles of a parameter's observed values its curve would rest on single points.
    private const double CurveMargin = 0.05;

    private readonly SearchConfig _config;
    private readonly OutputTransform _transform;
    private readonly GaussianProcess _process;
    private readonly double[][] _sorted;
    private readonly double[] _mean;

    private ImportanceAnalysis(SearchConfig config, OutputTransform transform, GaussianProcess process, double[][] sorted, double[] mean) =>
        (_config, _transform, _process, _sorted, _mean) = (config, transform, process, sorted, mean);

    public static ValueList<ParameterImportance> Of(SearchState state)
    {
        var (config, history, d) = (state.Config, new CarbsHistory(state), state.Config.Space.Dimensions);
        if (history.Groups.Count < PointsPerParameter * d) return [];

        double[] outputs = [.. history.Successes.Select(o => PointGroup.Oriented(config, o))];
        var transform = new OutputTransform(outputs, clipByCount: true);
        double[] scores = [.. outputs.Select(transform.Score)];
        // Centred, since the process has zero mean and its linear part passes through the origin.
        double[] mean = [.. Enumerable.Range(0, d).Select(k => history.SuccessPoints.Average(p => p[k]))];
        double[][] sorted = [.. Enumerable.Range(0, d).Select(k => history.SuccessPoints.Select(p => p[k] - mean[k]).Order().ToArray())];
        GaussianProcess process;
        try
        {
            process = new KernelFit([.. history.SuccessPoints.SelectMany(p => p.Select((x, k) => x - mean[k]))], scores, d).Best();
        }
        catch (ArithmeticException)
        {
            return [];
        }
        if (!(LeftOutError(process) < scores.Sum(s => Square(s - scores.Average())))) return [];
        return new ImportanceAnalysis(config, transform, process, sorted, mean).Shares();
    }

    // Σ (y_i − μ_i)² with μ_i the prediction from all others: y_i − μ_i = α_i / [K⁻¹]_ii (Rasmussen and Williams 2006, eq. 5.12).
    private static double LeftOutError(GaussianProcess process)
    {
        var (weights, inverse) = (process.Weights(), process.Inverse());
        return weights.Select((w, i) => Square(w / inverse[i][i])).Sum();
    }

    private ValueList<ParameterImportance> Shares()
    {
        var d = _sorted.Length;
        var sequence = new Halton(2 * d, _config.Seed);
        double[] a = [.. Enumerable.Range(0, Samples * d).Select(i => At(i % d, sequence[i / d, i % d]))];
        double[] b = [.. Enumerable.Range(0, Samples * d).Select(i => At(i % d, sequence[i / d, d + (i % d)]))];
        var (fa, fb) = (Predict(a), Predict(b));
        var mean = (fa.Average() + fb.Average()) / 2;
        var variance = (fa.Average(f => Square(f - mean)) + fb.Average(f => Square(f - mean))) / 2;
        if (!(variance > 1e-12)) return [];

        return Enumerable.Range(0, d).Select(k =>
        {
            // A with parameter k from B (Saltelli et al. 2010, table 2, rows b and f).
            double[] mixed = [.. a];
            for (var i = k; i < mixed.Length; i += d) mixed[i] = b[i];
            var fm = Predict(mixed);
            var first = Enumerable.Range(0, Samples).Average(i => (fb[i] - mean) * (fm[i] - fa[i])) / variance;
            var total = Enumerable.Range(0, Samples).Average(i => Square(fa[i] - fm[i])) / (2 * variance);
            return new ParameterImportance(
                _config.Space.Parameters[k].Name, Math.Clamp(first, 0, 1), Math.Clamp(total, 0, 1), Dependence(k, a));
        }).ToValueList();
    }

    private ValueList<DependencePoint> Dependence(int k, double[] samples)
    {
        var (low, high) = (At(k, CurveMargin), At(k, 1 - CurveMargin));
        if (!(high > low)) return [];
        var (d, sign, space) = (_sorted.Length, _config.Direction == Direction.Maximise ? 1 : -1, _config.Space.Parameters[k].Space);
        var points = samples.AsSpan(0, CurveSamples * d).ToArray();
        return Enumerable.Range(0, CurvePoints).Select(i =>
        {
            var at = low + ((high - low) * i / (CurvePoints - 1));
            for (var j = k; j < points.Length; j += d) points[j] = at;
            return new DependencePoint(space.FromBasic(at + _mean[k]), sign * _transform.Output(Predict(points).Average()));
        }).ToValueList();
    }

    private double At(int k, double level) => Quantiles.Of(_sorted[k], level);

    private double[] Predict(double[] points)
    {
        var mean = new double[points.Length / _sorted.Length];
        _process.PredictMean(points, mean);
        return mean;
    }

    private static double Square(double x) => x * x;
}
