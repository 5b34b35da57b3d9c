using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Endpoints;
using Sweeps.Orchestrator.Web.Local;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Commands of the same user, over the socket of a folder.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LocalClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("local").FullName;
    private readonly FakeSource _source;

    public LocalClientTests() => _source = new FakeSource(_folder);

    private string Socket => Path.Combine(_folder, ControlSocket.SocketName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_command_arrives_without_a_token_and_its_reply_comes_back()
    {
        await using (await StartAsync(_folder))
        {
            Assert.IsType<Reply.Accepted>(await LocalClient.SendAsync(_folder, new PauseSweep()));
            Assert.IsType<Reply.Accepted>(await LocalClient.SendAsync(_folder, new CancelPart("models/x")));
            Assert.IsType<Reply.Accepted>(await LocalClient.SendAsync(_folder, new RetryTrials([new TrialId("corpus")])));
            Assert.Equal("accepted", (await LocalClient.AskAsync(_folder, new ShareRequest(_source.Id, 2, null, 3)))!.Reply);
            Assert.Equal("accepted", (await LocalClient.AskAsync(_folder, new DrainRequest("a node")))!.Reply);
            Assert.Equal("accepted", (await LocalClient.AskAsync(_folder, new ControlRequest(_source.Id, "resume")))!.Reply);
            var refused = await LocalClient.AskAsync(_folder, new ControlRequest("none", "resume"));
            Assert.Equal(("refused", $"there is no sweep none: expected one of {_source.Id}"), (refused!.Reply, refused.Reason));
        }
        Assert.Equal(
        [
            new PauseSweep(), new CancelPart("models/x"), new ShareRequest(_source.Id, 2, null, 3), new DrainRequest("a node"),
            new ResumeSweep(),
        ],
        _source.Commands.Where(command => command is not RetryTrials));
        Assert.Equal(["corpus"], _source.Commands.OfType<RetryTrials>().Single().Trials.Select(trial => trial.Value));
        Assert.Null(await LocalClient.SendAsync(_folder, new PauseSweep()));
    }

    [Fact]
    public async Task A_sweep_that_the_command_line_has_read_is_submitted_over_the_socket_only()
    {
        var submit = new SubmitRequest("x-1", new SweepSpec { Name = "x", Corpus = new CorpusOptions { Idioms = new() } }, null);
        await using (await StartAsync(_folder)) Assert.Equal("accepted", (await LocalClient.AskAsync(_folder, submit))!.Reply);
        Assert.Equal("x", Assert.IsType<SubmitRequest>(Assert.Single(_source.Commands)).Spec.Name);
        await using var api = await ServedApi.StartAsync(_source);
        var body = System.Text.Json.JsonSerializer.Serialize(submit, JobJson.Options);
        Assert.Equal(HttpStatusCode.NotFound, (await api.SendAsync(api.Command(SubmitEndpoints.Local, body))).Status);
        Assert.Single(_source.Commands);
    }

    [Fact]
    public async Task Only_the_same_user_may_connect_and_nothing_stays_behind()
    {
        await using (await StartAsync(_folder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_socket_that_a_killed_process_left_says_nothing_and_is_replaced()
    {
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            left.Bind(new UnixDomainSocketEndPoint(Socket));
        if (!File.Exists(Socket)) await File.WriteAllTextAsync(Socket, "");
        Assert.Null(await LocalClient.SendAsync(_folder, new PauseSweep()));
        await using var service = await StartAsync(_folder);
        Assert.IsType<Reply.Accepted>(await LocalClient.SendAsync(_folder, new PauseSweep()));
    }

    [Fact]
    public async Task A_folder_with_a_long_path_has_its_socket_elsewhere()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, new string('f', 120))).FullName;
        await using (await StartAsync(folder))
        {
            Assert.False(File.Exists(Path.Combine(folder, ControlSocket.SocketName)));
            Assert.IsType<Reply.Accepted>(await LocalClient.SendAsync(folder, new PauseSweep()));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    // With no port: what commands need is there all the same.
    private async Task<WebService> StartAsync(string folder)
    {
        var options = new NodeOptions { Http = new HttpOptions { Address = HttpOptions.Off } };
        var service = WebService.Prepare(options, Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.log"), TimeProvider.System);
        await service.StartAsync(_source, folder);
        Assert.Null(service.Announce(folder));
        return service;
    }
}
