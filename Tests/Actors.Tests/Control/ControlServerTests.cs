using System.Net.Sockets;
using System.Runtime.Versioning;
using Sweeps.Actors.Control;

namespace Sweeps.Actors.Tests.Control;

/// <summary>Commands over the socket of a folder.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ControlServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("control").FullName;
    private readonly List<SweepCommand> _commands = [];

    private string Socket => Path.Combine(_folder, ControlSocket.SocketName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_command_arrives_and_its_reply_comes_back()
    {
        await using var server = Start(_folder, command => command is CancelSweep ? new Reply.Refused("it is over") : new Reply.Accepted());
        Assert.IsType<Reply.Accepted>(await ControlClient.SendAsync(_folder, new PauseSweep(), TimeProvider.System));
        Assert.IsType<Reply.Accepted>(await ControlClient.SendAsync(_folder, new ResumeSweep(), TimeProvider.System));
        Assert.Equal(new Reply.Refused("it is over"), await ControlClient.SendAsync(_folder, new CancelSweep(), TimeProvider.System));
        Assert.Equal([new PauseSweep(), new ResumeSweep(), new CancelSweep()], _commands);
    }

    [Fact]
    public async Task Only_the_same_user_may_connect_and_nothing_stays_behind()
    {
        await using (Start(_folder, _ => new Reply.Accepted()))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        Assert.Null(await ControlClient.SendAsync(_folder, new PauseSweep(), TimeProvider.System));
    }

    [Fact]
    public async Task A_socket_that_a_killed_process_left_says_nothing_and_is_replaced()
    {
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            left.Bind(new UnixDomainSocketEndPoint(Socket));
        if (!File.Exists(Socket)) await File.WriteAllTextAsync(Socket, "");
        Assert.Null(await ControlClient.SendAsync(_folder, new PauseSweep(), TimeProvider.System));
        await using var server = Start(_folder, _ => new Reply.AlreadyDone());
        Assert.IsType<Reply.AlreadyDone>(await ControlClient.SendAsync(_folder, new PauseSweep(), TimeProvider.System));
    }

    [Fact]
    public async Task A_folder_with_a_long_path_has_its_socket_elsewhere()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, new string('f', 120))).FullName;
        await using (Start(folder, _ => new Reply.Accepted()))
        {
            Assert.False(File.Exists(Path.Combine(folder, ControlSocket.SocketName)));
            Assert.IsType<Reply.Accepted>(await ControlClient.SendAsync(folder, new PauseSweep(), TimeProvider.System));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("nonsense\n")]
    [InlineData("{\"command\": \"explode\"}\n")]
    [InlineData("{\"command\": null}\n")]
    [InlineData("[]\n")]
    [InlineData("null\n")]
    public async Task What_is_no_command_is_refused_and_reaches_nobody(string line)
    {
        await using var server = Start(_folder, _ => new Reply.Accepted());
        Assert.Contains("refused", await AskAsync(line), StringComparison.Ordinal);
        Assert.Empty(_commands);
    }

    [Fact]
    public async Task Who_says_nothing_or_too_much_keeps_nobody_else_from_being_answered()
    {
        await using var server = Start(_folder, _ => new Reply.Accepted());
        var silent = new List<Socket>();
        for (var i = 0; i < ControlServer.MostConnections - 1; i++) silent.Add(await ConnectAsync());
        Assert.Null(await AskAsync(new string('x', LineSocket.MostBytes + 10_000)));
        Assert.IsType<Reply.Accepted>(await ControlClient.SendAsync(_folder, new PauseSweep(), TimeProvider.System));
        foreach (var socket in silent) socket.Dispose();
    }

    private ControlServer Start(string folder, Func<SweepCommand, Reply> handle) => ControlServer.Start(folder, command =>
    {
        _commands.Add(command);
        return Task.FromResult(handle(command));
    }, TimeProvider.System);

    private async Task<string?> AskAsync(string text)
    {
        using var socket = await ConnectAsync();
        try
        {
            await LineSocket.WriteLineAsync(socket, text.TrimEnd('\n'), CancellationToken.None);
            return await LineSocket.ReadLineAsync(socket, CancellationToken.None);
        }
        catch (SocketException)
        {
            // The other side has closed before it has read everything.
            return null;
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        return socket;
    }
}
