namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>
/// Floating-point operations of what bridges add, with dense arithmetic. The dense model is taken to be as large as the sparse one where it
/// is not known.
/// </summary>
internal static class BridgeEstimate
{
    /// <summary>A model's estimate, of a bridged one with the bridges' part of its training.</summary>
    public static ModelEstimate Of(SweepSpec spec, SweepPlan plan, PlannedModel model, ModelEstimate alone)
    {
        if (model.Bridged is not { } bridged) return alone;
        var dense = plan.Models.First(other => other.Id.Value == bridged.Dense).Config with { VocabSize = spec.Tokenizer.VocabSize };
        var sites = spec.Bridges.Training.Sites(model.Config.NLayer);
        var drawn = spec.Bridges.Training.SitesPerStep ?? sites;
        // From a site on, half of a model on average: there and back through the sparse one, and through the dense one, whose weights want
        // no gradients.
        var flopsOfDense = SweepEstimate.FlopsPerToken(dense);
        var flopsOfSparse = SweepEstimate.FlopsPerToken(model.Config with { VocabSize = spec.Tokenizer.VocabSize });
        var added = flopsOfDense + (drawn * ((1.5 * flopsOfSparse) + flopsOfDense));
        // Two maps at each site, with two gradients each.
        var maps = 12.0 * drawn * dense.DModel * model.Config.DModel;
        var parameters = sites * ((2L * dense.DModel * model.Config.DModel) + dense.DModel + model.Config.DModel);
        return alone with
        {
            TrainingFlops = alone.TrainingFlops + (alone.TrainingTokens * (added + maps)),
            // Weights, gradients and two moments; in files the bridges, and a checkpoint of them with moments.
            MemoryBytes = alone.MemoryBytes + (4 * sizeof(float) * parameters),
            DiskBytes = alone.DiskBytes + (4 * sizeof(float) * parameters),
        };
    }

    /// <summary>Of a measurement of all sites and hybrids.</summary>
    public static double MeasurementFlops(SweepSpec spec, ModelConfig model)
    {
        var sites = spec.Bridges.Training.Sites(model.NLayer);
        // Both models, each from every site, and the dense one from every site behind it.
        var passes = 2 + sites + (sites * (sites + 1) / 4.0);
        return passes * spec.Bridges.EvalTokens * SweepEstimate.FlopsPerToken(model);
    }

    /// <summary>Of the interventions of one task, both ways.</summary>
    public static double InterventionFlops(SweepSpec spec, ModelConfig model)
    {
        var options = spec.Bridges.Intervention;
        var lines = options.Together.Count + options.RandomDraws + options.ChannelDraws + options.ShuffleDraws + 1;
        var prompts = 2.0 * options.Pairs * options.Steps * lines * model.NCtx;
        return (prompts + (2.0 * options.ReferenceTokens)) * SweepEstimate.FlopsPerToken(model);
    }
}
