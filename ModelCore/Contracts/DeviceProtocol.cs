using System.Text.Json;

namespace Sweeps.Contracts;

/// <summary>The lines of the device protocol: one JSON object each, UTF-8, ended by \n, at most <see cref="MaxLineBytes"/> long.</summary>
public static class DeviceProtocol
{
    /// <summary>Version of the messages; both sides are the same executable, so a difference is an installation error.</summary>
    public const int Version = 3;

    /// <summary>Longest line either side accepts: 4 MiB, far above a job with its whole curve.</summary>
    public const int MaxLineBytes = 4 << 20;

    /// <summary>A request as a line, without the line's end.</summary>
    public static byte[] Write(DeviceRequest request) => JsonSerializer.SerializeToUtf8Bytes(request, JobJson.Options);

    /// <summary>A message as a line, without the line's end.</summary>
    public static byte[] Write(DeviceMessage message) => JsonSerializer.SerializeToUtf8Bytes(message, JobJson.Options);

    /// <summary>Reads a request.</summary>
    /// <exception cref="InvalidDataException">the line is no request</exception>
    public static DeviceRequest ReadRequest(ReadOnlySpan<byte> line) => Read<DeviceRequest>(line);

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidDataException">the line is no message</exception>
    public static DeviceMessage ReadMessage(ReadOnlySpan<byte> line) => Read<DeviceMessage>(line);

    private static T Read<T>(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, JobJson.Options)
                ?? throw new InvalidDataException("a line of the device protocol is null");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"a line of the device protocol is not understood: {e.Message}", e);
        }
    }
}

/// <summary>Reads lines of bounded length from a stream. Not thread-safe.</summary>
/// <param name="stream">read until its end; not disposed of</param>
/// <param name="maxLineBytes">longest line accepted, without its end</param>
public sealed class BoundedLineReader(Stream stream, int maxLineBytes = DeviceProtocol.MaxLineBytes)
{
    private byte[] _buffer = new byte[4096];
    private int _start, _end;

    /// <summary>The next line without its end, valid until the next call. False at the end of the stream; bytes after the last line end are
    /// dropped, as their writer died while writing them.</summary>
    /// <exception cref="InvalidDataException">the line is too long</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        var scanned = _start;
        while (true)
        {
            var index = _buffer.AsSpan(scanned, _end - scanned).IndexOf((byte)'\n');
            if (index >= 0)
            {
                line = _buffer.AsMemory(_start, scanned + index - _start);
                _start = scanned + index + 1;
                return true;
            }
            if (_end - _start > maxLineBytes)
                throw new InvalidDataException($"a line of the device protocol is longer than {maxLineBytes} bytes");
            scanned = _end;
            if (_end == _buffer.Length) scanned -= MakeRoom();
            var read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
            {
                line = default;
                return false;
            }
            _end += read;
        }
    }

    // Returns by how much the content moved towards the beginning.
    private int MakeRoom()
    {
        var moved = _start;
        var target = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
        Buffer.BlockCopy(_buffer, _start, target, 0, _end - _start);
        _buffer = target;
        _end -= moved;
        _start = 0;
        return moved;
    }
}
