namespace Sweeps.ModelCore.Data;

/// <summary>Reads another stream with LF in place of CR LF and of CR. Only <see cref="Read(Span{byte})"/> and its like are there.</summary>
internal sealed class NormalizingStream(Stream inner) : Stream
{
    private bool _afterReturn;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var read = inner.Read(buffer);
            if (read == 0) return 0;
            var length = 0;
            for (var i = 0; i < read; i++)
            {
                var value = buffer[i];
                if (value != '\n' || !_afterReturn) buffer[length++] = value == '\r' ? (byte)'\n' : value;
                _afterReturn = value == '\r';
            }
            // The LF of a CR LF may be all that came: that is not the end.
            if (length > 0) return length;
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
