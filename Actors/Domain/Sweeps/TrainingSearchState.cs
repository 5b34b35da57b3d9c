using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// The search over the training of one group. It is the sum of its suggestions and of what came of their trainings, so that nothing of
/// it is stored but the suggestions.
/// </summary>
/// <param name="Search">suggestions and observations</param>
/// <param name="Rules">when it ends</param>
public sealed record TrainingSearchState(SearchState Search, StoppingRules Rules)
{
    /// <summary>Which rule ended it; null while it goes on.</summary>
    public StopReason? Ended { get; private init; }

    /// <summary>Whether a round is due: it goes on, and every training of the rounds before has ended.</summary>
    internal bool IsDue => Ended is null && !Search.Outstanding.Any();

    /// <summary>A search that has suggested nothing yet.</summary>
    /// <exception cref="SearchException">the configuration is not valid</exception>
    internal static TrainingSearchState Of(SearchConfig config, StoppingRules rules) => new(SearchState.Create(config), rules);

    /// <summary>Under other rules: one that had ended may go on.</summary>
    internal TrainingSearchState Under(StoppingRules rules) => (this with { Rules = rules }).Judged();

    /// <summary>With the suggestions of a round.</summary>
    /// <exception cref="SearchException">they are not those that come next, or do not fit the space</exception>
    internal TrainingSearchState With(IEnumerable<Suggestion> suggestions) => this with { Search = Search.Issue(suggestions) };

    /// <summary>
    /// After the training of a suggestion has ended. One that says nothing about its point is forgotten. One that was stopped early has the
    /// loss at which it was stopped, at the cost of any other: that it was short is the rule's doing and no property of its point.
    /// </summary>
    internal TrainingSearchState With(int index, TrialVerdict verdict) => (this with
    {
        Search = verdict switch
        {
            { Stopped: { } stopped } => Search.Observe(index, stopped.Loss),
            { Result: TrainResult trained } => Search.Observe(index, trained.ValidationLoss),
            { IsForgotten: true } => Search.Forget(index),
            _ => Search.Observe(index, double.NaN, status: ObservationStatus.Failure),
        },
    }).Judged();

    /// <summary>The suggestions of the next round; they may take seconds to compute.</summary>
    internal IReadOnlyList<Suggestion> Suggest() => SearchAlgorithms.Suggest(Search, Search.Config.BatchSize);

    // Rules look at closed rounds only.
    private TrainingSearchState Judged() =>
        this with { Ended = Search.Outstanding.Any() ? null : Stopping.Reason(Search, Rules) };
}
