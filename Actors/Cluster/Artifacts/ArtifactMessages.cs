using System.Collections.Immutable;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>With a job, to a node with a folder of its own: what the job reads.</summary>
/// <param name="From">host:port of the node that has the files</param>
/// <param name="Files">the files, whose paths are relative to the sweep's folder</param>
internal sealed record JobInputs(string From, ImmutableArray<ArtifactRef> Files)
{
    /// <summary>The listing of what the job reads outside of the sweep's folder, see <see cref="JobSources"/>; null where that is nothing.
    /// </summary>
    public ArtifactRef? Sources { get; init; }
}

/// <summary>
/// From a node with a folder of its own, before the result of a job: all that the job has written, beside its checkpoints.
/// </summary>
/// <param name="Trial">whose job it is</param>
/// <param name="Attempt">which of its attempts</param>
/// <param name="Files">the files, whose paths are relative to the sweep's folder</param>
internal sealed record FilesWritten(string Trial, int Attempt, ImmutableArray<ArtifactRef> Files);
