using System.Collections.Immutable;

namespace Sweeps.Domain.Bisections;

/// <summary>
/// The search for the smallest circuit of one pruning: probes one at a time, then the circuit. What to probe is
/// <see cref="BisectionPlan"/>'s business.
/// </summary>
public sealed record BisectionState
{
    /// <summary>The bisection that nothing has happened to.</summary>
    public static BisectionState Initial { get; } = new();

    /// <summary>The pruning; null until begun.</summary>
    public PruneJob? Job { get; init; }

    /// <summary>Its masks; null until begun.</summary>
    public PruneResult? Pruned { get; init; }

    /// <summary>The probes, in the order they were made.</summary>
    public ImmutableList<ProbeResult> Probes { get; init; } = [];

    /// <summary>
    /// Attempts at all its jobs that are over without a result. The fencing number of the present one is the next: no two are ever the
    /// same, whatever was restarted.
    /// </summary>
    public int LostAttempts { get; init; }

    /// <summary>The circuit, when there is one.</summary>
    public CircuitResult? Circuit { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether <see cref="Failure"/> was this program's own fault.</summary>
    public bool ByTheProgram { get; init; }

    /// <summary>How often it went on after a failure.</summary>
    public int Retries { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool IsDone { get; init; }

    /// <summary>
    /// What must be run next: a <see cref="ProbeJob"/>, the <see cref="CircuitJob"/>, or null when there is nothing to do.
    /// </summary>
    public Job? NextJob()
    {
        if (Job is null || Pruned is null || IsDone) return null;
        if (NextK is { } k) return new ProbeJob(Job, Pruned.Masks, k);
        return Best is { } best ? new CircuitJob(Job, Pruned.Masks, best, BisectionPlan.Curve(Probes)) : null;
    }

    /// <summary>What the search is told, once it is done.</summary>
    /// <param name="size">what the objective counts</param>
    public PruningOutcome Outcome(CircuitSize size)
    {
        if (!IsDone) throw new InvalidOperationException($"the bisection of {Job?.Output} has not ended");
        var objective = Failure is null ? Objective.Of(Job!.Options.SelectionLoss, Probes, size) : null;
        var failure = Failure ?? (objective is null ? "no circuit size gave a finite loss" : null);
        return new PruningOutcome(Pruned, BisectionPlan.Curve(Probes), Circuit, objective, failure);
    }

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<BisectionEvent> Decide(BisectionState state, BisectionCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            BeginBisection c =>
                state.Job is null
                    ? Decision.Accept<BisectionEvent>(new BisectionStarted(c.Job, c.Pruned))
                    : Decision.Nothing<BisectionEvent>(),
            _ when state.Job is null => Decision.Refuse<BisectionEvent>($"{command.GetType().Name}: the bisection is not begun yet"),
            RecordProbe c => state.Record(c.Probe),
            RecordCircuit c => state.IsDone
                ? Decision.Nothing<BisectionEvent>()
                : state.NextJob() is CircuitJob
                    ? Decision.Accept<BisectionEvent>(new BisectionCompleted(c.Circuit))
                    : Decision.Refuse<BisectionEvent>($"the circuit of {state.Job.Output} came before its probes"),
            RecordAttemptLost c =>
                state.IsDone
                    ? Decision.Nothing<BisectionEvent>()
                    : Decision.Accept<BisectionEvent>(new BisectionAttemptLost(state.LostAttempts + 1, c.Reason)),
            RetryBisection c => c.Retry <= state.Retries || state.Failure is null
                ? Decision.Nothing<BisectionEvent>()
                : Decision.Accept<BisectionEvent>(new BisectionRetried(c.Retry)),
            RecordBisectionFailure c =>
                state.IsDone
                    ? Decision.Nothing<BisectionEvent>()
                    : Decision.Accept<BisectionEvent>(new BisectionFailed(c.Reason, c.ByTheProgram)),
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "expected a command of the bisection"),
        };
    }

    /// <summary>The state after an event.</summary>
    public static BisectionState Apply(BisectionState state, BisectionEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        return happened switch
        {
            BisectionStarted e => state with { Job = e.Job, Pruned = e.Pruned },
            ProbeRecorded e => state with { Probes = state.Probes.Add(e.Probe) },
            BisectionAttemptLost e => state with { LostAttempts = e.Attempt },
            BisectionCompleted e => state with { Circuit = e.Circuit, IsDone = true },
            BisectionRetried e => state with { Failure = null, IsDone = false, Retries = e.Retry, LostAttempts = state.LostAttempts + 1 },
            BisectionFailed e => state with { Failure = e.Reason, ByTheProgram = e.ByTheProgram, IsDone = true },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the bisection"),
        };
    }

    private ProbeResult? Best => BisectionPlan.Best(Job!.Options.SelectionLoss, Probes);

    private int? NextK => BisectionPlan.Next(Job!.Options.SelectionLoss, Pruned!.Nodes, Pruned.Kept, Probes);

    private Decision<BisectionEvent> Record(ProbeResult probe)
    {
        if (IsDone || Probes.Exists(p => p.K == probe.K)) return Decision.Nothing<BisectionEvent>();
        if (NextK != probe.K)
            return Decision.Refuse<BisectionEvent>(
                $"a probe of {Job!.Output} kept {probe.K} nodes: expected {NextK?.ToString() ?? "none"}");
        var recorded = new ProbeRecorded(probe);
        // With no finite loss at all there is no circuit to write: the end comes with the last probe.
        return Apply(this, recorded).NextJob() is null
            ? Decision.Accept<BisectionEvent>(recorded, new BisectionCompleted(null))
            : Decision.Accept<BisectionEvent>(recorded);
    }
}
