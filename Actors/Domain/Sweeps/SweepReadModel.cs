using Sweeps.Domain.Bisections;
using Sweeps.Domain.Journal;
using System.Text.Json.Serialization;
using Sweeps.Domain.Searches;
using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>How far a sweep is.</summary>
public enum SweepStatus
{
    /// <summary>Begun and neither completed nor cancelled; whether a process is at work on it is not known from its journal.</summary>
    Unfinished,

    /// <summary>Paused by command.</summary>
    Paused,

    /// <summary>Everything that could be done is done; see the failures.</summary>
    Completed,

    /// <summary>Cancelled for good.</summary>
    Cancelled,
}

/// <summary>Something that failed by its own fault and was left out.</summary>
/// <param name="Subject">the trial or search</param>
/// <param name="Reason">why, one sentence</param>
public sealed record SweepFailure(string Subject, string Reason);

/// <summary>
/// Everything that a sweep has found so far: an immutable snapshot, in the plan's order. It holds no time, attempt or device, so that two
/// completed runs of the same sweep have the same snapshot.
/// </summary>
public sealed record SweepReadModel
{
    /// <summary>The sweep's description.</summary>
    public required SweepSpec Spec { get; init; }

    /// <summary>How far it is.</summary>
    public required SweepStatus Status { get; init; }

    /// <summary>The corpus; null until it is prepared.</summary>
    public required PrepareResult? Prepared { get; init; }

    /// <summary>
    /// All planned models, in the plan's order, without those whose turn never comes since the search over their training has ended.
    /// </summary>
    public required IReadOnlyList<ModelSnapshot> Models { get; init; }

    /// <summary>The searches over the training of groups, in the plan's order; empty where there are none.</summary>
    public IReadOnlyList<TrainingSearchSnapshot> TrainingSearches { get; init; } = [];

    /// <summary>What failed, in the plan's order.</summary>
    public required IReadOnlyList<SweepFailure> Failures { get; init; }

    /// <summary>Reads the sweep of a journal.</summary>
    /// <exception cref="JournalException">there is no sweep in the journal, or it cannot be read</exception>
    public static SweepReadModel Load(IJournalReader journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        // The sweep before its searches: what it knows of them is then never newer than what they say.
        var sweep = ReadSweep(journal);
        if (sweep.Plan is not { } plan) throw new JournalException(journal.Location, "no sweep was begun here");
        var searches = journal.ReadEvents(SweepJournal.Registry, SweepJournal.SearchPrefix, SweepJournal.SearchPrefix)
            .GroupBy(e => e.Entity, e => (SearchEvent)e.Event, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Aggregate(CircuitSearchState.Initial, CircuitSearchState.Apply), StringComparer.Ordinal);
        var selected = sweep.Selected().ToHashSet();
        return new SweepReadModel
        {
            Spec = plan.Spec,
            Status = sweep.Status,
            Prepared = sweep.Prepared,
            Models =
            [
                .. plan.Models.Where(m => !sweep.IsNeverSuggested(m)).Select(m => Snapshot(sweep, m, selected.Contains(m), searches)),
            ],
            TrainingSearches =
            [
                .. from first in plan.Searched
                   let search = sweep.TrainingSearches.GetValueOrDefault(first.Group)
                   where search is not null
                   select new TrainingSearchSnapshot(first.Group, search.Ended, search.Search.ClosedRounds, search.Search),
            ],
            Failures = sweep.Failures(),
        };
    }

    /// <summary>
    /// The description of the journal's sweep as it is by now; null when none was begun. Looks at the whole stream, but reads little of it.
    /// </summary>
    public static SweepSpec? ReadSpec(IJournalReader journal) => journal.ReadStream(SweepJournal.Sweep)
        .Where(e => e.Event.Name is "sweep-submitted" or "sweep-grown")
        .Select(e => SweepJournal.Registry.Read(e, journal.Location) switch
        {
            SweepSubmitted submitted => submitted.Spec,
            SweepGrown grown => grown.Spec,
            var other => throw new InvalidOperationException($"a {other.GetType().Name} has no description"),
        })
        .LastOrDefault();

    /// <summary>Whether the journal's sweep may go on as <paramref name="spec"/>; see <see cref="SweepState.MayBecome"/>.</summary>
    public static bool MayBecome(IJournalReader journal, SweepSpec spec) => ReadSweep(journal).MayBecome(spec);

    /// <summary>The failed trials of the journal's sweep that are opened again when none is named, in the plan's order.</summary>
    public static IReadOnlyList<TrialId> TriedAgain(IJournalReader journal) => ReadSweep(journal).TriedAgain();

    /// <summary>The sweep as its own stream tells it.</summary>
    internal static SweepState ReadSweep(IJournalReader journal) => journal.ReadStream(SweepJournal.Sweep)
        .Where(e => e.Entity == SweepJournal.Sweep)
        .Select(e => SweepJournal.Registry.Read(e, journal.Location))
        .Aggregate(SweepState.Initial, (state, e) => SweepState.Apply(state, (SweepEvent)e));

    private static ModelSnapshot Snapshot(
        SweepState sweep, PlannedModel model, bool selected, Dictionary<string, CircuitSearchState> searches)
    {
        IEnumerable<string> tasks = selected ? sweep.Plan!.Spec.Tasks : [];
        var verdict = sweep.Trials.GetValueOrDefault(model.Trial);
        return new ModelSnapshot(
            sweep.WithSuggestion(model),
            sweep.Trained(model),
            verdict?.Failure,
            selected,
            [.. tasks.Select(task => Snapshot(sweep, model, task, searches))])
        {
            Suggested = sweep.SuggestionOf(model) is not { } suggestion
                ? null
                : Suggested(suggestion, sweep.TrainingSearches[model.Group].Search.Config, verdict is { IsForgotten: true }),
            Stopped = verdict?.Stopped,
            Dictionaries = selected ? DictionariesSnapshot.Of(sweep, model) : [],
            Bridges = BridgesSnapshot.Of(sweep, model),
        };
    }

    private static SuggestedTraining Suggested(Suggestion suggestion, SearchConfig config, bool forgotten) => new(
        suggestion.Index, suggestion.Index / config.BatchSize, suggestion.Kind, config.Space.Named(suggestion.Values), forgotten);

    private static TaskSnapshot Snapshot(SweepState sweep, PlannedModel model, string task, Dictionary<string, CircuitSearchState> searches)
    {
        var id = new SearchId(model.Id, task);
        var verdict = Verdict(SweepStage.Evaluate);
        var search = searches.GetValueOrDefault(SweepJournal.Search(id));
        return new TaskSnapshot(
            task, verdict?.Result as EvaluateResult, verdict?.Failure, search is null ? null : Snapshot(id, search),
            Verdict(SweepStage.Attribution)?.Result as CircuitResult,
            Verdict(SweepStage.Validate)?.Result as ValidationResult,
            Verdict(SweepStage.Curve)?.Result as CurveResult,
            Verdict(SweepStage.Edges)?.Result as CircuitResult)
        {
            Given = Verdict(SweepStage.Given)?.Result as GivenResult,
            Bases = BasisSnapshot.Of(sweep, model, task),
            Skipped = verdict?.Result is EvaluateResult measured && TaskLearning.IsSkipped(sweep.Plan!.Spec, measured),
        };

        // While a search goes on for more rounds, what was made of its former best is not of its best so far.
        TrialVerdict? Verdict(SweepStage stage) => SweepStages.Of(stage).OfCircuit is not null && !sweep.Searches.ContainsKey(id)
            ? null
            : sweep.Trials.GetValueOrDefault(model.Of(stage, task));
    }

    private static SearchSnapshot Snapshot(SearchId id, CircuitSearchState state)
    {
        var search = state.Search!;
        var prunings = search.Suggestions
            .Select(s => new PruningSnapshot(
                s.Index, s.Index / search.Config.BatchSize, state.Hyperparameters(s.Index), state.Outcomes.GetValueOrDefault(
                    s.Index), state.Forgotten.GetValueOrDefault(s.Index)))
            .ToList();
        // An observation of an open round is there or not, depending on when one looks; the best of closed rounds is not.
        var best = prunings.Where(p => p.Round < state.RoundsClosed && p.Outcome?.Objective is not null).MinBy(p => p.Outcome!.Objective);
        return new SearchSnapshot(id, state.Ended, state.RoundsClosed, prunings, best, state.WarmStart, search)
        {
            Center = state.At(search.Config.Space.Center)
        };
    }
}

/// <summary>A model of the sweep.</summary>
/// <param name="Plan">its id, shape and training</param>
/// <param name="Trained">null until trained, or when that failed</param>
/// <param name="Failure">why training failed, or null</param>
/// <param name="Selected">whether it goes on to its tasks: the lowest validation loss of its group</param>
/// <param name="Tasks">one per task of the sweep when selected, otherwise empty</param>
public sealed record ModelSnapshot(
    PlannedModel Plan, TrainResult? Trained, string? Failure, bool Selected, IReadOnlyList<TaskSnapshot> Tasks)
{
    /// <summary>
    /// What the search over its group's training suggested; null where the training is not searched, and until it is suggested.
    /// </summary>
    public SuggestedTraining? Suggested { get; init; }

    /// <summary>Where and why its training was stopped early; null when it was not.</summary>
    public EarlyStop? Stopped { get; init; }

    /// <summary>
    /// Sparse autoencoders and baselines, one for each location; empty where the model goes no further, and where none are asked for.
    /// </summary>
    public IReadOnlyList<DictionariesSnapshot> Dictionaries { get; init; } = [];

    /// <summary>What it was trained together with; null of a model that is trained alone.</summary>
    public BridgesSnapshot? Bridges { get; init; }
}

/// <summary>One suggestion of the search over a group's training.</summary>
/// <param name="Index">from 0 over all rounds</param>
/// <param name="Round">from 0</param>
/// <param name="Kind">where it comes from</param>
/// <param name="Hyperparameters">the searched ones, by the names of the training's options</param>
/// <param name="Forgotten">
/// whether its training failed by the program's fault or was given up by command, of which the search learned nothing
/// </param>
public sealed record SuggestedTraining(
    int Index, int Round, SuggestionKind Kind, IReadOnlyDictionary<string, double> Hyperparameters, bool Forgotten);

/// <summary>The search over the training of a group.</summary>
/// <param name="Group">see <see cref="PlannedModel.Group"/></param>
/// <param name="Ended">which rule ended it; null while it goes on</param>
/// <param name="RoundsClosed">rounds whose trainings have all ended</param>
/// <param name="State">the search as its algorithm knows it, for analysis</param>
public sealed record TrainingSearchSnapshot(
    string Group, StopReason? Ended, int RoundsClosed, [property: JsonIgnore] SearchState State);

/// <summary>A task in a selected model.</summary>
/// <param name="Task">its name</param>
/// <param name="Evaluated">the unpruned model on it; null until measured, or when that failed</param>
/// <param name="Failure">why the measurement failed, or null; then there is no search</param>
/// <param name="Search">null until begun</param>
/// <param name="Attribution">
/// the circuit that attribution finds; null until it is found, when that failed, and when it is not asked for
/// </param>
/// <param name="Validation">
/// of the search's best circuit; null until it is validated, when that failed, and when it is not asked for
/// </param>
/// <param name="Curve">of the search's best pruning; null until it is there, when that failed, and when it is not asked for</param>
/// <param name="Edges">
/// the search's best circuit with its edges pruned; null until it is there, when that failed, and when it is not asked for
/// </param>
public sealed record TaskSnapshot(
    string Task, EvaluateResult? Evaluated, string? Failure, SearchSnapshot? Search, CircuitResult? Attribution = null,
    ValidationResult? Validation = null, CurveResult? Curve = null,
    CircuitResult? Edges = null)
{
    /// <summary>Whether the model has not learned the task, which is left out for that reason.</summary>
    public bool Skipped { get; init; }

    /// <summary>
    /// The circuit that the model was published with; null until it is measured, when that failed, and where there is none.
    /// </summary>
    public GivenResult? Given { get; init; }

    /// <summary>Its circuits in different bases; empty until they are found, and where they are not asked for.</summary>
    public IReadOnlyList<BasisSnapshot> Bases { get; init; } = [];
}

/// <summary>A search for the smallest circuit of a task in a model.</summary>
/// <param name="Id">its model and task</param>
/// <param name="Ended">which rule ended it; null while it goes on</param>
/// <param name="RoundsClosed">rounds whose observations are all in</param>
/// <param name="Prunings">all suggestions made so far, in order</param>
/// <param name="Best">the pruning with the lowest objective among the closed rounds, or null</param>
/// <param name="WarmStart">tasks whose searches moved its centre; empty for a cold start</param>
/// <param name="State">the search as its algorithm knows it, for analysis; the members above hold what came of it</param>
public sealed record SearchSnapshot(
    SearchId Id, StopReason? Ended, int RoundsClosed, IReadOnlyList<PruningSnapshot> Prunings, PruningSnapshot? Best,
    ValueList<string> WarmStart,
    [property: JsonIgnore] SearchState State)
{
    /// <summary>Where it began.</summary>
    [JsonIgnore]
    public PruningHyperparameters Center { get; init; } = new();

    /// <summary>Whether it has ended.</summary>
    public bool Completed => Ended is not null;
}

/// <summary>One suggestion of a search and what came of it.</summary>
/// <param name="Index">from 0 over all rounds; <c>searches/{model}/{task}/{index:0000}</c> is its folder</param>
/// <param name="Round">from 0</param>
/// <param name="Hyperparameters">what was suggested</param>
/// <param name="Outcome">null until it is known</param>
/// <param name="Forgotten">why it will never be known, through no fault of the point, or null</param>
public sealed record PruningSnapshot(
    int Index, int Round, PruningHyperparameters Hyperparameters, PruningOutcome? Outcome, string? Forgotten = null);
