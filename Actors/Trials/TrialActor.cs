using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Actors.Trials;

/// <summary>To the parent, before the trial's actor stops.</summary>
/// <param name="State">the trial at its end: succeeded, cancelled, or failed by the work's own fault</param>
internal sealed record TrialEnded(TrialState State);

/// <summary>Stores what happens to a trial, and acts on it once it is stored. Begins or resumes by itself; tells its parent the end and stops.</summary>
internal sealed class TrialActor : PersistentActor
{
    private readonly SweepServices _services;
    private readonly TrialId _id;
    private readonly Job _job;
    private readonly TrialRunner _runner;
    private TrialState _state = TrialState.Initial;

    public TrialActor(SweepServices services, TrialId id, Job job)
        : base(services.Store)
    {
        (_services, _id, _job) = (services, id, job);
        _runner = new TrialRunner(services, Self, Timers, Log);
    }

    public override string PersistenceId => SweepJournal.Trial(_id);

    protected override void OnRecover(object persisted) => _state = TrialState.Apply(_state, (TrialEvent)persisted);

    protected override void OnRecoveryCompleted()
    {
        if (_state.IsFinal) End();
        else Execute(_state.Phase == TrialPhase.New ? new QueueTrial(_id, _job) : new ResumeTrial());
    }

    protected override void OnCommand(object command)
    {
        switch (command)
        {
            case CancelTrial m: Execute(m); break;
            case StoreBarrier: Sender.Tell(new BarrierPassed()); break;
            default:
                if (_runner.ToCommand(command, _state) is { } c) Execute(c);
                else if (TrialRunner.Knows(command)) _runner.Observe(command, _state);
                else Unhandled(command);
                break;
        }
    }

    protected internal override void PostStop()
    {
        if (!_state.IsFinal) _runner.Withdraw(_state);
    }

    private void Execute(TrialCommand command)
    {
        var (reply, events) = _services.DecideTrial(_state, command);
        _runner.Refused(_state, reply);
        PersistAll(
            events,
            e =>
            {
                _state = TrialState.Apply(_state, e);
                _runner.React(_state, e);
                if (_state.IsFinal) End();
                else if (_state.Phase == TrialPhase.Failed) Context.Parent.Tell(new WorldFailed(_id.Value, _state.Reason!));
            });
    }

    private void End()
    {
        // The result is stored and nothing will be resumed. The parent is told only afterwards: if the process dies before it has stored what it is told,
        // the trial recovers at its end and comes through here again, so that no checkpoint stays for ever.
        if (_state.Phase == TrialPhase.Succeeded && _job.CheckpointFolder is { } checkpoints) _runner.Delete(checkpoints);
        Context.Parent.Tell(new TrialEnded(_state));
        Context.Stop(Self);
    }
}
