namespace Sweeps.Domain.Bisections;

/// <summary>A command to a bisection.</summary>
public abstract record BisectionCommand;

/// <summary>Begin; the same again does nothing.</summary>
/// <param name="Job">the pruning whose masks are bisected</param>
/// <param name="Pruned">its result</param>
/// <param name="Beat">what its circuit has to beat, or it is stopped; null for nothing</param>
public sealed record BeginBisection(PruneJob Job, PruneResult Pruned, CircuitToBeat? Beat = null) : BisectionCommand;

/// <summary>The loss at one size is known.</summary>
public sealed record RecordProbe(ProbeResult Probe) : BisectionCommand;

/// <summary>The circuit is written.</summary>
public sealed record RecordCircuit(CircuitResult Circuit) : BisectionCommand;

/// <summary>An attempt at the job under way is over without a result.</summary>
/// <param name="Reason">one sentence</param>
public sealed record RecordAttemptLost(string Reason) : BisectionCommand;

/// <summary>Go on after a failure by the work's own fault, with the probes that there are; the same again does nothing.</summary>
/// <param name="Retry">how often it is told to in all, with this one</param>
public sealed record RetryBisection(int Retry) : BisectionCommand;

/// <summary>A probe or the circuit failed by the work's own fault.</summary>
/// <param name="Reason">one sentence</param>
/// <param name="ByTheProgram">whether it was this program's instead</param>
public sealed record RecordBisectionFailure(string Reason, bool ByTheProgram = false) : BisectionCommand;
