using System.Collections.Immutable;
using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;

namespace Sweeps.Actors.Bisections;

/// <summary>To the parent, before the bisection's actor stops.</summary>
/// <param name="Pruning">whose masks were bisected</param>
/// <param name="Outcome">what came of them</param>
/// <param name="ByTheProgram">whether a fault of this program ended it: nothing is learned from it</param>
internal sealed record BisectionEnded(TrialId Pruning, PruningOutcome Outcome, bool ByTheProgram);

/// <summary>
/// Runs the probes of a bisection one after another, then the circuit. A probe takes moments, so that only its result is stored, and which
/// attempts at it were lost: after a restart the probe under way is made again, under another number.
/// </summary>
internal sealed class BisectionActor : AggregateActor<BisectionState, BisectionCommand, BisectionEvent>
{
    private readonly SweepServices _services;
    private readonly IActorRef _stream;
    private readonly TrialId _pruning;
    private readonly PruneJob _job;
    private readonly PruneResult _pruned;
    private readonly CircuitSize _size;
    private readonly int _retries;
    private readonly CircuitToBeat? _beat;
    private readonly TrialRunner _runner;
    private readonly Queue<TrialEvent> _lost = new();
    private TrialState _run = TrialState.Initial;

    public BisectionActor(
        SweepServices services, IActorRef stream, TrialId pruning, PruneJob job, PruneResult pruned, CircuitSize size, int retries,
        CircuitToBeat? beat)
        : base(services.Registry, SweepJournal.Bisection(pruning), BisectionState.Initial, BisectionState.Decide, BisectionState.Apply)
    {
        (_services, _stream, _pruning, _job, _pruned) = (services, stream, pruning, job, pruned);
        (_size, _retries, _beat) = (size, retries, beat);
        _runner = new TrialRunner(services, Self, () => Timers);
    }

    /// <summary>Returns how to make the actor of a bisection.</summary>
    /// <param name="services">what it is given</param>
    /// <param name="stream">holds its events</param>
    /// <param name="pruning">the trial whose masks are bisected</param>
    /// <param name="job">that trial's work</param>
    /// <param name="pruned">its result</param>
    /// <param name="size">what the objective counts</param>
    /// <param name="retries">how often it is to go on after a failure</param>
    /// <param name="beat">what its circuit has to beat, or it is stopped; null for nothing</param>
    public static Props Props(
        SweepServices services, IActorRef stream, TrialId pruning, PruneJob job, PruneResult pruned, CircuitSize size, int retries = 0,
        CircuitToBeat? beat = null)
        => ActorProps.Of(() => new BisectionActor(services, stream, pruning, job, pruned, size, retries, beat));

    /// <inheritdoc/>
    protected override IActorRef OpenStream() => _stream;

    /// <inheritdoc/>
    protected override void Recovered()
    {
        if (State.Job is null) Execute(new BeginBisection(_job, _pruned, _beat));
        else if (State.Failure is not null && State.Retries < _retries) Execute(new RetryBisection(_retries));
        else if (State.IsDone) Advance();
        else Execute(new RecordAttemptLost("the bisection was started again"));
    }

    /// <inheritdoc/>
    protected override void Handle(object message)
    {
        switch (message)
        {
            case StoreBarrier: Sender.Tell(new BarrierPassed()); break;
            default:
                if (_runner.ToCommand(message, _run) is { } c) Run(c);
                else if (TrialRunner.Knows(message)) _runner.Observe(message, _run);
                else Unhandled(message);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Executed(
        ImmutableArray<BisectionCommand> commands, Reply reply, ImmutableArray<BisectionEvent> events, IActorRef sender)
    {
        // A device that answers another question than it was asked would be asked for ever.
        if (reply is Reply.Refused refused) throw new InvalidOperationException(refused.Reason);
        if (_lost.TryDequeue(out var lost)) OnRun(lost);
        else Advance();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (!_run.IsFinal) _runner.Withdraw(_run);
    }

    private void Advance()
    {
        if (State.IsDone)
        {
            Context.Parent.Tell(new BisectionEnded(_pruning, State.Outcome(_size), State.ByTheProgram));
            Context.Stop(Self);
            return;
        }
        var job = State.NextJob()
            ?? throw new InvalidOperationException($"the bisection of {_pruning} has neither ended nor anything to do");
        var name = job is ProbeJob probe ? $"k{probe.K}" : "circuit";
        _run = TrialState.Initial with { Attempt = State.LostAttempts };
        Run(new QueueTrial(new TrialId($"{_pruning}/{name}"), job));
    }

    /// <summary>
    /// Decides about the job under way, as a trial would. Of what happens only the loss of an attempt is stored, before the next one has
    /// its number.
    /// </summary>
    private void Run(TrialCommand command)
    {
        var (reply, events) = _services.DecideTrial(_run, command);
        _runner.Refused(_run, reply);
        foreach (var happened in events)
        {
            if (happened is not AttemptLost lost)
            {
                OnRun(happened);
                continue;
            }
            _lost.Enqueue(lost);
            Execute(new RecordAttemptLost(lost.Reason));
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
            case { Phase: TrialPhase.Failed, Kind: not FailureKind.World }:
                Execute(new RecordBisectionFailure(_run.Reason!, ByTheProgram: _run.Kind == FailureKind.Program));
                break;
            case { Phase: TrialPhase.Failed }: Context.Parent.Tell(new WorldFailed(_run.Id.Value, _run.Reason!)); break;
            case { Phase: TrialPhase.Succeeded }: throw new InvalidOperationException($"{_run.Id} gave a {_run.Result!.GetType().Name}");
        }
    }
}
