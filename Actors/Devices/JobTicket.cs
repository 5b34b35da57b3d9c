using Akka.Actor;

namespace Sweeps.Actors.Devices;

/// <summary>A trial among those of all sweeps: two sweeps may have trials of one name.</summary>
/// <param name="Sweep">its sweep</param>
/// <param name="Trial">its name there</param>
internal readonly record struct TicketKey(string Sweep, TrialId Trial);

/// <summary>One attempt of a trial that wants a device.</summary>
/// <param name="Sweep">devices are shared fairly between sweeps</param>
/// <param name="Trial">whose work it is; at most one ticket of a trial is queued or running</param>
/// <param name="Attempt">fencing number</param>
/// <param name="Job">the work</param>
/// <param name="ResumeFrom">the last checkpoint, or null</param>
/// <param name="Owner">who is told what happens: <see cref="JobStarted"/>, the device's own messages, <see cref="JobLost"/></param>
internal sealed record JobTicket(string Sweep, TrialId Trial, int Attempt, Job Job, ArtifactRef? ResumeFrom, IActorRef Owner)
{
    /// <summary>The sweep's folder below the folder of all sweeps; null where the devices serve one sweep.</summary>
    public string? Folder { get; init; }

    /// <summary>Where a node with a folder of its own gets what the job reads; null where the device sees the sweep's folder.</summary>
    public Cluster.Artifacts.JobInputs? Inputs { get; init; }

    /// <summary>Whose work it is, among all sweeps.</summary>
    public TicketKey Key => new(Sweep, Trial);

    /// <summary>Of equal priority the smaller goes first; 0 where nothing depends on the order.</summary>
    public int Turn { get; init; }

    /// <summary>The smaller goes first: see <see cref="JobKind.Priority"/>.</summary>
    public int Priority => JobCatalog.Of(Job).Priority;
}
