namespace Sweeps.ModelCore.Data;

/// <summary>
/// Reads the documents of one file in a stream: the whole file, or what stands between separators. No more than one document, or one block
/// of a long one, is in memory.
/// </summary>
/// <param name="stream">the file</param>
/// <param name="separator">what stands between documents; empty for none</param>
/// <param name="maxBytes">a longer document is cut into blocks</param>
/// <param name="blockBytes">bytes of a block, at most</param>
internal sealed class SeparatedDocuments(Stream stream, byte[] separator, int maxBytes, int blockBytes)
{
    private const int ChunkBytes = 1 << 16;

    private byte[] _buffer = new byte[2 * ChunkBytes];
    private int _start;
    private int _end;
    private bool _atEnd;
    private bool _begun;

    /// <summary>The documents and blocks, in order; empty ones too, but for one after the last separator.</summary>
    public IEnumerable<byte[]> Read()
    {
        var (cutting, searched, any) = (false, 0, false);
        while (true)
        {
            var found = Find(searched);
            var whole = found >= 0 || _atEnd;
            // A separator may have begun at the very end of what has been read.
            var length = found >= 0 ? found : _atEnd ? _end - _start : Math.Max(_end - _start - separator.Length, 0);
            cutting |= length > maxBytes;
            if (cutting && length > blockBytes)
            {
                yield return Take(DocumentText.Cut(_buffer.AsSpan(_start, length), blockBytes));
                searched = 0;
                any = true;
            }
            else if (whole)
            {
                if (found >= 0 || length > 0 || !any) yield return Take(length);
                if (found < 0) yield break;
                SkipSeparator();
                (cutting, searched, any) = (false, 0, true);
            }
            else
            {
                searched = length;
                Fill();
            }
        }
    }

    private int Find(int from)
    {
        if (separator.Length == 0) return -1;
        var at = _buffer.AsSpan(_start + from, _end - _start - from).IndexOf(separator);
        return at < 0 ? -1 : from + at;
    }

    private byte[] Take(int length)
    {
        var taken = _buffer[_start..(_start + length)];
        _start += length;
        return taken;
    }

    private void SkipSeparator()
    {
        while (_end - _start < separator.Length + 2 && !_atEnd) Fill();
        _start += separator.Length;
        if (_start < _end && _buffer[_start] == '\r') _start++;
        if (_start < _end && _buffer[_start] == '\n') _start++;
    }

    private void Fill()
    {
        if (_buffer.Length - _end < ChunkBytes)
        {
            var kept = _end - _start;
            // Twice as much each time: what a long document is copied for grows with its length only.
            var larger = kept + ChunkBytes > _buffer.Length / 2 ? new byte[2 * (kept + ChunkBytes)] : _buffer;
            _buffer.AsSpan(_start, kept).CopyTo(larger);
            (_buffer, _start, _end) = (larger, 0, kept);
        }
        var read = stream.ReadAtLeast(_buffer.AsSpan(_end, ChunkBytes), ChunkBytes, throwOnEndOfStream: false);
        _atEnd = read < ChunkBytes;
        _end += read;
        if (_begun) return;
        _begun = true;
        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8)) _start += 3;
    }
}
