using Sweeps.Orchestrator.Reports.Statistics;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Sparse models that are compared with dense ones together.</summary>
/// <param name="Name">what they are called</param>
/// <param name="Matches">the models</param>
/// <param name="Matched">whether they count in the headline</param>
internal sealed record DenseGroup(string Name, IReadOnlyList<DenseMatch> Matches, bool Matched)
{
    /// <summary>
    /// The matched models of the same width, depth and L0, which differ in their seeds, together; then the unmatched ones, each by itself.
    /// In the plan's order.
    /// </summary>
    public static IReadOnlyList<DenseGroup> Of(IReadOnlyList<DenseMatch> matches) =>
    [
        .. from match in matches
           where match.Unmatched is null
           group match by (match.Sparse.DModel, match.Sparse.NLayer, match.Sparse.L0Target) into same
           select new DenseGroup(string.Join(", ", same.Select(m => m.Sparse.Id)), [.. same], Matched: true),
        .. from match in matches
           where match.Unmatched is not null
           select new DenseGroup($"{match.Sparse.Id}, unmatched", [match], Matched: false),
    ];

    /// <summary>Dense edges against sparse ones, by the tasks of both; null where they have none in common.</summary>
    /// <param name="edges">the edges that count of a task in a model</param>
    /// <param name="seed">the sweep's</param>
    /// <param name="at">the loss, which has draws of its own; groups have the same ones, so that equal groups have equal intervals</param>
    public PairedRatio? Compare(Func<ReportTask, int?> edges, ulong seed, string at) =>
        PairedRatio.Of([.. Matches.SelectMany(m => m.Pairs(edges))], new KeyedRandom(seed, "report", "matched loss", at));
}
