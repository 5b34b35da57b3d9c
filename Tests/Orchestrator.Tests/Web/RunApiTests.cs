using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Orchestrator.Web;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>The API of the real program while it runs a sweep.</summary>
public sealed class RunApiTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("run-api").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_run_is_watched_and_commanded_and_its_devices_load_nothing_of_the_api()
    {
        var (file, run) = (Path.Combine(_folder, "sweep.hocon"), Path.Combine(_folder, "run"));
        await File.WriteAllTextAsync(file, SweepProcess.Sweep);
        var loaded = "";
        List<string> replies = [];
        var events = Task.FromResult("");
        var (exitCode, _) = await SweepProcess.OfAsync(["run", file, "--dir", run, "--http", "127.0.0.1:0"], async process =>
        {
            using var address = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run, WebService.AddressName)));
            Assert.Equal(process.Id, address.RootElement.GetProperty("process").GetInt32());
            var url = new Uri(address.RootElement.GetProperty("url").GetString()!);
            var token = (await File.ReadAllTextAsync(Path.Combine(run, WebService.TokenName))).Trim();
            events = EventsAsync(url);
            using var client = new HttpClient { BaseAddress = url };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var sweep = JsonDocument.Parse(await client.GetStringAsync("/api/v1/sweeps/run"));
            Assert.True(sweep.RootElement.GetProperty("sweep").GetProperty("isRunning").GetBoolean());
            using var devices = JsonDocument.Parse(await client.GetStringAsync("/api/v1/devices"));
            Assert.Equal("ready", devices.RootElement.GetProperty("items")[0].GetProperty("status").GetString());
            foreach (var command in (string[])["pause", "pause", "resume"])
            {
                using var body = new StringContent("{}", Encoding.UTF8, "application/json");
                using var response = await client.PostAsync(new Uri($"/api/v1/sweeps/run/{command}", UriKind.Relative), body);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                replies.Add(await response.Content.ReadAsStringAsync());
                if (command != "pause") continue;
                using var paused = JsonDocument.Parse(await client.GetStringAsync("/api/v1/sweeps/run"));
                Assert.Equal("paused", paused.RootElement.GetProperty("sweep").GetProperty("status").GetString());
            }
            loaded = string.Concat(
                from child in await File.ReadAllTextAsync($"/proc/{process.Id}/task/{process.Id}/children") is { Length: > 0 } list
                    ? list.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    : Directory.GetDirectories("/proc").Where(at => Parent(at) == process.Id).Select(at => Path.GetFileName(at)!)
                select File.ReadAllText($"/proc/{child}/maps"));
        });
        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.Equal(["""{"reply":"accepted"}""", """{"reply":"alreadyDone"}""", """{"reply":"accepted"}"""], replies);
        Assert.Contains("libtorch", loaded, StringComparison.Ordinal);
        // The shared framework has other libraries too, which the program has always used.
        Assert.DoesNotMatch(@"/Microsoft\.AspNetCore\.[A-Za-z.]+\.dll", loaded);
        Assert.Matches(@"/Microsoft\.Extensions\.[A-Za-z.]+\.dll", loaded);
        Assert.Contains("event: trialChanged\ndata: {\"sweep\":\"run\"", await events, StringComparison.Ordinal);
        Assert.Contains("event: searchProgressed", await events, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, WebService.TokenName)));
        Assert.False(File.Exists(Path.Combine(run, WebService.AddressName)));
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", run)).ExitCode);
    }

    [Fact]
    public async Task A_port_that_cannot_be_had_is_said_before_anything_begins()
    {
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (file, run) = (Path.Combine(_folder, "sweep.hocon"), Path.Combine(_folder, "run"));
        await File.WriteAllTextAsync(file, SweepProcess.Sweep);
        var ended = await SweepProcess.OfAsync("run", file, "--dir", run, "--http", taken.LocalEndpoint.ToString()!);
        Assert.Equal(ExitCode.Environment, ended.ExitCode);
        Assert.Contains("another process listens there", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "journal.db")));
        Assert.Equal(
            (ExitCode.Invalid, "sweeps: http.address is 'x': expected ADDRESS:PORT such as 127.0.0.1:7474, or off\n"),
            await CommandLineRun.OfAsync("run", file, "--dir", run, "--http", "x") is var wrong ? (wrong.ExitCode, wrong.Error) : default);
    }

    // All until the run ends.
    private static async Task<string> EventsAsync(Uri url)
    {
        using var client = new HttpClient { BaseAddress = url };
        await using var stream = await client.GetStreamAsync(new Uri("/api/v1/events", UriKind.Relative));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static int Parent(string at)
    {
        try
        {
            return int.TryParse(Path.GetFileName(at), out _)
                ? int.Parse(File.ReadAllText($"{at}/stat").Split(')')[^1].Split(' ')[2], null)
                : -1;
        }
        catch (IOException)
        {
            return -1; // gone
        }
    }
}
