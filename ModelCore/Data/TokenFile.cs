using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// An encoded corpus: token ids as 16-bit little-endian words without a header, documents separated by end-of-text. Read through a
/// memory map, so that processes share it. Safe for use by several threads until disposed.
/// </summary>
public sealed unsafe class TokenFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly ushort[]? _tokens;
    private readonly ushort* _mapped;

    private TokenFile(string path, long bytes)
    {
        Count = bytes / 2;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _mapped = (ushort*)pointer;
    }

    private TokenFile(ushort[] tokens) => (_tokens, Count) = (tokens, tokens.LongLength);

    /// <summary>Number of tokens.</summary>
    public long Count { get; }

    /// <summary>The token at <paramref name="index"/>.</summary>
    public int this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));
            ObjectDisposedException.ThrowIf(_view is { CanRead: false }, this);
            return _tokens is null ? _mapped[index] : _tokens[index];
        }
    }

    /// <summary>Opens a file written by <see cref="TokenFileWriter"/> or any other of this form.</summary>
    /// <exception cref="InvalidDataException">the file is missing, empty, or of odd length</exception>
    public static TokenFile Open(string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("token files are little-endian");
        var file = new FileInfo(path);
        if (!file.Exists) throw new InvalidDataException($"token file {path}: does not exist");
        if (file.Length == 0 || file.Length % 2 != 0)
            throw new InvalidDataException($"token file {path}: has {file.Length} bytes, expected an even number above 0");
        return new TokenFile(path, file.Length);
    }

    /// <summary>A stream over tokens in memory.</summary>
    public static TokenFile FromTokens(ReadOnlySpan<ushort> tokens) => new(tokens.ToArray());

    /// <summary>Copies <c>destination.Length</c> tokens from <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">the range is not inside the stream</exception>
    public void CopyTo(long offset, Span<int> destination)
    {
        if (offset < 0 || offset > Count - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, $"{destination.Length} tokens from there are not inside a stream of {Count}");
        ObjectDisposedException.ThrowIf(_view is { CanRead: false }, this);
        var source = _tokens is null
            ? new ReadOnlySpan<ushort>(_mapped + offset, destination.Length)
            : _tokens.AsSpan((int)offset, destination.Length);
        for (var i = 0; i < destination.Length; i++) destination[i] = source[i];
    }

    /// <summary>Unmaps the file; the stream must not be in use.</summary>
    public void Dispose()
    {
        if (_view is { CanRead: true }) _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}

/// <summary>Appends tokens to a file that <see cref="TokenFile"/> reads.</summary>
internal sealed class TokenFileWriter(Stream stream)
{
    /// <summary>Tokens written so far.</summary>
    public long Count { get; private set; }

    public void Write(List<int> tokens)
    {
        var words = new ushort[tokens.Count];
        for (var i = 0; i < words.Length; i++) words[i] = checked((ushort)tokens[i]);
        stream.Write(MemoryMarshal.AsBytes<ushort>(words));
        Count += words.Length;
    }
}
