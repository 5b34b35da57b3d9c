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
            Importance(state));
    }

    /// <summary>The view of a search over the training, of its closed rounds too.</summary>
    public static ReportTrainingSearch Of(TrainingSearchSnapshot search)
    {
        var (state, space) = (search.State, search.State.Config.Space);
        return new ReportTrainingSearch(
            search.Group, state.Config.Algorithm, state.Config.AlgorithmVersion, search.RoundsClosed, search.Ended,
            space.Named(space.Center),
            [.. SearchAnalysis.BestPerRound(state).Take(search.RoundsClosed).Select(round => round.Output)], Importance(state));
    }

    private static ReportImportance[] Importance(SearchState state) =>
        [.. SearchAnalysis.Importance(state).Select(i => new ReportImportance(i.Parameter, i.FirstOrder, i.Total))];
}
