using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>Runs a small sweep by the program itself, with real device processes.</summary>
internal static class SweepProcess
{
    public const string Sweep = """
        name = small
        corpus { idioms { documents = 200, focus = [single_double_quote] } }
        tokenizer { vocab_size = 280 }
        model { n_layer = 1, d_model = 16, n_ctx = 32 }
        training { steps = 400, batch_size = 2, l0 = 0.5, eval_every = 100, eval_batches = 1, checkpoint_every = 5, mean_cache_tokens = 128 }
        tasks = [single_double_quote]
        skip_unlearned = false
        pruning { steps = 5, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }
        search { rounds = 1, batch_size = 2 }
        """;

    /// <summary>Runs it, and does something once: at the first progress of a trial whose name begins like this.</summary>
    public static Task<(int ExitCode, JsonElement Last)> RunAsync(
        string file, string folder, Func<Process, Task>? act = null, string trial = "models/") =>
            OfAsync(["run", file, "--dir", folder], act, trial);

    /// <summary>
    /// Runs a sweep in peace, and again with a kill at the first progress of a trial whose name begins like this: both report the same, and
    /// nothing of the second is damaged.
    /// </summary>
    /// <param name="root">a folder, in which the first run is in calm/</param>
    /// <param name="sweep">the text of its file</param>
    /// <param name="trial">where it is killed</param>
    /// <returns>report.json, and the folder of the run in peace</returns>
    public static async Task<(string Report, string Calm)> ReportOfKilledAsync(string root, string sweep, string trial)
    {
        var file = Path.Combine(root, "sweep.hocon");
        await File.WriteAllTextAsync(file, sweep);
        var (calm, killed) = (Path.Combine(root, "calm"), Path.Combine(root, "killed"));
        Assert.Equal(ExitCode.Ok, (await RunAsync(file, calm)).ExitCode);
        Assert.Equal(128 + 9, (await RunAsync(file, killed, Signal("KILL"), trial)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await RunAsync(file, killed)).ExitCode);
        foreach (var folder in new[] { calm, killed }) Assert.Equal(ExitCode.Ok, (await OfAsync("report", folder)).ExitCode);
        var report = await File.ReadAllTextAsync(Path.Combine(calm, "report.json"));
        Assert.Equal(report, await File.ReadAllTextAsync(Path.Combine(killed, "report.json")));
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", killed)).ExitCode);
        return (report, calm);
    }

    /// <summary>Runs a command that runs a sweep, as <see cref="RunAsync"/> does.</summary>
    public static async Task<(int ExitCode, JsonElement Last)> OfAsync(
        IReadOnlyList<string> command, Func<Process, Task>? act = null, string trial = "models/")
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = AppContext.BaseDirectory };
        foreach (var argument in (IEnumerable<string>)[Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), .. command, "--devices", "cpu",
            "--json"])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var last = default(JsonElement);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            last = JsonDocument.Parse(line).RootElement;
            if (act is null || last.GetProperty("event").GetString() != "trialProgressed"
                || !last.GetProperty("trial").GetString()!.StartsWith(trial, StringComparison.Ordinal)) continue;
            await act(process);
            act = null;
        }
        await process.WaitForExitAsync();
        return (process.ExitCode, last);
    }

    /// <summary>Runs any command by the program itself, which may start devices.</summary>
    public static async Task<CommandLineRun> OfAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CommandLineRun(process.ExitCode, await output, await error);
    }

    /// <summary>Sends a signal.</summary>
    public static Func<Process, Task> Signal(string name) => async process =>
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    };
}
