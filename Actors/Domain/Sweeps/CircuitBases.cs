namespace Sweeps.Domain.Sweeps;

/// <summary>The bases that circuits are compared in.</summary>
public static class CircuitBases
{
    /// <summary>All, in the order of reports.</summary>
    public static IReadOnlyList<(string Name, ReconstructionError? Error)> All { get; } =
        [("channels", null), ("features-keep", ReconstructionError.Keep), ("features-mean", ReconstructionError.Mean)];

    /// <summary>Whether a location is a residual read or write, where nodes may be features.</summary>
    /// <param name="location">as <see cref="AutoencoderOptions.Location"/></param>
    public static bool IsPlace(string location) => ValueLocation.TryParse(location, out var at)
        && at.Site is ValueSite.AttnActIn or ValueSite.AttnResidDelta or ValueSite.MlpActIn or ValueSite.MlpResidDelta;

    /// <summary>
    /// Whether circuits of features have edges in a model of this shape: there are no weights through AbsTopK between a map and features.
    /// </summary>
    public static bool HasFeatures(ModelConfig model)
    {
        ArgumentNullException.ThrowIfNull(model);
        NodeSite[] writes = [NodeSite.AttnResidDelta, NodeSite.MlpResidDelta];
        return writes.All(site => model.TopK(site) == model.Width(site));
    }
}
