using Sweeps.Actors.Runtime;
using Sweeps.Actors.Trials;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Actors.Devices;

/// <summary>One attempt of a trial that wants a device.</summary>
/// <param name="Sweep">devices are shared fairly between sweeps</param>
/// <param name="Trial">whose work it is; at most one ticket of a trial is queued or running</param>
/// <param name="Attempt">fencing number</param>
/// <param name="Job">the work</param>
/// <param name="ResumeFrom">the last checkpoint, or null</param>
/// <param name="Owner">who is told what happens: <see cref="JobStarted"/>, the device's own messages, <see cref="JobLost"/></param>
public sealed record JobTicket(string Sweep, TrialId Trial, int Attempt, Job Job, ArtifactRef? ResumeFrom, IActorRef Owner)
{
    /// <summary>
    /// The smaller goes first. Stages go in their order, so that the long serial searches begin early; within a search, what finishes a pruning
    /// goes before new prunings, because the next round waits for the slowest of this one.
    /// </summary>
    public int Priority => Job switch
    {
        PrepareJob => 0,
        TrainJob => 1,
        EvaluateJob => 2,
        CircuitJob => 3,
        ProbeJob => 4,
        PruneJob => 5,
        // Nothing waits for it.
        ValidateJob or CurveJob or PruneEdgesJob => 6,
        _ => throw new InvalidOperationException($"{Job.GetType().Name} has no priority"),
    };
}
