using System.Net;
using System.Text.Json;
using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Several sweeps behind one API, not all of which can be read.</summary>
[Collection(FinishedRun.Tests)]
public sealed class SweepListTests(FinishedRun run)
{
    [Fact]
    public async Task A_sweep_whose_journal_is_damaged_is_listed_with_the_reason_beside_those_that_can_be_read()
    {
        var damaged = run.NewFolder();
        Directory.CreateDirectory(damaged);
        await File.WriteAllTextAsync(Path.Combine(damaged, "journal.db"), new string('x', 8192));
        await using var api = await ServedApi.StartAsync(new FolderSource([run.Folder, damaged]));
        var list = JsonDocument.Parse(await api.Client.GetStringAsync("/api/v1/sweeps")).RootElement;
        Assert.Equal(2, list.GetProperty("total").GetInt32());
        var readable = Assert.Single(list.GetProperty("items").EnumerateArray());
        Assert.Equal(
            (Path.GetFileName(run.Folder), "completed"),
            (readable.GetProperty("id").GetString(), readable.GetProperty("status").GetString()));
        var unreadable = Assert.Single(list.GetProperty("unreadable").EnumerateArray());
        Assert.Equal(Path.GetFileName(damaged), unreadable.GetProperty("id").GetString());
        var reason = unreadable.GetProperty("reason").GetString()!;
        Assert.Contains("journal.db", reason, StringComparison.Ordinal);
        // Asked for by itself, it says the same.
        using var one = await api.Client.GetAsync(new Uri($"/api/v1/sweeps/{Path.GetFileName(damaged)}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, one.StatusCode);
        Assert.Equal(
            reason, JsonDocument.Parse(await one.Content.ReadAsStringAsync()).RootElement.GetProperty("detail").GetString());
    }
}
