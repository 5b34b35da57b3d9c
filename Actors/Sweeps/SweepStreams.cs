using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Sweeps;

/// <summary>The streams of a sweep: its own, with its trials and attributions, and one for each search, with its prunings.</summary>
internal static class SweepStreams
{
    public static StreamSpec Sweep { get; } = new(
        SweepJournal.Sweep,
        (state, happened) => SweepState.Apply((SweepState?)state ?? SweepState.Initial, (SweepEvent)happened),
        snapshot => ((SweepSnapshot)snapshot).State(),
        happened => happened switch
        {
            // What was made of a circuit is made anew when the search finds a better one in more rounds.
            TrialResultRecorded e when !IsOfCircuit(e.Trial) => Of(e.Trial),
            // What failed may be opened again.
            _ => [],
        });

    public static StreamSpec Search(SearchId search) => new(
        SweepJournal.Search(search),
        Fold: null,
        Restore: null,
        happened => happened switch
        {
            ObservationRecorded e => Of(search.Pruning(e.Index)),
            SuggestionForgotten e => Of(search.Pruning(e.Index)),
            _ => [],
        });

    private static bool IsOfCircuit(TrialId trial)
        => SweepStages.OfCircuits.Any(stage => trial.Value.StartsWith(stage.Folder!, StringComparison.Ordinal));

    // An attribution has a bisection of the same name.
    private static IEnumerable<string> Of(TrialId trial) => [SweepJournal.Trial(trial), SweepJournal.Bisection(trial)];
}
