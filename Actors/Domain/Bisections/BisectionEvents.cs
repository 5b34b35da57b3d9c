namespace Sweeps.Domain.Bisections;

/// <summary>Something that happened to a bisection.</summary>
public abstract record BisectionEvent;

/// <summary>Masks are there to be bisected.</summary>
/// <param name="Job">the pruning that trained them</param>
/// <param name="Pruned">its result</param>
/// <param name="Beat">what its circuit has to beat, or it is stopped; null for nothing</param>
internal sealed record BisectionStarted(PruneJob Job, PruneResult Pruned, CircuitToBeat? Beat = null) : BisectionEvent;

/// <summary>The loss at one size.</summary>
internal sealed record ProbeRecorded(ProbeResult Probe) : BisectionEvent;

/// <summary>An attempt at the job under way is over without a result; the next one has the next number.</summary>
/// <param name="Attempt">the attempt that is over</param>
/// <param name="Reason">one sentence</param>
internal sealed record BisectionAttemptLost(int Attempt, string Reason) : BisectionEvent;

/// <summary>The end.</summary>
/// <param name="Circuit">null when no probe gave a finite loss, and when it was stopped</param>
internal sealed record BisectionCompleted(CircuitResult? Circuit) : BisectionEvent;

/// <summary>A bisection that had failed goes on with the probes that there are.</summary>
/// <param name="Retry">how often it is told to in all, with this one</param>
internal sealed record BisectionRetried(int Retry) : BisectionEvent;

/// <summary>The end by the work's own fault.</summary>
/// <param name="Reason">one sentence</param>
/// <param name="ByTheProgram">whether it was this program's instead: nothing is learned from it</param>
internal sealed record BisectionFailed(string Reason, bool ByTheProgram = false) : BisectionEvent;
