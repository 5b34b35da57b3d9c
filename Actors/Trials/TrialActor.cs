using System.Collections.Immutable;
using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Trials;

/// <summary>To the parent, before the trial's actor stops.</summary>
/// <param name="State">the trial at its end: succeeded, cancelled, or failed by the work's own fault</param>
internal sealed record TrialEnded(TrialState State);

/// <summary>To the parent, when a loss at a rung is stored, and again whenever the trial is taken up.</summary>
/// <param name="Trial">the training</param>
/// <param name="At">step and loss</param>
internal sealed record RungReached(TrialId Trial, EvaluatedAt At);

/// <summary>Acts on what happens to a trial. Begins or resumes by itself; tells its parent the end and stops.</summary>
internal sealed class TrialActor : AggregateActor<TrialState, TrialCommand, TrialEvent>
{
    private readonly SweepServices _services;
    private readonly IActorRef _stream;
    private readonly TrialId _id;
    private readonly Job _job;
    private readonly int _retries;
    private readonly TrialRunner _runner;

    public TrialActor(SweepServices services, IActorRef stream, TrialId id, Job job, int retries, ComparedTraining? compared)
        : base(services.Registry, SweepJournal.Trial(id), TrialState.Initial, services.DecideTrial, TrialState.Apply)
    {
        (_services, _stream, _id, _job, _retries) = (services, stream, id, job, retries);
        _runner = new TrialRunner(services, Self, () => Timers, compared);
    }

    /// <summary>Returns how to make the actor of a trial.</summary>
    /// <param name="services">what it is given</param>
    /// <param name="stream">holds its events</param>
    /// <param name="id">its name</param>
    /// <param name="job">its work</param>
    /// <param name="retries">how often it is to be tried again after a failure by its own fault</param>
    /// <param name="compared">of a training that may be stopped early</param>
    public static Props Props(
        SweepServices services, IActorRef stream, TrialId id, Job job, int retries = 0, ComparedTraining? compared = null)
        => ActorProps.Of(() => new TrialActor(services, stream, id, job, retries, compared));

    /// <inheritdoc/>
    protected override IActorRef OpenStream() => _stream;

    /// <inheritdoc/>
    protected override void Recovered()
    {
        // The parent may have died before it noted them.
        foreach (var at in State.Evaluations) Context.Parent.Tell(new RungReached(_id, at));
        if (State.IsFinal && State.Retries < _retries) Execute(new RetryTrial(_retries, _job));
        else if (State.IsFinal) End();
        else Execute(State.Phase == TrialPhase.New ? new QueueTrial(_id, _job) : new ResumeTrial());
    }

    /// <inheritdoc/>
    protected override void Handle(object message)
    {
        switch (message)
        {
            case CancelTrial m: Execute(m); break;
            case StoreBarrier: Sender.Tell(new BarrierPassed()); break;
            default:
                if (_runner.ToCommand(message, State) is { } c) Execute(c);
                else if (TrialRunner.Knows(message)) _runner.Observe(message, State);
                else Unhandled(message);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void React(TrialEvent happened)
    {
        if (happened is TrialEvaluated e) Context.Parent.Tell(new RungReached(_id, new EvaluatedAt(e.Step, e.Loss)));
        _runner.React(State, happened);
    }

    /// <inheritdoc/>
    protected override void Executed(
        ImmutableArray<TrialCommand> commands, Reply reply, ImmutableArray<TrialEvent> events, IActorRef sender)
    {
        _runner.Refused(State, reply);
        // What has ended already, and has no reason to begin anew, has been told its end again.
        if (events.IsEmpty && !(commands is [RetryTrial] && State.IsFinal)) return;
        if (State.IsFinal) End();
        else if (State.Phase == TrialPhase.Failed) Context.Parent.Tell(new WorldFailed(_id.Value, State.Reason!));
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (!State.IsFinal) _runner.Withdraw(State);
    }

    private void End()
    {
        // The result is stored and nothing will be resumed. The parent is told only afterwards: if the process dies before it has stored
        // what it is told,
        // the trial recovers at its end and comes through here again, so that no checkpoint stays for ever.
        if (State.Phase == TrialPhase.Succeeded && _job.CheckpointFolder is { } checkpoints)
            _services.Files.Tell(new DeleteFile(checkpoints));
        Context.Parent.Tell(new TrialEnded(State));
        Context.Stop(Self);
    }
}
