using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Streams;

/// <summary>What is stored in a stream, as far as anybody may still ask for it. Belongs to one actor at a time.</summary>
internal sealed class StreamContents(StreamSpec spec, StreamSettings settings)
{
    private const string SnapshotName = "stream-snapshot";

    public JournalChain Chain { get; private set; } = new(settings.Location, spec.Name);

    /// <summary>The owner's state; null before its first event, and where it is given its events.</summary>
    public object? State { get; private set; }

    /// <summary>Events that the snapshot includes; 0 without one.</summary>
    public long InSnapshot { get; private set; }

    private bool TakesSnapshots => spec.Restore is not null;

    private OpenEntities Open { get; set; } = new();

    /// <summary>Takes over a snapshot, at the beginning.</summary>
    /// <exception cref="SnapshotUnreadableException">it is damaged, or of another program's shape: the events say the same</exception>
    public void Restore(long sequenceNr, SnapshotRecord snapshot)
    {
        var chain = new JournalChain(settings.Location, spec.Name);
        var stored = chain.Restore(sequenceNr, snapshot);
        try
        {
            using var json = JsonDocument.Parse(stored.Payload);
            var state = spec.Restore!(settings.Registry.Deserialize(Read(json.RootElement.GetProperty("owner"))));
            var open = new OpenEntities();
            foreach (var e in json.RootElement.GetProperty("open").EnumerateArray())
                open.Add(e.GetProperty("entity").GetString()!, Read(e));
            (Chain, State, InSnapshot, Open) = (chain, state, sequenceNr, open);
        }
        catch (Exception e) when (e is JsonException or EventSerializationException or KeyNotFoundException or InvalidOperationException
            or ArgumentException)
        {
            throw new SnapshotUnreadableException(settings.Location, spec.Name, e.Message);
        }
    }

    /// <summary>Follows an event that is read.</summary>
    /// <exception cref="JournalCorruptException">it is not what was written, or not known</exception>
    public void Follow(long sequenceNr, JournalRecord record)
    {
        var (entity, _, stored) = Chain.Follow(sequenceNr, record);
        try
        {
            if (entity != spec.Name)
            {
                // Most are of entities that have ended, and nobody asks for them.
                settings.Registry.Check(stored);
                Open.Add(entity, stored);
                return;
            }
            var happened = settings.Registry.Deserialize(stored);
            if (spec.Fold is { } fold) State = fold(State, happened);
            else Open.Add(entity, stored);
            Close(happened);
        }
        catch (EventSerializationException e)
        {
            throw new JournalCorruptException(settings.Location, spec.Name, sequenceNr, e.Message, e);
        }
    }

    /// <summary>What is thrown when the stream is not what was written.</summary>
    public JournalCorruptException Corrupt(long sequenceNr, string problem) => new(settings.Location, spec.Name, sequenceNr, problem);

    /// <summary>
    /// Adds events that are stored now: of what is still open, if snapshots are taken; whoever they are of has them already.
    /// </summary>
    public void Add(AppendEvents append)
    {
        for (var i = 0; i < append.Events.Length; i++)
        {
            if (append.Entity == spec.Name) Close(append.Events[i]);
            else if (TakesSnapshots) Open.Add(append.Entity, append.Stored[i]);
        }
    }

    /// <summary>What is stored of an entity.</summary>
    /// <exception cref="JournalCorruptException">an event does not fit its type</exception>
    public EntityRead Read(string entity)
    {
        try
        {
            var read = new EntityRead(
                entity == spec.Name ? State : null, [.. Open.Of(entity).Select(settings.Registry.Deserialize)], Chain.Number, InSnapshot);
            // Each asks once.
            if (entity == spec.Name) State = null;
            if (!TakesSnapshots) Open.Close(entity);
            return read;
        }
        catch (EventSerializationException e)
        {
            throw new JournalCorruptException(settings.Location, spec.Name, null, $"entity {entity}: {e.Message}", e);
        }
    }

    /// <summary>A snapshot of everything up to now.</summary>
    /// <param name="owner">the owner's state in its stored form</param>
    public SnapshotRecord Snapshot(SerializedEvent owner)
    {
        var bytes = new ArrayBufferWriter<byte>(owner.Payload.Length + 1024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject("owner");
            Write(json, owner);
            json.WriteEndObject();
            json.WriteStartArray("open");
            foreach (var (entity, happened) in Open.All)
            {
                json.WriteStartObject();
                json.WriteString("entity", entity);
                Write(json, happened);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Chain.SealSnapshot(new SerializedEvent(SnapshotName, 1, bytes.WrittenMemory));
    }

    private static void Write(Utf8JsonWriter json, SerializedEvent stored)
    {
        json.WriteString("name", stored.Name);
        json.WriteNumber("version", stored.Version);
        json.WritePropertyName("payload");
        json.WriteRawValue(stored.Payload.Span, skipInputValidation: true);
    }

    private static SerializedEvent Read(JsonElement json) => new(
        json.GetProperty("name").GetString()!, json.GetProperty("version").GetInt32(), JsonMarshal.GetRawUtf8Value(
            json.GetProperty("payload")).ToArray());

    private void Close(object ofOwner)
    {
        foreach (var closed in spec.Closes(ofOwner)) Open.Close(closed);
    }
}
