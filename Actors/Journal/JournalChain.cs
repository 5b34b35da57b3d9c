using System.Text.Json;

namespace Sweeps.Actors.Journal;

/// <summary>
/// The end of a stream so far: seals what comes next, follows what is read. Each record carries a checksum of itself, its stream and the
/// record before it, so that one that was changed, moved, removed or added is noticed. Not thread-safe.
/// </summary>
/// <param name="location">the journal, for messages</param>
/// <param name="stream">the stream's name, which the checksums cover; on a shared database without the run's name</param>
internal sealed class JournalChain(string location, string stream)
{
    private readonly byte[] _stream = RecordChecksum.WithLength(stream);
    private readonly byte[] _checksum = new byte[RecordChecksum.Length];

    /// <summary>Goes on from a known event.</summary>
    /// <param name="location">the journal, for messages</param>
    /// <param name="stream">the stream's name</param>
    /// <param name="number">of the last event, from 0</param>
    /// <param name="checksum">of the last event: 32 lower-case hexadecimal digits</param>
    /// <exception cref="ArgumentException">the number is negative, or the checksum is malformed</exception>
    public JournalChain(string location, string stream, long number, string checksum)
        : this(location, stream)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentNullException.ThrowIfNull(checksum);
        if (!RecordChecksum.TryParse(checksum, _checksum))
        {
            throw new ArgumentException(
                $"'{checksum}' is not a checksum: expected {RecordChecksum.HexLength} lower-case hexadecimal digits", nameof(checksum));
        }
        Number = number;
    }

    /// <summary>The number of the last event; 0 at the start.</summary>
    public long Number { get; private set; }

    /// <summary>The checksum of the last event in hexadecimal; zeros at the start.</summary>
    public string Checksum => Convert.ToHexStringLower(_checksum);

    /// <summary>The record of the stream's next event; the chain ends with it from now on.</summary>
    /// <param name="entity">whose event it is</param>
    /// <param name="writer">identifies the run of the program</param>
    /// <param name="e">as the registry gives it</param>
    public JournalRecord Seal(string entity, string writer, SerializedEvent e)
    {
        ArgumentException.ThrowIfNullOrEmpty(entity);
        ArgumentException.ThrowIfNullOrEmpty(writer);
        ArgumentNullException.ThrowIfNull(e);
        var manifest = RecordFormat.Manifest(e);
        var bytes = RecordFormat.Event(Number + 1, entity, writer, e.Payload.Span);
        RecordChecksum.Compute(_checksum, _stream, manifest, bytes.AsSpan(RecordFormat.RestAt), _checksum);
        PutChecksum(bytes, _checksum);
        Number++;
        return new JournalRecord(manifest, bytes);
    }

    /// <summary>
    /// The event in the next record of the stream; the chain ends with it from now on. After an exception the chain is as before.
    /// </summary>
    /// <param name="sequenceNr">the place in which the record was found, from 1</param>
    /// <param name="record">as it was read</param>
    /// <exception cref="JournalCorruptException">a gap, or not what was written in this place</exception>
    public ChainedEvent Follow(long sequenceNr, JournalRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (sequenceNr != Number + 1)
        {
            throw sequenceNr > Number
                ? Corrupt(Number + 1, $"it is missing; the next one is {sequenceNr}")
                : Corrupt(sequenceNr, $"it comes again, after event {Number}");
        }
        Span<byte> checksum = stackalloc byte[RecordChecksum.Length];
        RecordChecksum.Compute(_checksum, _stream, record.Manifest, Rest(record.Bytes.Span), checksum);
        if (!RecordFormat.HasChecksum(record.Bytes.Span, checksum))
            throw Corrupt(sequenceNr, "its checksum is wrong: it, or the event before it, is not what was written");
        ChainedEvent chained;
        try
        {
            var (number, entity, writer, payload) = RecordFormat.ReadEvent(record.Bytes);
            if (number != sequenceNr) throw Corrupt(sequenceNr, $"it was written as event {number}");
            chained = new ChainedEvent(entity, writer, RecordFormat.WithManifest(record.Manifest, payload));
        }
        catch (JsonException e)
        {
            throw Corrupt(sequenceNr, $"it is malformed: {e.Message}", e);
        }
        checksum.CopyTo(_checksum);
        Number = sequenceNr;
        return chained;
    }

    /// <summary>The record of a snapshot: the state after the chain's last event.</summary>
    /// <param name="state">as the registry gives it; may have many megabytes</param>
    public SnapshotRecord SealSnapshot(SerializedEvent state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var manifest = RecordFormat.Manifest(state);
        var bytes = RecordFormat.Snapshot(Number, Checksum, state.Payload.Span);
        Span<byte> checksum = stackalloc byte[RecordChecksum.Length];
        ComputeOfSnapshot(manifest, bytes, checksum);
        PutChecksum(bytes, checksum);
        return new SnapshotRecord(manifest, bytes);
    }

    /// <summary>
    /// The state in a snapshot; the chain ends with its last event from now on. After an exception the chain is as before.
    /// </summary>
    /// <param name="sequenceNr">the number of the last event that the snapshot says it includes</param>
    /// <param name="record">as it was read</param>
    /// <exception cref="SnapshotUnreadableException">it is not what was written; the events say the same, from the first on</exception>
    public SerializedEvent Restore(long sequenceNr, SnapshotRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        Span<byte> checksum = stackalloc byte[RecordChecksum.Length];
        ComputeOfSnapshot(record.Manifest, record.Bytes.Span, checksum);
        if (!RecordFormat.HasChecksum(record.Bytes.Span, checksum)) throw Unreadable("its checksum is wrong");
        SerializedEvent state;
        try
        {
            var (number, chain, payload) = RecordFormat.ReadSnapshot(record.Bytes);
            if (number != sequenceNr) throw Unreadable($"it was written after event {number}, not {sequenceNr}");
            state = RecordFormat.WithManifest(record.Manifest, payload);
            if (!RecordChecksum.TryParse(chain, checksum)) throw Unreadable($"'{chain}' is not the checksum of an event");
        }
        catch (JsonException e)
        {
            throw Unreadable($"it is malformed: {e.Message}");
        }
        checksum.CopyTo(_checksum);
        Number = sequenceNr;
        return state;
    }

    private static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> bytes)
        => bytes.Length > RecordFormat.RestAt ? bytes[RecordFormat.RestAt..] : [];

    private static void PutChecksum(Span<byte> bytes, ReadOnlySpan<byte> checksum)
        => Convert.TryToHexStringLower(checksum, bytes.Slice(RecordFormat.ChecksumAt, RecordChecksum.HexLength), out _);

    private void ComputeOfSnapshot(string manifest, ReadOnlySpan<byte> bytes, Span<byte> checksum)
    {
        Span<byte> start = stackalloc byte[RecordChecksum.Length];
        start.Clear();
        RecordChecksum.Compute(start, _stream, JournalSerializer.SnapshotPrefix + manifest, Rest(bytes), checksum);
    }

    private JournalCorruptException Corrupt(long number, string problem, Exception? inner = null)
        => new(location, stream, number, problem, inner);

    private SnapshotUnreadableException Unreadable(string problem) => new(location, stream, problem);
}
