using System.Collections.Immutable;

namespace Sweeps.Actors.Sweeps;

/// <summary>What stages have in common.</summary>
internal static class SweepStages
{
    /// <summary>All stages, in order.</summary>
    public static ImmutableArray<SweepStage> All { get; } = [.. Enum.GetValues<SweepStage>()];

    /// <summary>Those with one trial for the best circuit of each search, which opens when the search ends.</summary>
    public static ImmutableArray<SweepStage> OfCircuits { get; } = [SweepStage.Validate, SweepStage.Curve, SweepStage.Edges];

    /// <summary>Where the trials of a model's tasks have their names and their files, with a slash; null for a stage that has none.</summary>
    public static string? Folder(this SweepStage stage) => stage switch
    {
        SweepStage.Evaluate => "models/",
        SweepStage.Attribution => "attribution/",
        SweepStage.Validate => "validations/",
        SweepStage.Curve => "curves/",
        SweepStage.Edges => "edges/",
        _ => null,
    };
}
