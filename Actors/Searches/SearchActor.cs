using System.Globalization;
using Sweeps.Actors.Bisections;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;
using Sweeps.ModelCore.Jobs;
using Sweeps.Search;

namespace Sweeps.Actors.Searches;

/// <summary>Gives the search up: its trials are cancelled.</summary>
internal sealed record CancelSearch;

/// <summary>To the parent, before the search's actor stops.</summary>
/// <param name="Id">the search</param>
/// <param name="Cancelled">whether it was given up</param>
/// <param name="Best">the index of the best pruning, or null when all failed</param>
/// <param name="Circuit">the best pruning's circuit, or null</param>
internal sealed record SearchEnded(SearchId Id, bool Cancelled, int? Best, CircuitResult? Circuit);

/// <summary>
/// Runs the rounds of a search: for each suggestion a trial that prunes, then a bisection. Suggestions are stored before they are run, so that an
/// interrupted round is the same round afterwards. What the world fails for good is forgotten.
/// </summary>
internal sealed class SearchActor(SweepServices services, SearchPlan plan) : PersistentActor(services.Store)
{
    // A child is gone at once when it stops, but what it said may wait long in the mailbox: that there is none does not mean that there was none.
    private readonly HashSet<int> _begun = [];
    private readonly HashSet<int> _pruned = [];
    private readonly HashSet<IActorRef> _ended = [];
    private readonly SortedDictionary<int, WorldFailed> _givenUp = [];
    private CircuitSearchState _state = CircuitSearchState.Initial;
    private bool _cancelling;
    private bool _warned;

    public override string PersistenceId => SweepJournal.Search(plan.Id);

    protected internal override OneForOneStrategy SupervisorStrategy => SweepServices.Supervision;

    protected override void OnRecover(object persisted) => _state = CircuitSearchState.Apply(_state, (SearchEvent)persisted);

    protected override void OnRecoveryCompleted()
    {
        if (_state.Search is not null)
        {
            Advance();
            return;
        }
        Execute(plan.Begin(plan.WarmStart.Select(Finished)));
    }

    protected override void OnCommand(object command)
    {
        switch (command)
        {
            case TrialEnded m: OnPruned(m.State); break;
            case BisectionEnded m: OnBisected(m); break;
            case CancelSearch: Cancel(); break;
            case WorldFailed m: OnWorldFailed(m); break;
            case Terminated m when _ended.Remove(m.ActorRef): break;
            default: Unhandled(command); break;
        }
    }

    /// <summary>A search that this one begins from. Its stream has ended, so that whenever it is read it says the same.</summary>
    private SearchState Finished(SearchId search)
    {
        var stream = SweepJournal.Search(search);
        return services.Store.Journal.ReadEvents(services.Store.Registry, stream).Where(e => e.PersistenceId == stream)
            .Aggregate(CircuitSearchState.Initial, (state, e) => CircuitSearchState.Apply(state, (SearchEvent)e.Event)).Search!;
    }

    private void Execute(SearchCommand command) =>
        PersistAll(CircuitSearchState.Decide(_state, command).Events, e => _state = CircuitSearchState.Apply(_state, e), Advance);

    private void Advance()
    {
        Report();
        if (_state.IsDone)
        {
            Context.Parent.Tell(new SearchEnded(plan.Id, Cancelled: false, _state.Best, _state.BestCircuit));
            Context.Stop(Self);
            return;
        }
        foreach (var suggestion in _state.Open) Start(suggestion.Index);
        GiveUp();
    }

    private void Start(int index)
    {
        if (_cancelling || !_begun.Add(index)) return;
        var (id, job) = (plan.Id.Pruning(index), Job(index));
        Context.Watch(Context.ActorOf(Props.Create(() => new TrialActor(services, id, job)), Prune(index)));
    }

    private void OnPruned(TrialState trial)
    {
        _ended.Add(Sender);
        if (_cancelling)
        {
            EndIfCancelled();
            return;
        }
        var index = Index(trial.Id);
        // Twice, when this actor was restarted in between: once of the old child and once of the new.
        if (!_pruned.Add(index)) return;
        if (trial.Result is not PruneResult pruned)
        {
            Execute(plan.Record(index, new PruningOutcome(null, [], null, null, trial.Reason ?? "the trial was cancelled")));
            return;
        }
        var (id, job, size) = (trial.Id, Job(index), plan.Options.Objective);
        Context.Watch(Context.ActorOf(Props.Create(() => new BisectionActor(services, id, job, pruned, size)), Bisect(index)));
    }

    private void OnBisected(BisectionEnded ended)
    {
        _ended.Add(Sender);
        if (_cancelling) EndIfCancelled();
        else Execute(plan.Record(Index(ended.Pruning), ended.Outcome));
    }

    private void OnWorldFailed(WorldFailed failed)
    {
        // The trial, or its bisection, waits for a restart that will not come in this run.
        _ended.Add(Sender);
        Context.Stop(Sender);
        var name = Sender.Path.Name;
        _givenUp[int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture)] = failed;
        if (_cancelling) EndIfCancelled();
        else GiveUp();
    }

    /// <summary>
    /// Forgets what the world has failed for good, once another pruning of the round has come to its end: then the world as such is at work. While none has, it may be
    /// the disk or the last device, and when all are given up the sweep stops, to go on when it is run again.
    /// </summary>
    private void GiveUp()
    {
        if (_givenUp.Count == 0) return;
        if (_state.HasObservedInOpenRound)
        {
            var (index, failed) = _givenUp.First();
            _givenUp.Remove(index);
            services.Progress.Report(new SweepLogged($"{plan.Id.Pruning(index)} is forgotten, the search goes on without it: {failed.Reason}"));
            Execute(new ForgetSuggestion(index, failed.Reason));
        }
        else if (_state.Open.All(s => _givenUp.ContainsKey(s.Index)))
        {
            Context.Parent.Tell(_givenUp.Values.First());
        }
    }

    private void Cancel()
    {
        _cancelling = true;
        foreach (var child in Context.GetChildren().Where(c => !_ended.Contains(c)))
        {
            if (child.Path.Name.StartsWith("prune", StringComparison.Ordinal))
            {
                child.Tell(new CancelTrial());
                continue;
            }
            // A bisection stores no attempts, so that there is nothing to say but stop.
            _ended.Add(child);
            Context.Stop(child);
        }
        EndIfCancelled();
    }

    private void EndIfCancelled()
    {
        if (Context.GetChildren().Any(c => !_ended.Contains(c))) return;
        Context.Parent.Tell(new SearchEnded(plan.Id, Cancelled: true, null, null));
        Context.Stop(Self);
    }

    private void Report()
    {
        var best = _state.Best is { } index ? _state.Outcomes[index] : null;
        services.Progress.Report(new SearchProgressed(
            plan.Id, _state.RoundsClosed, plan.Options.Rounds, _state.Outcomes.Count, best?.Objective, best?.Circuit, _state.IsDone));
        if (_warned || !Stopping.OnlyFails(_state.Search!)) return;
        _warned = true;
        services.Progress.Report(new SweepLogged(
            $"{plan.Id}: all of the first {_state.Outcomes.Count} prunings failed; the search goes on, but look at search.center and at their reasons: {_state.Outcomes.Values.Last().Failure}"));
    }

    private PruneJob Job(int index) => plan.Prune(index, _state.Hyperparameters(index));

    private static int Index(TrialId pruning) => int.Parse(pruning.Value.AsSpan(pruning.Value.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Prune(int index) => string.Create(CultureInfo.InvariantCulture, $"prune-{index:0000}");

    private static string Bisect(int index) => string.Create(CultureInfo.InvariantCulture, $"bisect-{index:0000}");
}
