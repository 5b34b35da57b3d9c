using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>Something that happened to a sweep.</summary>
public abstract record SweepEvent;

/// <summary>The sweep exists; its description is fixed for its life.</summary>
internal sealed record SweepSubmitted(SweepSpec Spec) : SweepEvent;

/// <summary>
/// The sweep has grown: its description is this one from now on, see <see cref="SweepState.MayBecome"/>. What it had found counts on, and
/// what is missing is open.
/// </summary>
internal sealed record SweepGrown(SweepSpec Spec) : SweepEvent;

/// <summary>A trial's result entered the sweep; it does so once.</summary>
public sealed record TrialResultRecorded(TrialId Trial, JobResult Result) : SweepEvent;

/// <summary>A trial that failed by its own fault is left out of the sweep.</summary>
/// <param name="Trial">which</param>
/// <param name="Reason">why</param>
/// <param name="ByTheProgram">whether the program's fault, and not the work's, so that it says nothing of what was tried</param>
internal sealed record TrialFailureRecorded(TrialId Trial, string Reason, bool ByTheProgram = false) : SweepEvent;

/// <summary>The search over the training of a group exists; its configuration is fixed for its life.</summary>
/// <param name="Group">see <see cref="PlannedModel.Group"/></param>
/// <param name="Config">space, seed and algorithm</param>
internal sealed record TrainingSearchStarted(string Group, SearchConfig Config) : SweepEvent;

/// <summary>
/// The trainings of a round, stored before any of them runs: an interrupted round is the same round afterwards.
/// </summary>
/// <param name="Group">whose</param>
/// <param name="Round">from 0</param>
/// <param name="Suggestions">one for each training; its index is that of the model in its group</param>
internal sealed record TrainingsSuggested(string Group, int Round, IReadOnlyList<Suggestion> Suggestions) : SweepEvent;

/// <summary>The loss of a training at a rung (<see cref="EarlyStoppingOptions"/>) entered the sweep; it does so once.</summary>
/// <param name="Trial">the training</param>
/// <param name="Step">the rung, in steps</param>
/// <param name="Loss">on the validation documents, nats per token</param>
public sealed record EvaluationRecorded(TrialId Trial, int Step, double Loss) : SweepEvent;

/// <summary>
/// A training has fallen behind and is stopped; one that has ended meanwhile counts as stopped all the same, so that nothing depends on
/// when that became known.
/// </summary>
/// <param name="Trial">the training</param>
/// <param name="Stop">where and why</param>
public sealed record TrainingStopped(TrialId Trial, EarlyStop Stop) : SweepEvent;

/// <summary>A trial that was left out is open again; so is what follows from it, until it has ended once more.</summary>
internal sealed record TrialReopened(TrialId Trial) : SweepEvent;

/// <summary>A search's result entered the sweep; it does so once.</summary>
/// <param name="Model">its model</param>
/// <param name="Task">its task</param>
/// <param name="Best">the index of the best pruning, or null when all failed</param>
/// <param name="Circuit">the best pruning's circuit, or null</param>
/// <param name="Points">where others may begin; null where none does</param>
internal sealed record SearchResultRecorded(
    ModelId Model, string Task, int? Best, CircuitResult? Circuit, BestPoints? Points = null) : SweepEvent;

/// <summary>Everything of a stage has ended, and no more of it will come.</summary>
internal sealed record StageCompleted(SweepStage Stage) : SweepEvent;

/// <summary>No more jobs are handed out.</summary>
public sealed record SweepPaused : SweepEvent;

/// <summary>Jobs are handed out again.</summary>
public sealed record SweepResumed : SweepEvent;

/// <summary>The sweep was given up.</summary>
public sealed record SweepCancelled : SweepEvent;

/// <summary>Everything that could be done is done.</summary>
/// <param name="Failures">what was left out, in the plan's order</param>
internal sealed record SweepCompleted(IReadOnlyList<SweepFailure> Failures) : SweepEvent;
