using System.Net.Sockets;
using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Actors.Control;

/// <summary>Commands the sweep, or the cluster, of another process of the same user.</summary>
public static class ControlClient
{
    /// <summary>How long an answer may take.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(15);

    /// <summary>Gives a command to the process that runs the folder's sweep.</summary>
    /// <param name="folder">the sweep's</param>
    /// <param name="command">one that users give</param>
    /// <param name="time">for the patience</param>
    /// <returns>its reply; null when no process listens there</returns>
    /// <exception cref="IOException">a process listens there, and gives no answer, or this user may not ask it</exception>
    public static Task<Reply?> SendAsync(string folder, SweepCommand command, TimeProvider time) =>
        SendAsync(folder, ControlMessages.Write(command), ControlMessages.ReadReply, time);

    /// <summary>Asks the cluster, through the node that listens in a folder.</summary>
    /// <param name="folder">the node's own</param>
    /// <param name="request">what is asked</param>
    /// <param name="time">for the patience</param>
    /// <returns>the answer; null when no node listens there</returns>
    /// <exception cref="IOException">a process listens there, and gives no answer, or this user may not ask it</exception>
    public static Task<ClusterAnswer?> AskAsync(string folder, ClusterRequest request, TimeProvider time) =>
        SendAsync(folder, ClusterMessages.Write(request), ClusterMessages.ReadAnswer, time);

    private static async Task<T?> SendAsync<T>(string folder, string said, Func<string, T?> read, TimeProvider time)
        where T : class
    {
        if (ControlSocket.Find(Path.GetFullPath(folder)) is not { } path) return null;
        using var patience = new CancellationTokenSource(Patience, time);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), patience.Token).ConfigureAwait(false);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new IOException($"{path}: the process there is another user's, who alone may command it", e);
        }
        catch (SocketException)
        {
            // A process that was killed leaves its socket.
            return null;
        }
        try
        {
            await LineSocket.WriteLineAsync(socket, said, patience.Token).ConfigureAwait(false);
            var line = await LineSocket.ReadLineAsync(socket, patience.Token).ConfigureAwait(false);
            return line is not null && read(line) is { } answer
                ? answer
                : throw new IOException($"{path}: the running process gave no answer");
        }
        catch (SocketException e)
        {
            throw new IOException($"{path}: the running process gave no answer: {e.Message}", e);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"{path}: the running process gave no answer within {Patience.TotalSeconds:F0} seconds", e);
        }
    }
}
