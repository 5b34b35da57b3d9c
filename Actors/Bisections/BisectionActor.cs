using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Pruning;

namespace Sweeps.Actors.Bisections;

/// <summary>To the parent, before the bisection's actor stops.</summary>
internal sealed record BisectionEnded(TrialId Pruning, PruningOutcome Outcome);

/// <summary>
/// Runs the probes of a bisection one after another, then the circuit. A probe takes moments, so that only its result is stored, and which
/// attempts at it were lost: after a restart the probe under way is made again, under another number.
/// </summary>
internal sealed class BisectionActor : PersistentActor
{
    private readonly SweepServices _services;
    private readonly TrialId _pruning;
    private readonly PruneJob _job;
    private readonly PruneResult _pruned;
    private readonly CircuitSize _size;
    private readonly TrialRunner _runner;
    private BisectionState _state = BisectionState.Initial;
    private TrialState _run = TrialState.Initial;

    public BisectionActor(SweepServices services, TrialId pruning, PruneJob job, PruneResult pruned, CircuitSize size)
        : base(services.Store)
    {
        (_services, _pruning, _job, _pruned, _size) = (services, pruning, job, pruned, size);
        _runner = new TrialRunner(services, Self, Timers, Log);
    }

    public override string PersistenceId => SweepJournal.Bisection(_pruning);

    protected override void OnRecover(object persisted) => _state = BisectionState.Apply(_state, (BisectionEvent)persisted);

    protected override void OnRecoveryCompleted()
    {
        if (_state.Job is null) Execute(new BeginBisection(_job, _pruned));
        else if (_state.IsDone) Advance();
        else Execute(new RecordAttemptLost("the bisection was started again"));
    }

    protected override void OnCommand(object command)
    {
        switch (command)
        {
            case StoreBarrier: Sender.Tell(new BarrierPassed()); break;
            default:
                if (_runner.ToCommand(command, _run) is { } c) Run(c);
                else if (TrialRunner.Knows(command)) _runner.Observe(command, _run);
                else Unhandled(command);
                break;
        }
    }

    protected internal override void PostStop()
    {
        if (!_run.IsFinal) _runner.Withdraw(_run);
    }

    private void Execute(BisectionCommand command)
    {
        var (reply, events) = BisectionState.Decide(_state, command);
        // A device that answers another question than it was asked would be asked for ever.
        if (reply is Reply.Refused refused) throw new InvalidOperationException(refused.Reason);
        PersistAll(events, e => _state = BisectionState.Apply(_state, e), Advance);
    }

    private void Advance()
    {
        if (_state.IsDone)
        {
            Context.Parent.Tell(new BisectionEnded(_pruning, _state.Outcome(_size)));
            Context.Stop(Self);
            return;
        }
        var job = _state.NextJob() ?? throw new InvalidOperationException($"the bisection of {_pruning} has neither ended nor anything to do");
        var name = job is ProbeJob probe ? $"k{probe.K}" : "circuit";
        _run = TrialState.Initial with { Attempt = _state.LostAttempts };
        Run(new QueueTrial(new TrialId($"{_pruning}/{name}"), job));
    }

    /// <summary>Decides about the job under way, as a trial would. Of what happens only the loss of an attempt is stored, before the next one has its number.</summary>
    private void Run(TrialCommand command)
    {
        var (reply, events) = _services.DecideTrial(_run, command);
        _runner.Refused(_run, reply);
        foreach (var happened in events)
        {
            if (happened is AttemptLost lost)
            {
                PersistAll(
                    BisectionState.Decide(_state, new RecordAttemptLost(lost.Reason)).Events,
                    e => _state = BisectionState.Apply(_state, e),
                    () => OnRun(happened));
            }
            else
            {
                OnRun(happened);
            }
        }
    }

    private void OnRun(TrialEvent happened)
    {
        _run = TrialState.Apply(_run, happened);
        _runner.React(_run, happened);
        switch (_run)
        {
            case { Phase: TrialPhase.Succeeded, Result: ProbeResult probe }: Execute(new RecordProbe(probe)); break;
            case { Phase: TrialPhase.Succeeded, Result: CircuitResult circuit }: Execute(new RecordCircuit(circuit)); break;
            case { Phase: TrialPhase.Failed, Kind: FailureKind.Work }: Execute(new RecordBisectionFailure(_run.Reason!)); break;
            case { Phase: TrialPhase.Failed }: Context.Parent.Tell(new WorldFailed(_run.Id.Value, _run.Reason!)); break;
            case { Phase: TrialPhase.Succeeded }: throw new InvalidOperationException($"{_run.Id} gave a {_run.Result!.GetType().Name}");
        }
    }
}
