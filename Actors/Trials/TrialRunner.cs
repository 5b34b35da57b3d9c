using System.Collections.Immutable;
using Akka.Actor;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Actors.Trials;

/// <summary>
/// The effects of a trial: how its events turn into messages to the broker, and the broker's and devices' messages into its commands. Used
/// by
/// <see cref="TrialActor"/>, which stores the events, and by the bisection, which runs one short job after another and stores only what
/// they find.
/// </summary>
/// <param name="services">what it is given</param>
/// <param name="owner">hears what the broker and devices say</param>
/// <param name="timers">the owner's</param>
/// <param name="compared">of a training that may be stopped early</param>
internal sealed class TrialRunner(
    SweepServices services, IActorRef owner, Func<ITimerScheduler> timers, ComparedTraining? compared = null)
{
    private readonly ImmutableArray<int> _rungs = compared?.Rungs ?? [];

    private readonly TrialMetrics _metrics = new(services.Sweep);
    private readonly TrialTrace _trace = new(services.Sweep);

    // Written or resumed from, the oldest first.
    private readonly Queue<ArtifactRef> _checkpoints = new();

    /// <summary>The command that a message to the owner stands for; null when it is none, or a mere sign of life.</summary>
    public TrialCommand? ToCommand(object message, TrialState state) => message switch
    {
        JobStarted m when m.Trial == state.Id => new RecordStart(m.Attempt, m.Device),
        CheckpointMessage m when Is(state, m.Trial) => new RecordCheckpoint(m.Attempt, m.Step, m.Checkpoint),
        EvaluatedMessage m when Is(state, m.Trial) && _rungs.Contains(m.Step) => new RecordEvaluation(m.Attempt, m.Step, m.Loss),
        ResultMessage m when Is(state, m.Trial) => new RecordResult(m.Attempt, m.Result),
        FailedMessage m when Is(state, m.Trial) => Failure(m.Attempt, m.Kind, m.Reason),
        CancelledMessage m when Is(state, m.Trial) => new RecordInterruption(m.Attempt, "it was told to stop"),
        JobLost m when m.Trial == state.Id => Failure(m.Attempt, FailureKind.World, m.Reason),
        _ => null,
    };

    /// <summary>
    /// Whether <paramref name="message"/> is one that <see cref="ToCommand"/> or <see cref="Observe"/> knows, whatever trial it is about.
    /// </summary>
    public static bool Knows(object message) =>
        message is JobStarted or CheckpointMessage or EvaluatedMessage or ResultMessage or FailedMessage or CancelledMessage or JobLost
            or ProgressMessage or RetryDue;

    /// <summary>Takes what needs no decision: progress is shown, a backoff that is over queues the attempt.</summary>
    public void Observe(object message, TrialState state)
    {
        switch (message)
        {
            case ProgressMessage m when Is(state, m.Trial) && m.Attempt == state.Attempt && state.Device is { } device:
                services.Progress.Tell(new TrialProgressed(state.Id, device, m.Progress));
                break;
            case RetryDue m when m.Trial == state.Id && m.Attempt == state.Attempt && state.Phase == TrialPhase.Waiting:
                Queue(state);
                break;
            case CheckpointMessage or EvaluatedMessage or ProgressMessage or RetryDue:
                break;
            case JobStarted or ResultMessage or FailedMessage or CancelledMessage or JobLost:
                // About another trial than the present: the bisection has gone on since.
                _metrics.Refused();
                services.Progress.Tell(new LateMessageRefused(state.Id, $"{message.GetType().Name} of an earlier job"));
                break;
        }
    }

    /// <summary>Acts on an event that has happened; <paramref name="state"/> is the state after it.</summary>
    public void React(TrialState state, TrialEvent happened)
    {
        _metrics.Take(state, happened);
        _trace.Take(state, happened);
        switch (happened)
        {
            case TrialQueued or TrialResumed or TrialRetried:
                Queue(state);
                break;
            case TrialStarted:
                // All others were deleted by the device.
                _checkpoints.Clear();
                if (state.Checkpoint is { } resumed) _checkpoints.Enqueue(resumed);
                break;
            case CheckpointReached e:
                _checkpoints.Enqueue(e.Checkpoint);
                // The one before the last stays: whoever copies the run by the journal of a moment ago finds it.
                while (_checkpoints.Count > 2) services.Files.Tell(new DeleteFile(_checkpoints.Dequeue().Path));
                break;
            case AttemptLost { ByTheWorld: false, ByTheProgram: false }:
                Queue(state);
                break;
            case AttemptLost:
                var wait = Backoff.Wait(
                    services.Options.RetryBackoff, services.Options.RetryBackoffMax, state.WorldFailures, $"{state.Id} {state.Attempt}");
                timers().StartSingleTimer("retry", new RetryDue(state.Id, state.Attempt), wait);
                break;
            case TrialCancelled:
                Withdraw(state);
                break;
        }
        if (state is { Phase: TrialPhase.Succeeded, Result: ValidationResult validated })
            services.Progress.Tell(new CircuitValidated(state.Id, validated));
        var reason = happened is AttemptLost lost ? lost.Reason : state.Reason;
        if (happened is not (CheckpointReached or TrialEvaluated))
        {
            services.Progress.Tell(
                new TrialChanged(state.Id, Kind(state.Job!), state.Phase, state.Attempt, state.Device, reason) { Trace = _trace.Id });
        }
    }

    /// <summary>Takes the attempt back from the broker when its owner stops before its end.</summary>
    public void Withdraw(TrialState state)
    {
        _trace.Abandon();
        if (state.Phase is not TrialPhase.New) services.Broker.Tell(new WithdrawJob(services.Sweep, state.Id, state.Attempt));
    }

    public void Refused(TrialState state, Reply reply)
    {
        if (reply is not Reply.Refused refused) return;
        _metrics.Refused();
        services.Progress.Tell(new LateMessageRefused(state.Id, refused.Reason));
    }

    private static bool Is(TrialState state, string trial) => state.Id.Value == trial;

    private static string Kind(Job job) => JobCatalog.Of(job).Name;

    private RecordFailure Failure(int attempt, FailureKind kind, string reason) =>
        new(attempt, kind, reason, services.Options.MaxWorldFailures);

    private void Queue(TrialState state) =>
        services.Broker.Tell(
            new QueueJob(
                new JobTicket(services.Sweep, state.Id, state.Attempt, state.Job!, state.Checkpoint, services.Address(owner))
                {
                    Folder = services.Folder,
                    Turn = compared?.Turn ?? 0,
                }));
}
