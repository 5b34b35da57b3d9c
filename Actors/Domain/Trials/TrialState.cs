using System.Globalization;
using System.Text.Json;
using Sweeps.Search;

namespace Sweeps.Domain.Trials;

/// <summary>Where a trial is.</summary>
public enum TrialPhase
{
    /// <summary>Not queued yet.</summary>
    New,

    /// <summary>Its attempt waits: for a device, or before that for the end of a backoff.</summary>
    Waiting,

    /// <summary>A device works on its attempt.</summary>
    Running,

    /// <summary>It has its result.</summary>
    Succeeded,

    /// <summary>It ended without a result.</summary>
    Failed,

    /// <summary>It was given up by command.</summary>
    Cancelled,
}

/// <summary>
/// One unit of work on its way through attempts. Every attempt has a number that only grows, and what is said about another attempt than
/// the
/// present one is refused: so a result counts once, whatever late messages arrive.
/// </summary>
public sealed record TrialState
{
    /// <summary>The trial that nothing has happened to.</summary>
    public static TrialState Initial { get; } = new();

    /// <summary>Its name; default until queued.</summary>
    public TrialId Id { get; init; }

    /// <summary>Its work; null until queued.</summary>
    public Job? Job { get; init; }

    /// <summary>Where it is.</summary>
    public TrialPhase Phase { get; init; }

    /// <summary>The present attempt, from 1; the fencing number. 0 before it is queued, unless attempts were lost before that.</summary>
    public int Attempt { get; init; }

    /// <summary>The device of the present attempt, or null while it waits.</summary>
    public string? Device { get; init; }

    /// <summary>What the next attempt resumes from, or null.</summary>
    public ArtifactRef? Checkpoint { get; init; }

    /// <summary>The step of <see cref="Checkpoint"/>.</summary>
    public int CheckpointStep { get; init; }

    /// <summary>Failures of the world since the last new checkpoint or restart.</summary>
    public int WorldFailures { get; init; }

    /// <summary>Whether the program's own fault has ended an attempt.</summary>
    public bool ProgramFailed { get; init; }

    /// <summary>Its losses at the steps that others are compared at, in order; they outlive its attempts.</summary>
    public ValueList<EvaluatedAt> Evaluations { get; init; }

    /// <summary>The result, when it succeeded.</summary>
    public JobResult? Result { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Whose fault that was.</summary>
    public FailureKind? Kind { get; init; }

    /// <summary>How often it was begun anew after its end.</summary>
    public int Retries { get; init; }

    /// <summary>
    /// Whether it has ended for good, unless it is told to try again (<see cref="RetryTrial"/>). A trial that the world failed can be
    /// resumed.
    /// </summary>
    public bool IsFinal =>
        Phase is TrialPhase.Succeeded or TrialPhase.Cancelled || (Phase == TrialPhase.Failed && Kind != FailureKind.World);

    private bool IsActive => Phase is TrialPhase.Waiting or TrialPhase.Running;

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<TrialEvent> Decide(TrialState state, TrialCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            QueueTrial c =>
                state.Phase == TrialPhase.New ? Decision.Accept<TrialEvent>(new TrialQueued(c.Id, c.Job)) : Decision.Nothing<TrialEvent>(),
            _ when state.Phase == TrialPhase.New => Decision.Refuse<TrialEvent>($"{command.GetType().Name}: the trial is not queued yet"),
            ResumeTrial => state.IsFinal ? Decision.Nothing<TrialEvent>() : Decision.Accept<TrialEvent>(new TrialResumed(state.Attempt)),
            RetryTrial c => state.Retry(c),
            CancelTrial => state.IsFinal ? Decision.Nothing<TrialEvent>() : Decision.Accept<TrialEvent>(new TrialCancelled()),
            RecordStart c => state.Phase == TrialPhase.Running && c.Attempt == state.Attempt
                ? Decision.Nothing<TrialEvent>()
                : state.Fence(c.Attempt, new TrialStarted(c.Attempt, c.Device)),
            RecordCheckpoint c => c.Checkpoint == state.Checkpoint
                ? Decision.Nothing<TrialEvent>()
                : state.Fence(c.Attempt, new CheckpointReached(c.Attempt, c.Step, c.Checkpoint)),
            RecordEvaluation c => state.Evaluate(c),
            RecordResult c => state.Fence(c.Attempt, new TrialSucceeded(c.Attempt, c.Result)),
            RecordInterruption c => state.Fence(c.Attempt, new AttemptLost(c.Attempt, c.Reason, ByTheWorld: false)),
            RecordFailure c => state.Fence(c.Attempt, state.Fail(c)),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command of the trial"),
        };
    }

    /// <summary>The state after an event.</summary>
    public static TrialState Apply(TrialState state, TrialEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            TrialQueued e => state with { Id = e.Id, Job = e.Job, Phase = TrialPhase.Waiting, Attempt = state.Attempt + 1 },
            TrialStarted e => state with { Phase = TrialPhase.Running, Device = e.Device },
            CheckpointReached e => state with
            {
                Checkpoint = e.Checkpoint,
                CheckpointStep = e.Step,
                WorldFailures = 0,
            },
            TrialEvaluated e => state with { Evaluations = state.Evaluations.Add(new EvaluatedAt(e.Step, e.Loss)) },
            AttemptLost e => Next(state) with
            {
                WorldFailures = state.WorldFailures + (e.ByTheWorld ? 1 : 0),
                ProgramFailed = state.ProgramFailed || e.ByTheProgram,
            },
            TrialResumed => Next(state) with { WorldFailures = 0, Reason = null, Kind = null },
            TrialRetried e => Next(state) with
            {
                Retries = e.Retry,
                Job = e.Job ?? state.Job,
                Result = null,
                WorldFailures = 0,
                ProgramFailed = false,
                Reason = null,
                Kind = null,
                // What failed may have begun before the last checkpoint.
                Checkpoint = null,
                CheckpointStep = 0,
            },
            TrialSucceeded e => state with { Phase = TrialPhase.Succeeded, Result = e.Result },
            TrialFailed e => state with { Phase = TrialPhase.Failed, Reason = e.Reason, Kind = e.Kind },
            TrialCancelled => state with { Phase = TrialPhase.Cancelled },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the trial"),
        };
    }

    private static TrialState Next(TrialState state) =>
        state with { Phase = TrialPhase.Waiting, Attempt = state.Attempt + 1, Device = null };

    private Decision<TrialEvent> Retry(RetryTrial command)
    {
        if (command.Retry <= Retries || !IsFinal) return Decision.Nothing<TrialEvent>();
        var job = Json(command.Job) == Json(Job!) ? null : command.Job;
        return Phase == TrialPhase.Succeeded && job is null
            ? Decision.Nothing<TrialEvent>()
            : Decision.Accept<TrialEvent>(new TrialRetried(Attempt, command.Retry, job));
    }

    /// <summary>
    /// The first loss at a step counts. Another one, of an attempt on another kind of machine, is refused and not an error: such a run is
    /// valid.
    /// </summary>
    private Decision<TrialEvent> Evaluate(RecordEvaluation command)
    {
        if (Evaluations.FirstOrDefault(known => known.Step == command.Step) is not { Step: > 0 } first)
            return Fence(command.Attempt, new TrialEvaluated(command.Attempt, command.Step, command.Loss));
        return first.Loss.Equals(command.Loss)
            ? Decision.Nothing<TrialEvent>()
            : Decision.Refuse<TrialEvent>(string.Create(
                CultureInfo.InvariantCulture,
                $"attempt {command.Attempt}: the loss of {Id} at step {command.Step} is {command.Loss}, and was {first.Loss} before, which "
                    + $"counts"));
    }

    private static string Json(Job job) => JsonSerializer.Serialize(job, JobJson.Options);

    private Decision<TrialEvent> Fence(int attempt, TrialEvent happened) =>
        !IsActive ? Decision.Refuse<TrialEvent>($"attempt {attempt}: the trial {Id} has ended")
        : attempt != Attempt ? Decision.Refuse<TrialEvent>($"attempt {attempt}: the trial {Id} is at attempt {Attempt}")
        : Decision.Accept(happened);

    private TrialEvent Fail(RecordFailure failure)
    {
        if (failure.Kind == FailureKind.Work) return new TrialFailed(failure.Attempt, failure.Reason, FailureKind.Work);
        if (failure.Kind == FailureKind.Program)
        {
            return ProgramFailed
                ? new TrialFailed(failure.Attempt, $"a fault of the program, twice: {failure.Reason}", FailureKind.Program)
                : new AttemptLost(failure.Attempt, failure.Reason, ByTheWorld: false, ByTheProgram: true);
        }
        if (WorldFailures + 1 >= failure.MaxWorldFailures)
            return new TrialFailed(
                failure.Attempt, $"given up after {WorldFailures + 1} failures in a row: {failure.Reason}", FailureKind.World);
        return new AttemptLost(failure.Attempt, failure.Reason, ByTheWorld: true);
    }
}
