using System.Text.Json.Serialization;
using Sweeps.Domain.Trials;

namespace Sweeps.Domain.Sweeps;

/// <summary>Something worth showing live. None of it is stored, and none of it reaches a report.</summary>
public abstract record SweepProgress;

/// <summary>The sweep is paused, goes on, or has ended.</summary>
public sealed record SweepStatusChanged(SweepStatus Status) : SweepProgress;

/// <summary>A stage of the sweep has begun or ended.</summary>
/// <param name="Stage">which</param>
/// <param name="Done">its trials or searches that have ended</param>
/// <param name="Total">all of them that are known by now</param>
/// <param name="Failed">those of <paramref name="Done"/> that were left out</param>
/// <param name="Skipped">
/// of the trainings, those that a search has ended without; of what follows the measurements, tasks that it does not have because they are
/// not learned
/// </param>
public sealed record StageProgressed(SweepStage Stage, int Done, int Total, int Failed = 0, int Skipped = 0) : SweepProgress;

/// <summary>A trial changed its phase.</summary>
/// <param name="Trial">which; probes and circuits have ids below their pruning's</param>
/// <param name="Kind">prepare, train, evaluate, prune, probe or circuit</param>
/// <param name="Phase">where it is now</param>
/// <param name="Attempt">from 1</param>
/// <param name="Device">where it runs, or null</param>
/// <param name="Reason">why the attempt or the trial failed, or null</param>
public sealed record TrialChanged(
    TrialId Trial, string Kind, TrialPhase Phase, int Attempt, string? Device, string? Reason) : SweepProgress
{
    /// <summary>The id of its trace at the collector of OpenTelemetry; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Trace { get; init; }
}

/// <summary>A running trial is this far.</summary>
public sealed record TrialProgressed(TrialId Trial, string Device, JobProgress Progress) : SweepProgress;

/// <summary>A message about an attempt that is over was refused.</summary>
public sealed record LateMessageRefused(TrialId Trial, string Reason) : SweepProgress;

/// <summary>A search is this far.</summary>
/// <param name="Search">its model and task</param>
/// <param name="RoundsClosed">rounds done</param>
/// <param name="Rounds">rounds in all, unless another rule ends it</param>
/// <param name="Observed">prunings done, over all rounds</param>
/// <param name="Best">the lowest objective so far, see <see cref="Objective"/>; null while there is none</param>
/// <param name="Circuit">the circuit behind it</param>
/// <param name="Ended">whether it has ended</param>
/// <param name="Target">the validation loss that a circuit must reach, nats: the target less the margin</param>
public sealed record SearchProgressed(
    SearchId Search, int RoundsClosed, int Rounds, int Observed, double? Best, CircuitResult? Circuit, bool Ended, double Target)
        : SweepProgress;

/// <summary>What the circuit of a search claims has been checked.</summary>
/// <param name="Trial">validations/MODEL/TASK</param>
/// <param name="Result">what was found</param>
public sealed record CircuitValidated(TrialId Trial, ValidationResult Result) : SweepProgress;

/// <summary>A device changed.</summary>
public sealed record DeviceChanged(string Device, DeviceStatus Status, string? Reason) : SweepProgress;

/// <summary>Something that went wrong and was dealt with, for the log.</summary>
public sealed record SweepLogged(string Message) : SweepProgress;

/// <summary>How a device is.</summary>
public enum DeviceStatus
{
    /// <summary>Its process was started and has not spoken yet.</summary>
    Starting,

    /// <summary>Its process runs jobs.</summary>
    Ready,

    /// <summary>Its process died or was killed and is started again after a wait.</summary>
    Restarting,

    /// <summary>It was given up.</summary>
    Lost,

    /// <summary>It was stopped in order.</summary>
    Stopped,
}
