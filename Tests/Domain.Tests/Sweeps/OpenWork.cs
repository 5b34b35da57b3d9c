namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>What is open, as trials and searches.</summary>
internal static class OpenWork
{
    public static IEnumerable<(TrialId Trial, Job Job)> OpenTrials(this SweepState state) =>
        state.Open.Where(i => i.Stage != SweepStage.Search).Select(state.Trial);

    public static IEnumerable<SearchPlan> OpenSearches(this SweepState state) =>
        state.Open.Where(i => i.Stage == SweepStage.Search).Select(state.Search);
}
