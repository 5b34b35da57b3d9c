using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sweeps.Actors.Journal;

/// <summary>
/// The first 16 bytes of SHA-256 over the checksum before, the stream, the manifest and the record's bytes after its own checksum. A
/// changed, exchanged, inserted or removed record breaks the chain from there on.
/// </summary>
internal static class RecordChecksum
{
    public const int Length = 16;

    public const int HexLength = 2 * Length;

    [ThreadStatic]
    private static IncrementalHash? t_hash;

    public static void Compute(
        ReadOnlySpan<byte> previous, ReadOnlySpan<byte> stream, string manifest, ReadOnlySpan<byte> rest, Span<byte> checksum)
    {
        var hash = t_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(previous);
        hash.AppendData(stream);
        hash.AppendData(WithLength(manifest));
        hash.AppendData(rest);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        digest[..Length].CopyTo(checksum);
    }

    /// <summary>The text's UTF-8 after its length, so that no two pairs of texts give the same bytes.</summary>
    public static byte[] WithLength(string text)
    {
        var bytes = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - sizeof(int));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(int)));
        return bytes;
    }

    public static bool TryParse(string hex, Span<byte> checksum)
        => hex.Length == HexLength
            && hex.All(char.IsAsciiHexDigitLower)
            && Convert.FromHexString(hex, checksum, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == Length;
}
