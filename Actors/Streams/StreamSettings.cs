
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Streams;

/// <summary>What all streams of a run share.</summary>
/// <param name="Location">the journal, for messages</param>
/// <param name="Registry">what stored names and versions mean</param>
/// <param name="PersistenceId">the id under which Akka stores a stream of that name</param>
/// <param name="Writer">names this process in what it writes: no two processes have the same</param>
internal sealed record StreamSettings(string Location, EventRegistry Registry, Func<string, string> PersistenceId, string Writer)
{
    /// <summary>
    /// Whether a failure of the journal is the end of the run, since a later success would prove nothing: after a sync that failed, the
    /// system may show what is not on disk.
    /// </summary>
    public Func<Exception, bool> IsFinal { get; init; } = _ => false;

    /// <summary>
    /// What a failed write or recovery of a stream means, by the number of its first event that was not stored or read; see <see
    /// cref="RunJournal.Explain"/>.
    /// </summary>
    public Func<string, long, Exception, Exception> Explain { get; init; } = (_, _, cause) => cause;

    /// <summary>Most events in one write; what is told beyond that waits for the next.</summary>
    public int MostInWrite { get; init; } = 1000;

    /// <summary>Wait before a failed write or recovery is tried again; doubles each time, see <see cref="Backoff"/>.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Failures in a row that end the run; with the waits above about five minutes.</summary>
    public int MaxFailures { get; init; } = 16;
}
