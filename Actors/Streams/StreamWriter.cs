using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Streams;

/// <summary>To the writer: stores records, all or none; answered by <see cref="RecordsWritten"/>, or by its end.</summary>
internal sealed record WriteRecords(ImmutableArray<JournalRecord> Records);

/// <summary>From the writer: the records are synced.</summary>
internal sealed record RecordsWritten;

/// <summary>To the writer: replaces the stream's snapshot, some time.</summary>
internal sealed record WriteSnapshot(SnapshotRecord Snapshot);

/// <summary>From the writer, once it has recovered.</summary>
/// <param name="Contents">what is stored</param>
internal sealed record WriterRecovered(StreamContents Contents);

/// <summary>From the writer, before it stops: what is stored shows at the next recovery.</summary>
/// <param name="Cause">why</param>
/// <param name="IsSnapshot">whether only its snapshot is of no use</param>
internal sealed record WriterFailed(Exception Cause, bool IsSnapshot = false);

/// <summary>
/// Akka's side of a stream: the one persistent actor. It knows records, not what they mean. As Akka does, it stops when a write fails; its
/// parent begins another, which reads what
/// is stored.
/// </summary>
internal sealed class StreamWriter : UntypedPersistentActor
{
    private readonly StreamContents _contents;
    private readonly bool _useSnapshot;
    private int _left;

    /// <param name="persistenceId">the stream's id in the journal</param>
    /// <param name="contents">empty; follows what is read</param>
    /// <param name="useSnapshot">false to read all events</param>
    public StreamWriter(string persistenceId, StreamContents contents, bool useSnapshot)
    {
        PersistenceId = persistenceId;
        (_contents, _useSnapshot) = (contents, useSnapshot);
    }

    /// <inheritdoc/>
    public override string PersistenceId { get; }

    /// <inheritdoc/>
    public override Recovery Recovery => _useSnapshot ? Recovery.Default : new Recovery(SnapshotSelectionCriteria.None);

    /// <inheritdoc/>
    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer m: _contents.Restore(m.Metadata.SequenceNr, (SnapshotRecord)m.Snapshot); break;
            case JournalRecord m: _contents.Follow(LastSequenceNr, m); break;
            case RecoveryCompleted: Recovered(); break;
            default: throw _contents.Corrupt(LastSequenceNr, $"it is a {message.GetType().Name}: expected a record");
        }
    }

    /// <inheritdoc/>
    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case WriteRecords m: Write(m.Records); break;
            case WriteSnapshot m: SaveSnapshot(m.Snapshot); break;
            case SaveSnapshotSuccess m: DeleteSnapshots(new SnapshotSelectionCriteria(m.Metadata.SequenceNr - 1)); break;
            case SaveSnapshotFailure m:
                Log.Warning(m.Cause, "the snapshot of {0} was not stored; a recovery will replay more events", PersistenceId);
                break;
            case DeleteSnapshotsSuccess: break;
            case DeleteSnapshotsFailure m:
                Log.Warning(m.Cause, "old snapshots of {0} were not deleted; they take room", PersistenceId);
                break;
            default: Unhandled(message); break;
        }
    }

    /// <inheritdoc/>
    protected override void OnPersistFailure(Exception cause, object persisted, long sequenceNr) =>
        Context.Parent.Tell(new WriterFailed(cause));

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object persisted, long sequenceNr)
        => throw new JournalException(PersistenceId, $"event {sequenceNr} was rejected: {cause.Message}", cause);

    /// <inheritdoc/>
    protected override void OnRecoveryFailure(Exception reason, object? message = null)
        => Context.Parent.Tell(new WriterFailed(reason, message is SnapshotOffer || reason is SnapshotUnreadableException));

    private void Recovered()
    {
        // What Akka takes for the end is the highest number that is there.
        if (_contents.Chain.Number != LastSequenceNr)
            throw _contents.Corrupt(_contents.Chain.Number + 1, $"it is missing; the stream ends at {LastSequenceNr}");
        Context.Parent.Tell(new WriterRecovered(_contents));
    }

    private void Write(ImmutableArray<JournalRecord> records)
    {
        _left = records.Length;
        PersistAll(records, _ =>
        {
            if (--_left == 0) Context.Parent.Tell(new RecordsWritten());
        });
    }
}
