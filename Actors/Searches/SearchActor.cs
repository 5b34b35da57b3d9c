using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;
using Sweeps.Actors.Bisections;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;
using Sweeps.Search;

namespace Sweeps.Actors.Searches;

/// <summary>Gives the search up: its trials are cancelled.</summary>
internal sealed record CancelSearch;

/// <summary>Ends the search with the best circuit so far; answered with a <see cref="Reply"/>.</summary>
internal sealed record EndSearchNow;

/// <summary>Gives one pruning up, of which the search learns nothing; answered with a <see cref="Reply"/>.</summary>
internal sealed record ForgetPruning(int Index);

/// <summary>To the parent, before the search's actor stops.</summary>
/// <param name="Id">the search</param>
/// <param name="Cancelled">whether it was given up</param>
/// <param name="Best">the index of the best pruning, or null when all failed</param>
/// <param name="Circuit">the best pruning's circuit, or null</param>
/// <param name="Points">where other searches may begin; null where none does</param>
internal sealed record SearchEnded(SearchId Id, bool Cancelled, int? Best, CircuitResult? Circuit, BestPoints? Points = null);

/// <summary>
/// Runs the rounds of a search: for each suggestion a trial that prunes, then a bisection. Suggestions are stored before they are run, so
/// that an
/// interrupted round is the same round afterwards. What the world fails for good is forgotten.
/// </summary>
internal sealed class SearchActor : AggregateActor<CircuitSearchState, SearchCommand, SearchEvent>
{
    /// <summary>Where searches run: what they compute, a round's suggestions, would keep others waiting.</summary>
    public const string Dispatcher = "sweeps.suggest-dispatcher";

    private readonly SweepServices _services;
    private readonly SearchPlan _plan;
    private readonly HashSet<int> _begun = [];
    private readonly HashSet<IActorRef> _living = [];
    private readonly SortedDictionary<int, WorldFailed> _givenUp = [];
    private IActorRef _stream = ActorRefs.Nobody;
    private SearchCommand? _commanded;
    private bool _cancelling, _warned;

    public SearchActor(SweepServices services, SearchPlan plan)
        : base(
            services.Registry, SweepJournal.Search(plan.Id), CircuitSearchState.Initial,
            SuggestMetrics.Timed<CircuitSearchState, SearchCommand, SearchEvent>(
                CircuitSearchState.Decide, "prunings", e => e is SuggestionsMade),
            CircuitSearchState.Apply)
        => (_services, _plan) = (services, plan);

    /// <summary>Returns how to make the actor of a search.</summary>
    public static Props Props(SweepServices services, SearchPlan plan)
        => ActorProps.Of(() => new SearchActor(services, plan)).WithDispatcher(Dispatcher);

    /// <inheritdoc/>
    protected override IActorRef OpenStream()
        => _stream = Context.ActorOf(StreamActor.Props(SweepStreams.Search(_plan.Id), _services.Streams), "stream");

    /// <inheritdoc/>
    protected override void Recovered()
    {
        if (State.Search is null) Execute(_plan.Begin());
        else if (State.Rules!.Rounds < _plan.Stopping.Rounds) Execute(new ExtendSearch(_plan.Stopping));
        else Advance();
    }

    /// <inheritdoc/>
    protected override void Handle(object message)
    {
        switch (message)
        {
            case TrialEnded m: OnPruned(m.State); break;
            case BisectionEnded m: OnBisected(m); break;
            case CancelSearch: Cancel(); break;
            case EndSearchNow: Command(new EndSearch(CancelPart.Reason)); break;
            case ForgetPruning m: Command(new ForgetSuggestion(m.Index, CancelPart.Reason)); break;
            case WorldFailed m: OnWorldFailed(m); break;
            default: Unhandled(message); break;
        }
    }

    /// <inheritdoc/>
    protected override void Executed(
        ImmutableArray<SearchCommand> commands, Reply reply, ImmutableArray<SearchEvent> events, IActorRef sender)
    {
        if (commands is [{ } command] && ReferenceEquals(command, _commanded))
        {
            _commanded = null;
            sender.Tell(reply);
            foreach (var happened in events)
                if (happened is SuggestionForgotten forgotten) StopWorkingOn(forgotten.Index);
        }
        Advance();
    }

    private void Command(SearchCommand command)
    {
        if (_cancelling)
        {
            Sender.Tell(new Reply.AlreadyDone());
            return;
        }
        _commanded = command;
        Execute(command);
    }

    private void StopWorkingOn(int index)
    {
        Context.Child(Prune(index)).Tell(new CancelTrial());
        var bisection = Context.Child(Bisect(index));
        if (!_living.Remove(bisection)) return;
        Context.Stop(bisection);
    }

    private void Advance()
    {
        Report();
        if (State.IsDone)
        {
            // What was at work when somebody ended it is told so, and its end is waited for.
            if (_living.Count > 0) return;
            Context.Parent.Tell(
                new SearchEnded(
                    _plan.Id, Cancelled: false, State.Best, State.BestCircuit, _plan.IsSource ? BestPoints.Of(State.Search!) : null));
            Context.Stop(Self);
            return;
        }
        foreach (var suggestion in State.Open) Start(suggestion.Index);
        GiveUp();
    }

    private void Start(int index)
    {
        if (_cancelling || !_begun.Add(index)) return;
        _living.Add(Context.ActorOf(TrialActor.Props(_services, _stream, _plan.Id.Pruning(index), Job(index)), Prune(index)));
    }

    private void OnPruned(TrialState trial)
    {
        _living.Remove(Sender);
        if (_cancelling)
        {
            EndIfCancelled();
            return;
        }
        var index = Index(trial.Id);
        if (State.Forgotten.ContainsKey(index))
        {
            Advance();
            return;
        }
        if (trial is { Phase: TrialPhase.Failed, Kind: FailureKind.Program })
        {
            Forget(index, trial.Reason!);
            return;
        }
        if (trial.Result is not PruneResult pruned)
        {
            Execute(_plan.Record(index, new PruningOutcome(null, [], null, null, trial.Reason ?? "the trial was cancelled")));
            return;
        }
        _living.Add(
            Context.ActorOf(
                BisectionActor.Props(
                    _services, _stream, trial.Id, Job(index), pruned, _plan.Options.Objective, beat: _plan.ToBeat(State)),
                Bisect(index)));
    }

    private void OnBisected(BisectionEnded ended)
    {
        _living.Remove(Sender);
        if (_cancelling) EndIfCancelled();
        else if (State.Forgotten.ContainsKey(Index(ended.Pruning))) Advance();
        else if (ended.ByTheProgram) Forget(Index(ended.Pruning), ended.Outcome.Failure!);
        else Execute(_plan.Record(Index(ended.Pruning), ended.Outcome));
    }

    private void OnWorldFailed(WorldFailed failed)
    {
        // The trial, or its bisection, waits for a restart that will not come in this run.
        _living.Remove(Sender);
        Context.Stop(Sender);
        var name = Sender.Path.Name;
        _givenUp[int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture)] = failed;
        if (_cancelling) EndIfCancelled();
        else GiveUp();
    }

    /// <summary>
    /// Forgets what the world has failed for good, once another pruning of the round has come to its end: then the world as such is at
    /// work. While none has, it may be
    /// the disk or the last device, and when all are given up the sweep stops, to go on when it is run again.
    /// </summary>
    private void GiveUp()
    {
        if (_givenUp.Count == 0) return;
        if (State.HasObservedInOpenRound)
        {
            var (index, failed) = _givenUp.First();
            _givenUp.Remove(index);
            Forget(index, failed.Reason);
        }
        else if (State.Open.All(s => _givenUp.ContainsKey(s.Index)))
        {
            Context.Parent.Tell(_givenUp.Values.First());
        }
    }

    /// <summary>Goes on without a suggestion. A fault of the world that lasts, or of the program, says nothing about its point.</summary>
    private void Forget(int index, string reason)
    {
        _services.Progress.Tell(new SweepLogged($"{_plan.Id.Pruning(index)} is forgotten, the search goes on without it: {reason}"));
        Execute(new ForgetSuggestion(index, reason));
    }

    private void Cancel()
    {
        _cancelling = true;
        foreach (var child in _living.ToList())
        {
            if (child.Path.Name.StartsWith("prune", StringComparison.Ordinal))
            {
                child.Tell(new CancelTrial());
                continue;
            }
            // A bisection stores no attempts, so that there is nothing to say but stop.
            _living.Remove(child);
            Context.Stop(child);
        }
        EndIfCancelled();
    }

    private void EndIfCancelled()
    {
        if (_living.Count > 0) return;
        Context.Parent.Tell(new SearchEnded(_plan.Id, Cancelled: true, null, null));
        Context.Stop(Self);
    }

    private void Report()
    {
        var best = State.Best is { } index ? State.Outcomes[index] : null;
        _services.Progress.Tell(new SearchProgressed(
            _plan.Id, State.RoundsClosed, _plan.Options.Rounds, State.Outcomes.Count, best?.Objective, best?.Circuit, State.IsDone,
            _plan.Inputs.Options.SelectionLoss));
        if (_warned || !Stopping.OnlyFails(State.Search!)) return;
        _warned = true;
        _services.Progress.Tell(new SweepLogged(
            $"{_plan.Id}: all of the first {State.Outcomes.Count} prunings failed; the search goes on, but look at search.center and at "
                + $"their reasons: "
            + State.Outcomes.Values.Last().Failure));
    }

    private PruneJob Job(int index) => _plan.Prune(index, State.Hyperparameters(index));

    private static int Index(TrialId pruning)
        => int.Parse(pruning.Value.AsSpan(pruning.Value.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Prune(int index) => string.Create(CultureInfo.InvariantCulture, $"prune-{index:0000}");

    private static string Bisect(int index) => string.Create(CultureInfo.InvariantCulture, $"bisect-{index:0000}");
}
