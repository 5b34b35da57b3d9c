using System.Net.Sockets;
using System.Text;

namespace Sweeps.Actors.Control;

/// <summary>Reads and writes single lines on a socket.</summary>
internal static class LineSocket
{
    /// <summary>Longest line in bytes.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>The next line without its end; null when the other side ends before it has written one, or writes a longer one.</summary>
    public static async Task<string?> ReadLineAsync(Socket socket, CancellationToken cancellation)
    {
        var line = new MemoryStream();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, SocketFlags.None, cancellation).ConfigureAwait(false) is var read and > 0)
        {
            var end = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            line.Write(buffer.AsSpan(0, end < 0 ? read : end));
            if (end >= 0) return Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length));
            if (line.Length > MostBytes) return null;
        }
        return null;
    }

    /// <summary>Writes a line.</summary>
    /// <param name="socket">connected</param>
    /// <param name="line">without its end</param>
    /// <param name="cancellation">gives up</param>
    public static async Task WriteLineAsync(Socket socket, string line, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(line + "\n");
        while (rest.Length > 0) rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellation).ConfigureAwait(false)..];
    }
}
