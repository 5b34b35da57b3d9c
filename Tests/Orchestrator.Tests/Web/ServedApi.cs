using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>The API of a source, served in this process on a port of its own.</summary>
internal sealed class ServedApi : IAsyncDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("api").FullName;

    private ServedApi(NodeOptions options) =>
        Service = WebService.Prepare(options, Path.Combine(_state, WebLog.FileName), TimeProvider.System);

    public WebService Service { get; }

    public Uri Url => Service.Url!;

    public HttpClient Client { get; private set; } = null!;

    public string Token { get; private set; } = "";

    /// <summary>The folder in which it says where it is.</summary>
    public string State => _state;

    public string Log => File.Exists(Path.Combine(_state, WebLog.FileName)) ? File.ReadAllText(Path.Combine(_state, WebLog.FileName)) : "";

    public static async Task<ServedApi> StartAsync(ISweepSource source, Func<HttpOptions, HttpOptions>? change = null)
    {
        var http = new HttpOptions { Address = "127.0.0.1:0" };
        var api = new ServedApi(new NodeOptions { Http = change?.Invoke(http) ?? http });
        await api.Service.StartAsync(source);
        Assert.Null(api.Service.Announce(api._state));
        var token = Path.Combine(api._state, WebService.TokenName);
        if (File.Exists(token)) api.Token = (await File.ReadAllTextAsync(token)).Trim();
        api.Client = new HttpClient { BaseAddress = api.Url };
        return api;
    }

    /// <summary>A command as it should be.</summary>
    public HttpRequestMessage Command(string path, string body = "{}")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return request;
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpRequestMessage request)
    {
        using var _ = request;
        using var response = await Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Service.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }
}
