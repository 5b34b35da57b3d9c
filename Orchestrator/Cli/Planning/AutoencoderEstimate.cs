namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>
/// Floating-point operations of one trial of each stage of sparse autoencoders, the mean over those of a sweep, with dense arithmetic.
/// </summary>
internal static class AutoencoderEstimate
{
    // Fits and measures: the model's passes for the losses of each dictionary.
    private const int PassesOfMeasurement = 4;

    // By doubling, up to all features that are active on a prompt.
    private const int PointsOfCurve = 12;

    // A rule's splits look at every field of every token; in operations, as measured on 131,072 tokens.
    private const double FlopsPerScoredToken = 2e4;

    /// <summary>Of a training: activations, the products of encoder and dictionary and of their gradients, then the measurement.</summary>
    public static double TrainingFlops(SweepSpec spec, ModelConfig model) => Mean(spec, options =>
    {
        var width = options.At.Width(model);
        return (options.Tokens * (SweepEstimate.FlopsPerToken(model) + (12.0 * width * options.Features(width))))
            + (PassesOfMeasurement * options.EvalTokens * SweepEstimate.FlopsPerToken(model));
    });

    /// <summary>Of a comparison: a measurement for each baseline and number of active features.</summary>
    public static double ComparisonFlops(SweepSpec spec, ModelConfig model)
    {
        var grid = spec.Autoencoders;
        var measured = (double)grid.Baselines.Count * Math.Max(1, grid.K.Count);
        return Mean(spec, options => measured * PassesOfMeasurement * options.EvalTokens * SweepEstimate.FlopsPerToken(model));
    }

    /// <summary>Of the scores of a dictionary's features.</summary>
    public static double ScoringFlops(SweepSpec spec, ModelConfig model)
    {
        var options = spec.Autoencoders.Interpretability;
        return options.Tokens * ((2 * SweepEstimate.FlopsPerToken(model)) + (options.Features * FlopsPerScoredToken));
    }

    /// <summary>Of the ablations of one task: each dictionary's features patched in growing numbers, on all pairs.</summary>
    public static double AblationFlops(SweepSpec spec, ModelConfig model)
    {
        var grid = spec.Autoencoders;
        var seeds = Math.Max(1, grid.Seeds.Count);
        var dictionaries = (grid.All().Count / (double)(seeds * Math.Max(1, grid.Locations.Count))) + grid.Baselines.Count;
        return dictionaries * PointsOfCurve * grid.AblationPairs * model.NCtx * SweepEstimate.FlopsPerToken(model);
    }

    private static double Mean(SweepSpec spec, Func<AutoencoderOptions, double> flops) =>
        spec.Autoencoders.All().Select(one => flops(one.Options)).DefaultIfEmpty(0).Average();
}
