using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Serialization;

namespace Sweeps.Actors.Journal;

/// <summary>
/// Hands the bytes of a <see cref="JournalRecord"/> or <see cref="SnapshotRecord"/> to Akka and back, unchanged. Reading never
/// throws, so that what is damaged reaches <see cref="JournalChain"/>, which says what is wrong and where.
/// </summary>
internal sealed class JournalSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Stored with every row; never changes.</summary>
    public const int SerializerId = 7701;

    // No stored name has a colon: the two kinds of records cannot be taken for one another.
    internal const string SnapshotPrefix = "snapshot:";

    /// <inheritdoc/>
    public override int Identifier => SerializerId;

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        JournalRecord record => record.Manifest,
        SnapshotRecord record => SnapshotPrefix + record.Manifest,
        _ => throw NotStored(o),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        JournalRecord record => ToArray(record.Bytes),
        SnapshotRecord record => ToArray(record.Bytes),
        _ => throw NotStored(obj),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        manifest ??= "";
        return manifest.StartsWith(SnapshotPrefix, StringComparison.Ordinal)
            ? new SnapshotRecord(manifest[SnapshotPrefix.Length..], bytes)
            : new JournalRecord(manifest, bytes);
    }

    // A snapshot may have many megabytes: no second copy where the record owns its whole array.
    private static byte[] ToArray(ReadOnlyMemory<byte> bytes)
        => MemoryMarshal.TryGetArray(bytes, out var whole) && whole.Array is { } array && array.Length == whole.Count
            ? array
            : bytes.ToArray();

    private static ArgumentException NotStored(object o)
        => new(
            $"{o?.GetType().ToString() ?? "null"} is not stored: expected {nameof(JournalRecord)} or {nameof(SnapshotRecord)}", nameof(o));
}
