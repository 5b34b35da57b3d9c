using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself: a process with device processes, stopped by a signal and run again.</summary>
public sealed class SweepProcessTests : IDisposable
{
    private const string Sweep = """
        name = small
        corpus { idioms { documents = 200, focus = [single_double_quote] } }
        tokenizer { vocab_size = 280 }
        model { n_layer = 1, d_model = 16, n_ctx = 32 }
        training { steps = 80, batch_size = 2, l0 = 0.5, eval_every = 40, eval_batches = 1, checkpoint_every = 5, mean_cache_tokens = 128 }
        tasks = [single_double_quote]
        pruning { steps = 5, batch_pairs = 2, train_pairs = 8, validation_pairs = 4, test_pairs = 4 }
        search { rounds = 1, batch_size = 2 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("process").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_sweep_stopped_by_a_signal_goes_on_and_ends_with_the_report_of_one_that_was_not()
    {
        var file = Path.Combine(_folder, "sweep.hocon");
        await File.WriteAllTextAsync(file, Sweep);
        var (whole, stopped) = (Path.Combine(_folder, "whole"), Path.Combine(_folder, "stopped"));
        Assert.Equal(ExitCode.Ok, (await RunAsync(file, whole)).ExitCode);
        await ChangesNodesOfAsync(whole);

        var (exitCode, last) = await RunAsync(file, stopped, terminateAt: "trialProgressed");
        Assert.Equal((ExitCode.Terminated, "stopped"), (exitCode, last.GetProperty("end").GetString()));
        Assert.False(File.Exists(Path.Combine(stopped, "report.json")));

        Assert.Equal(ExitCode.Ok, (await RunAsync(file, stopped)).ExitCode);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(whole, "report.json")), await File.ReadAllBytesAsync(Path.Combine(stopped, "report.json")));
    }

    private static async Task ChangesNodesOfAsync(string folder)
    {
        string[] model = ["intervene", folder, "d16n1-l0.5-r0", "single_double_quote"];
        // What is read after the last embedding is all that can tell the prompts of a pair apart: with no difference there, chance is left.
        string[] same = [.. Enumerable.Range(0, 16).SelectMany(channel => new[] { "--set", $"0.attn.act_in:{channel}=0" })];
        var run = await CommandLineRun.OfAsync([.. model, .. same, "--json"]);
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        var found = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(found.GetProperty("changedModel").GetProperty("aOnA").GetDouble(), found.GetProperty("changedModel").GetProperty("aOnB").GetDouble(), 5);
        Assert.Contains("the model has no node 0.attn.v:16", (await CommandLineRun.OfAsync([.. model, "--swap", "0.attn.v:16"])).Error, StringComparison.Ordinal);
        Assert.Contains("did you mean d16n1-l0.5-r0", (await CommandLineRun.OfAsync(["intervene", folder, "d16n1-l0.5-r1", "single_double_quote", "--swap", "0.attn.v:1"])).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("doctor", "--dir", "runs")]
    [InlineData("device", "--root", ".", "--device", "cpu", "--threads", "1")]
    public async Task A_wrong_instruction_set_in_the_environment_is_an_error_with_its_name(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["SWEEPS_CPU_CAPABILITY"] = "sse9";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var text = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        Assert.Equal(ExitCode.Environment, process.ExitCode);
        Assert.Contains("SWEEPS_CPU_CAPABILITY is 'sse9': expected default, avx2 or avx512", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    /// <summary>Runs the sweep, and sends SIGTERM at the first event of a kind that is about a model.</summary>
    private static async Task<(int ExitCode, JsonElement Last)> RunAsync(string file, string folder, string? terminateAt = null)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = AppContext.BaseDirectory };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), "run", file, "--dir", folder, "--devices", "cpu", "--json" }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var last = default(JsonElement);
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            last = JsonDocument.Parse(line).RootElement;
            if (terminateAt is null || last.GetProperty("event").GetString() != terminateAt || !line.Contains("models/", StringComparison.Ordinal)) continue;
            terminateAt = null;
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        }
        await process.WaitForExitAsync();
        return (process.ExitCode, last);
    }
}
