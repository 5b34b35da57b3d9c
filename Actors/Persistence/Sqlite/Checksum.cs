using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sweeps.Actors.Persistence.Sqlite;

/// <summary>
/// The first 16 bytes of SHA-256 over a row and the checksum of the row before it in its stream. A changed, exchanged, inserted
/// or removed row breaks the chain from there on.
/// </summary>
internal sealed class Checksum : IDisposable
{
    /// <summary>What comes before the first event of a stream, and before a snapshot.</summary>
    public static readonly byte[] Start = new byte[16];

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _text = new byte[256];

    public byte[] Of(ReadOnlySpan<byte> previous, string persistenceId, long sequenceNr, SerializedEvent e)
    {
        _hash.AppendData(previous);
        Append(persistenceId);
        Append(sequenceNr);
        Append(e.Name);
        Append(e.Version);
        Append(e.Payload.Length);
        _hash.AppendData(e.Payload.Span);
        Span<byte> digest = stackalloc byte[32];
        _hash.GetHashAndReset(digest);
        return digest[..16].ToArray();
    }

    public void Dispose() => _hash.Dispose();

    private void Append(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    private void Append(string text)
    {
        var max = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_text.Length < max) _text = new byte[max];
        var length = Encoding.UTF8.GetBytes(text, _text);
        // The length first, so that no two rows give the same bytes.
        Append(length);
        _hash.AppendData(_text.AsSpan(0, length));
    }
}
