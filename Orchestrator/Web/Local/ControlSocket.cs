using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Sweeps.Orchestrator.Web.Local;

/// <summary>Where the process that runs a folder's sweep, or is a node, listens for commands of the same user.</summary>
internal static class ControlSocket
{
    public const string SocketName = "control.sock";

    /// <summary>
    /// The file in the folder with the path of a socket that is elsewhere, because the folder's path is too long for one or its file system
    /// has none.
    /// </summary>
    public const string PathName = "control.path";

    private const int Waiting = 64;

    // sun_path of sockaddr_un has 108 bytes on Linux and 104 on macOS, with the zero at its end.
    private static readonly int _mostBytes = OperatingSystem.IsMacOS() ? 103 : 107;

    /// <summary>
    /// The path of the socket of a folder, or null when there is none; whether somebody listens there shows when one connects.
    /// </summary>
    public static string? Find(string folder)
    {
        try
        {
            var elsewhere = Path.Combine(folder, PathName);
            if (File.Exists(elsewhere)) return File.ReadAllText(elsewhere).Trim();
            var path = Path.Combine(folder, SocketName);
            return File.Exists(path) && Fits(path) ? path : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Listens for the folder. Whoever holds the folder's journal may call it: sockets that an earlier process left are removed.
    /// </summary>
    /// <param name="folder">absolute</param>
    /// <returns>the listening socket, which only the user of this process can connect to, and its path</returns>
    /// <exception cref="IOException">no socket can be made</exception>
    /// <exception cref="UnauthorizedAccessException">a file cannot be written</exception>
    public static (Socket Socket, string Path) Listen(string folder)
    {
        Remove(folder);
        var near = Path.Combine(folder, SocketName);
        try
        {
            if (Fits(near)) return (Bind(near), near);
        }
        catch (SocketException)
        {
            // A file system without sockets: elsewhere there are some.
        }
        var name = $"sweeps-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.sock";
        var far = Path.Combine(Path.GetTempPath(), name);
        if (!Fits(far)) throw new IOException($"{far} is too long for a socket: expected at most {_mostBytes} bytes");
        try
        {
            var socket = Bind(far);
            try
            {
                new ArtifactStore(folder).WriteBytes(PathName, Encoding.UTF8.GetBytes($"{far}\n"));
                return (socket, far);
            }
            catch
            {
                socket.Dispose();
                File.Delete(far);
                throw;
            }
        }
        catch (SocketException e)
        {
            throw new IOException($"{far}: {e.Message}", e);
        }
    }

    public static void Remove(string folder)
    {
        if (Find(folder) is { } path) File.Delete(path);
        File.Delete(Path.Combine(folder, SocketName));
        File.Delete(Path.Combine(folder, PathName));
    }

    private static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) <= _mostBytes;

    private static Socket Bind(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Before it listens: until then everybody who connects is refused.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Waiting);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
