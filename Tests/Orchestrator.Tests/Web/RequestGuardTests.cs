using System.Net;
using System.Net.Http.Headers;
using System.Runtime.Versioning;
using System.Text;
using Sweeps.Orchestrator.Web;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Who may ask, who may command, and what a page of another site can do: nothing.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RequestGuardTests : IAsyncLifetime
{
    private const string Pause = "/api/v1/sweeps/guarded/pause";
    private const string Chosen = "0123456789abcdef-chosen";

    private readonly string _folder = Directory.CreateTempSubdirectory("guard").FullName;
    private FakeSource _source = null!;
    private ServedApi _api = null!;

    public async Task InitializeAsync()
    {
        _source = new FakeSource(Path.Combine(_folder, "guarded"));
        _api = await ServedApi.StartAsync(_source);
    }

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_command_with_the_token_is_given()
    {
        var (status, body) = await _api.SendAsync(_api.Command(Pause));
        Assert.Equal((HttpStatusCode.OK, """{"reply":"accepted"}"""), (status, body));
        Assert.IsType<PauseSweep>(Assert.Single(_source.Commands));
        Assert.Contains("\"kind\":\"command\"", _api.Log, StringComparison.Ordinal);
        Assert.Contains("\"answer\":\"accepted\"", _api.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(_api.Token, _api.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer ", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer 0123456789abcdef0123456789abcdef", HttpStatusCode.Unauthorized)]
    [InlineData("Basic TOKEN", HttpStatusCode.Unauthorized)]
    [InlineData("bearer TOKEN", HttpStatusCode.OK)]
    public async Task A_command_needs_the_token(string header, HttpStatusCode expected)
    {
        var request = _api.Command(Pause);
        request.Headers.Remove("Authorization");
        if (header.Length > 0)
        {
            var value = header.Replace("TOKEN", _api.Token, StringComparison.Ordinal);
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", value));
        }
        Assert.Equal(expected, (await _api.SendAsync(request)).Status);
        Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, _source.Commands.Count);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "https://SELF", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://SELF", HttpStatusCode.OK)]
    public async Task A_page_of_another_origin_commands_nothing_even_with_the_token(string header, string value, HttpStatusCode expected)
    {
        var request = _api.Command(Pause);
        request.Headers.Add(header, value.Replace("SELF", _api.Url.Authority, StringComparison.Ordinal));
        Assert.Equal(expected, (await _api.SendAsync(request)).Status);
        Assert.Equal(expected == HttpStatusCode.OK ? 1 : 0, _source.Commands.Count);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data")]
    public async Task A_form_is_no_command(string type)
    {
        var request = _api.Command(Pause);
        request.Content!.Headers.ContentType = new MediaTypeHeaderValue(type);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _api.SendAsync(request)).Status);
        Assert.Empty(_source.Commands);
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("127.0.0.1.evil.example:80", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:8080", HttpStatusCode.OK)]
    [InlineData("10.1.2.3", HttpStatusCode.OK)]
    [InlineData("[::1]:7474", HttpStatusCode.OK)]
    public async Task A_name_that_somebody_lets_point_here_is_not_answered(string host, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = host } };
        using var response = await _api.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Every_answer_keeps_a_browser_from_doing_more_with_it()
    {
        foreach (var path in (string[])["/health/live", "/api/v1", "/api/v1/sweeps/none", "/nothing"])
        {
            using var response = await _api.Client.GetAsync(new Uri(path, UriKind.Relative));
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            Assert.False(response.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task A_chosen_token_is_needed_to_read_too_and_is_written_nowhere()
    {
        await using var api = await ServedApi.StartAsync(_source, http => http with { Token = Chosen });
        Assert.False(File.Exists(Path.Combine(api.State, WebService.TokenName)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(new(HttpMethod.Get, "/api/v1/sweeps"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(new(HttpMethod.Get, "/openapi/v1.json"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.SendAsync(new(HttpMethod.Get, "/health/../api/v1"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.SendAsync(new(HttpMethod.Get, "/health/live"))).Status);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/nodes");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Chosen);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_body_that_is_too_long_or_no_such_body_is_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await _api.SendAsync(_api.Command(Pause, "{"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _api.SendAsync(_api.Command(Pause, """{"more": 1}"""))).Status);
        var of = _api.Command("/api/v1/sweeps/guarded/retry", """{"trials": [null]}""");
        Assert.Equal(HttpStatusCode.BadRequest, (await _api.SendAsync(of)).Status);
        var long_ = _api.Command("/api/v1/sweeps/guarded/cancel", $"{{\"part\": \"{new string('x', 2 << 20)}\"}}");
        long_.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _api.SendAsync(long_)).Status);
        Assert.Empty(_source.Commands);
    }

    [Fact]
    public void The_file_with_the_token_is_for_its_user_alone()
    {
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_api.State, WebService.TokenName)));
        Assert.Equal(64, _api.Token.Length);
    }

    [Fact]
    public async Task A_command_that_is_refused_says_why_as_a_problem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/sweeps")
        {
            Content = new StringContent("""{"hocon": "name = x"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _api.Token);
        using var response = await _api.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("expected a node of a cluster", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
