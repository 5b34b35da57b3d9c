using System.Diagnostics;
using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself, killed inside a round of a search and run again.</summary>
public sealed class SearchKillTests : IDisposable
{
    private const string Sweep = """
        name = small
        corpus { idioms { documents = 200, focus = [single_double_quote] } }
        tokenizer { vocab_size = 280 }
        model { n_layer = 1, d_model = 16, n_ctx = 32 }
        training { steps = 40, batch_size = 2, l0 = 0.5, eval_every = 40, eval_batches = 1, mean_cache_tokens = 128 }
        tasks = [single_double_quote]
        skip_unlearned = false
        pruning { steps = 80, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }
        search { rounds = 3, batch_size = 4 }
        """;

    private const int BatchSize = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("search-kill").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_search_killed_inside_a_round_makes_the_same_suggestions_and_the_same_report_as_one_that_was_not()
    {
        var file = Path.Combine(_folder, "sweep.hocon");
        await File.WriteAllTextAsync(file, Sweep);
        var (calm, killed) = (Path.Combine(_folder, "calm"), "");
        Assert.Equal(ExitCode.Ok, await RunAsync(file, calm));

        // On a busy machine the signal may come when the round has closed: then once more.
        SearchSnapshot cut;
        for (var attempt = 1; ; attempt++)
        {
            killed = Path.Combine(_folder, $"killed-{attempt}");
            Assert.Equal(128 + 9, await RunAsync(file, killed, killAfter: BatchSize + 1));
            cut = Search(killed);
            if (cut.State.Observations.Count % BatchSize != 0) break;
            Assert.True(attempt < 10, "no round of ten was met while it was open");
        }
        Assert.InRange(cut.RoundsClosed, 1, 2);
        Assert.Equal((cut.RoundsClosed + 1) * BatchSize, cut.State.Suggestions.Count);

        Assert.Equal(ExitCode.Ok, await RunAsync(file, killed));
        var (expected, actual) = (Search(calm).State, Search(killed).State);
        Assert.Equal("carbs", expected.Config.Algorithm);
        Assert.Contains(expected.Suggestions, s => s.Kind == SuggestionKind.Model);
        Assert.Equal(expected.Suggestions, actual.Suggestions);
        Assert.Equal(cut.State.Suggestions, actual.Suggestions.Take(cut.State.Suggestions.Count));
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(calm, "report.json")),
            await File.ReadAllBytesAsync(Path.Combine(killed, "report.json")));
    }

    private static SearchSnapshot Search(string folder) =>
        SweepFolder.Load(folder, new StoreOptions()).Models.Single().Tasks.Single().Search!;

    /// <summary>Runs the sweep, and sends SIGKILL once so many prunings are observed.</summary>
    private static Task<int> RunAsync(string file, string folder, int? killAfter = null)
    {
        // A thread of its own: one of the pool's might be had too late.
        return Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        int Run()
        {
            string[] arguments = [Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), "run", file, "--dir", folder, "--devices", "cpu",
                "--json"];
            using var process = Process.Start(
                new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, WorkingDirectory = AppContext.BaseDirectory })!;
            while (process.StandardOutput.ReadLine() is { } line)
            {
                using var message = JsonDocument.Parse(line);
                if (message.RootElement.TryGetProperty("observed", out var observed) && observed.GetInt32() == killAfter) process.Kill();
            }
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
