using System.Net;
using Sweeps.Orchestrator.Tests.Launching;
using Sweeps.Orchestrator.Web.Files;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>The page: its files as the program serves them, its units, and all of it in Debian's Chromium.</summary>
public sealed class PageTests
{
    private static readonly string _page = RepositoryFile.Path("Orchestrator/Web/page");

    [Fact]
    public async Task The_page_is_shown_to_whoever_has_no_token_and_runs_no_script_but_its_own_files()
    {
        var folder = Directory.CreateTempSubdirectory("page").FullName;
        await using var api = await ServedApi.StartAsync(
            new FakeSource(Path.Combine(folder, "shown")), http => http with { Token = "0123456789abcdef-chosen" });
        using var answer = await api.Client.GetAsync(new Uri("/", UriKind.Relative));
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("script-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-cache", answer.Headers.GetValues("Cache-Control").Single());
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        foreach (var file in PageFile.All.Where(file => file.Path != "/"))
        {
            Assert.Contains(file.Path, html, StringComparison.Ordinal);
            using var served = await api.Client.GetAsync(new Uri(file.Path, UriKind.Relative));
            Assert.Equal(file.Content, await served.Content.ReadAsByteArrayAsync());
        }
        Assert.Equal(["/", "/page/app.css", "/page/app.js"], PageFile.All.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.Client.GetAsync(new Uri("/api/v1/sweeps", UriKind.Relative))).StatusCode);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Its_units_do_what_they_should()
    {
        var (exitCode, said) = await SystemProgram.RunAsync("npm", "--prefix", _page, "run", "--silent", "test");
        Assert.True(exitCode == 0, said);
    }

    [Fact]
    public async Task A_sweep_is_watched_and_its_circuits_are_read_in_the_browser()
    {
        var (exitCode, said) = await SystemProgram.RunAsync(
            "node", Path.Combine(_page, "e2e", "main.mjs"), "--sweeps", $"dotnet {Path.Combine(AppContext.BaseDirectory, "sweeps.dll")}");
        Assert.True(exitCode == 0, said);
    }

    [Fact]
    public async Task A_sweep_of_a_cluster_is_shared_and_a_node_is_let_leave_in_the_browser()
    {
        var (exitCode, said) = await SystemProgram.RunAsync(
            "bash", RepositoryFile.Path("ops/with-postgres.sh"), "node", Path.Combine(_page, "e2e", "cluster.mjs"), "--sweeps",
            $"dotnet {Path.Combine(AppContext.BaseDirectory, "sweeps.dll")}");
        Assert.True(exitCode == 0, said);
    }
}
