using Sweeps.Search;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Makes the report's view of a search.</summary>
internal static class ReportSearches
{
    /// <summary>The view of <paramref name="search"/>: only closed rounds count, so that it does not matter when one looks.</summary>
    public static ReportSearch Of(SearchSnapshot search)
    {
        var state = search.State;
        return new ReportSearch(
            state.Config.Algorithm, state.Config.AlgorithmVersion, search.RoundsClosed, search.Ended, search.WarmStart, search.Center,
            [.. SearchAnalysis.ParetoFront(state, search.RoundsClosed).Select(
                p => new ReportFrontPoint(p.Index, p.Observed, p.MeanOutput, p.MeanCost))],
            [.. SearchAnalysis.Importance(state).Select(i => new ReportImportance(i.Parameter, i.FirstOrder, i.Total))]);
    }
}
