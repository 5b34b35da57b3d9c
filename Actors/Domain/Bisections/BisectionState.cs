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

    /// <summary>What its circuit has to beat, or it is stopped; null for nothing.</summary>
    public CircuitToBeat? Beat { get; init; }

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
        if (Stop is not null) return null;
        if (NextK is { } k) return new ProbeJob(Job, Pruned.Masks, k);
        return Best is { } best ? new CircuitJob(Job, Pruned.Masks, best, BisectionPlan.Curve(Probes)) : null;
    }

    /// <summary>What the search is told, once it is done.</summary>
    /// <param name="size">what the objective counts</param>
    public PruningOutcome Outcome(CircuitSize size)
    {
        if (!IsDone) throw new InvalidOperationException($"the bisection of {Job?.Output} has not ended");
        var stop = Failure is null ? Stop : null;
        var objective = Failure is not null ? null
            : stop is not null && !Probes.Exists(Reaches) ? AtLeast(stop, size)
            : Objective.Of(Job!.Options.SelectionLoss, Probes, size);
        var failure = Failure ?? (objective is null ? "no circuit size gave a finite loss" : null);
        return new PruningOutcome(Pruned, BisectionPlan.Curve(Probes), Circuit, objective, failure) { Stopped = stop };
    }

    /// <summary>What a command leads to; no decision depends on the time.</summary>
    public static Decision<BisectionEvent> Decide(BisectionState state, BisectionCommand command)
    {
        ArgumentNullException.ThrowIfNull(state);
        return command switch
        {
            BeginBisection c =>
                state.Job is null
                    ? Decision.Accept<BisectionEvent>(new BisectionStarted(c.Job, c.Pruned, c.Beat))
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
            BisectionStarted e => state with { Job = e.Job, Pruned = e.Pruned, Beat = e.Beat },
            ProbeRecorded e => state with { Probes = state.Probes.Add(e.Probe) },
            BisectionAttemptLost e => state with { LostAttempts = e.Attempt },
            BisectionCompleted e => state with { Circuit = e.Circuit, IsDone = true },
            BisectionRetried e => state with { Failure = null, IsDone = false, Retries = e.Retry, LostAttempts = state.LostAttempts + 1 },
            BisectionFailed e => state with { Failure = e.Reason, ByTheProgram = e.ByTheProgram, IsDone = true },
            _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "expected an event of the bisection"),
        };
    }

    private ProbeResult? Best => BisectionPlan.Best(Job!.Options.SelectionLoss, Probes);

    private int? NextK =>
        BisectionPlan.Next(Job!.Options.SelectionLoss, Pruned!.Nodes, Beat?.FirstProbe ?? Pruned.Kept, Probes);

    /// <summary>
    /// Where it is stopped; null while it goes on. As in the bisection itself, a circuit that misses the target is taken to say that no
    /// smaller one reaches it, unless one was found to.
    /// </summary>
    private PruningStop? Stop
    {
        get
        {
            if (Beat is null) return null;
            var smallest = Probes.Where(Reaches).Select(probe => probe.K).DefaultIfEmpty(int.MaxValue).Min();
            return Probes.Where(probe => probe.K < smallest && !Reaches(probe)).MaxBy(probe => probe.K) is { } miss
                && Beat.IsOutOfReach(miss)
                ? new PruningStop(miss.K, miss.Edges, miss.Loss, Beat)
                : null;
        }
    }

    /// <summary>
    /// What is told of one that is known from below alone: the size that it exceeds, plus the nats by which that circuit missed the target.
    /// The bound alone would make it as good as the best; a nat, and a loss that is no number, count as ten times its size, and not more.
    /// </summary>
    private double AtLeast(PruningStop stop, CircuitSize size) =>
        Math.Log10(1.0 + (size == CircuitSize.Nodes ? stop.Nodes + 1 : stop.Edges))
            + (double.IsFinite(stop.Loss) ? Math.Min(stop.Loss - Job!.Options.SelectionLoss, 1) : 1);

    private bool Reaches(ProbeResult probe) => BisectionPlan.Reaches(probe, Job!.Options.SelectionLoss);

    private Decision<BisectionEvent> Record(ProbeResult probe)
    {
        if (IsDone || Probes.Exists(p => p.K == probe.K)) return Decision.Nothing<BisectionEvent>();
        if (Stop is not null || NextK != probe.K)
            return Decision.Refuse<BisectionEvent>(
                $"a probe of {Job!.Output} kept {probe.K} nodes: expected {NextK?.ToString() ?? "none"}");
        var recorded = new ProbeRecorded(probe);
        // With no finite loss at all, or when it is stopped, there is no circuit to write: the end comes with the last probe.
        return Apply(this, recorded).NextJob() is null
            ? Decision.Accept<BisectionEvent>(recorded, new BisectionCompleted(null))
            : Decision.Accept<BisectionEvent>(recorded);
    }
}
