using System.Net.Sockets;
using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Actors.Control;

/// <summary>
/// Answers the commands of other processes of the same user to the sweep that this one runs, or to the cluster that it is a node of. What
/// goes wrong with one of them ends that one alone.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    /// <summary>Most that are answered at a time; more wait until one is done.</summary>
    internal const int MostConnections = 8;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _patienceWithSweep = TimeSpan.FromSeconds(8);

    private readonly string _folder;
    private readonly Socket _socket;
    private readonly Func<string, Task<string>> _answer;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _free = new(MostConnections);
    private readonly Task _accepting;

    private ControlServer(string folder, Func<string, Task<string>> answer, TimeProvider time)
    {
        (_folder, _socket, _answer, _time) = (folder, ControlSocket.Listen(folder).Socket, answer, time);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Begins to listen for commands to one sweep.</summary>
    /// <param name="folder">the sweep's, absolute; this process holds its journal</param>
    /// <param name="handle">gives a command to the sweep; never faulted</param>
    /// <param name="time">for the patience with those who connect and say nothing</param>
    /// <exception cref="IOException">no socket can be made</exception>
    /// <exception cref="UnauthorizedAccessException">a file cannot be written</exception>
    internal static ControlServer Start(string folder, Func<SweepCommand, Task<Reply>> handle, TimeProvider time)
        => new(folder, async line => ControlMessages.Write(await ReplyAsync(line, handle, time).ConfigureAwait(false)), time);

    /// <summary>Begins to listen for requests to the cluster that this process is a node of.</summary>
    /// <param name="folder">the node's own, absolute</param>
    /// <param name="ask">asks the coordinator; never faulted</param>
    /// <param name="time">for the patience with those who connect and say nothing</param>
    /// <exception cref="IOException">no socket can be made</exception>
    /// <exception cref="UnauthorizedAccessException">a file cannot be written</exception>
    public static ControlServer StartForCluster(string folder, Func<ClusterRequest, Task<ClusterAnswer>> ask, TimeProvider time)
        => new(folder, async line => ClusterMessages.Write(ClusterMessages.ReadRequest(line) is { } request
            ? await ask(request).ConfigureAwait(false)
            : ClusterAnswer.Of(new Reply.Refused("the node does not know this request: it is of another version"))), time);

    /// <summary>Accepts nobody any more, lets those be answered who have asked, and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _accepting.ConfigureAwait(false);
        // Each ends within its patience.
        for (var i = 0; i < MostConnections; i++) await _free.WaitAsync().ConfigureAwait(false);
        try
        {
            ControlSocket.Remove(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next process removes it.
        }
        _end.Dispose();
        _free.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(_end.Token).ConfigureAwait(false);
                try
                {
                    _ = AnswerAsync(await _socket.AcceptAsync(_end.Token).ConfigureAwait(false));
                }
                catch
                {
                    _free.Release();
                    throw;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end, or no descriptor is left: the sweep goes on without being commanded.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        try
        {
            using (socket)
            {
                using var patience = new CancellationTokenSource(_patience, _time);
                // One who has not asked by the end is not waited for.
                using var asking = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _end.Token);
                if (await LineSocket.ReadLineAsync(socket, asking.Token).ConfigureAwait(false) is not { } line) return;
                await LineSocket.WriteLineAsync(socket, await _answer(line).ConfigureAwait(false), patience.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Whoever asked is gone, or said nothing.
        }
        finally
        {
            _free.Release();
        }
    }

    private static async Task<Reply> ReplyAsync(string line, Func<SweepCommand, Task<Reply>> handle, TimeProvider time)
    {
        if (ControlMessages.ReadCommand(line) is not { } command)
            return new Reply.Refused("the running process does not know this command: it is of another version");
        try
        {
            return await handle(command).WaitAsync(_patienceWithSweep, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new Reply.Refused($"the sweep gave no answer within {_patienceWithSweep.TotalSeconds:F0} seconds");
        }
    }
}
