namespace Sweeps.Domain.Tests;

/// <summary>
/// A sweep from its submission to its end, one thing after another: the states decide, jobs give <see cref="FakeResults"/>. Its events are
/// those that
/// a run with one device stores.
/// </summary>
internal sealed class WholeRun
{
    private readonly List<PersistedEvent> _events = [];
    private readonly Dictionary<TrialId, TrialState> _trials = [];
    private readonly Dictionary<SearchId, CircuitSearchState> _searches = [];
    private readonly Func<TrialId, bool> _failsFirst;
    private SweepState _sweep = SweepState.Initial;

    private WholeRun(Func<TrialId, bool> failsFirst) => _failsFirst = failsFirst;

    private void Run(SweepSpec spec)
    {
        Tell(new SubmitSweep(spec));
        do
        {
            while (_sweep.Open.Any()) Tell(Run(_sweep.Open.First()));
            if (_sweep.Trials.Values.Any(verdict => verdict.Failure is not null)) Tell(new RetryTrials([]));
        }
        while (_sweep.Open.Any());
    }

    /// <summary>All events, in the order in which they are stored.</summary>
    public static IReadOnlyList<PersistedEvent> Of(SweepSpec spec) => Of(spec, _ => false);

    /// <summary>All events of a sweep of which some trials fail the first time; whenever it has ended, those are tried again.</summary>
    public static IReadOnlyList<PersistedEvent> Of(SweepSpec spec, Func<TrialId, bool> failsFirst)
    {
        var run = new WholeRun(failsFirst);
        run.Run(spec);
        return run._events;
    }

    /// <summary>All events of a sweep that has grown whenever it had ended.</summary>
    public static IReadOnlyList<PersistedEvent> OfGrowing(params ReadOnlySpan<SweepSpec> specs)
    {
        var run = new WholeRun(_ => false);
        foreach (var spec in specs) run.Run(spec);
        return run._events;
    }

    private SweepCommand Run(WorkItem item)
    {
        if (item.Stage == SweepStage.Search) return Search(_sweep.Search(item));
        var (id, job) = _sweep.Trial(item);
        if (Trial(id, job) is not { } result) return new RecordTrialFailure(id, _trials[id].Reason!);
        // Of other stages the masks themselves are what is wanted.
        if (item.Stage != SweepStage.Attribution) return new RecordTrialResult(id, result);
        var pruned = (PruneResult)result;
        return Bisect(id, (PruneJob)job, pruned) is { Circuit: { } circuit }
            ? new RecordTrialResult(id, circuit)
            : new RecordTrialFailure(id, "there is no circuit");
    }

    private RecordSearchResult Search(SearchPlan plan)
    {
        var state = _searches.GetValueOrDefault(plan.Id, CircuitSearchState.Initial);
        Tell(state.Search is null ? plan.Begin() : new ExtendSearch(plan.Stopping));
        while (!state.IsDone)
        {
            var index = state.Open.First().Index;
            var (id, job) = (plan.Id.Pruning(index), plan.Prune(index, state.Hyperparameters(index)));
            var bisected = Bisect(id, job, (PruneResult)Trial(id, job)!, plan.ToBeat(state));
            Tell(plan.Record(index, bisected.Outcome(plan.Options.Objective)));
        }
        _searches[plan.Id] = state;
        return new RecordSearchResult(plan.Id, state.Best, state.BestCircuit);

        void Tell(SearchCommand command) =>
            state = Store(SweepJournal.Search(plan.Id), CircuitSearchState.Decide(state, command), state, CircuitSearchState.Apply);
    }

    private BisectionState Bisect(TrialId pruning, PruneJob job, PruneResult pruned, CircuitToBeat? beat = null)
    {
        var state = BisectionState.Initial;
        Tell(new BeginBisection(job, pruned, beat));
        while (state.NextJob() is { } next)
            Tell(
                FakeResults.Of(next) is ProbeResult probe
                    ? new RecordProbe(probe)
                    : new RecordCircuit((CircuitResult)FakeResults.Of(next)));
        return state;

        void Tell(BisectionCommand command) =>
            state = Store(SweepJournal.Bisection(pruning), BisectionState.Decide(state, command), state, BisectionState.Apply);
    }

    private JobResult? Trial(TrialId id, Job job)
    {
        var state = _trials.GetValueOrDefault(id, TrialState.Initial);
        var attempt = state.Attempt + 1;
        TrialCommand begin = attempt == 1 ? new QueueTrial(id, job) : new RetryTrial(_sweep.Retries[id], job);
        // What has come of the very same job is what would come of it again.
        if (attempt > 1 && TrialState.Decide(state, begin).Reply is Reply.AlreadyDone) return state.Result;
        TrialCommand end = attempt == 1 && _failsFirst(id)
            ? new RecordFailure(attempt, FailureKind.Work, "the first time", 5)
            : new RecordResult(attempt, FakeResults.Of(job));
        foreach (var command in (TrialCommand[])[begin, new RecordStart(attempt, "cpu-0"), end])
            state = Store(SweepJournal.Trial(id), TrialState.Decide(state, command), state, TrialState.Apply);
        _trials[id] = state;
        return state.Result;
    }

    private void Tell(SweepCommand command) =>
        _sweep = Store(SweepJournal.Sweep, SweepState.Decide(_sweep, command), _sweep, SweepState.Apply);

    private TState Store<TState, TEvent>(string entity, Decision<TEvent> decision, TState state, Func<TState, TEvent, TState> apply)
        where TEvent : notnull
    {
        foreach (var e in Given.Accepts(decision))
        {
            _events.Add(new PersistedEvent(entity, e));
            state = apply(state, Given.Stored(e));
        }
        return state;
    }
}
