using System.Diagnostics;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself: a process, as its environment makes it.</summary>
public sealed class SweepProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("process").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("| head -1", "http://127.0.0.1:")]
    [InlineData("> /dev/full", "")]
    [InlineData("--json | head -1", "event")]
    [InlineData("--json > /dev/full", "")]
    public async Task A_sweep_goes_on_to_its_end_when_nobody_can_read_what_it_says(string output, string first)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "s.hocon"), """
            name = small
            corpus { idioms { documents = 200 } }
            tokenizer { vocab_size = 280 }
            model { n_layer = 1, d_model = 16, n_ctx = 32 }
            training { steps = 5, batch_size = 2, eval_every = 5, eval_batches = 1, mean_cache_tokens = 128 }
            """);
        var program = Path.Combine(AppContext.BaseDirectory, "sweeps.dll");
        var start = new ProcessStartInfo(
            "bash", ["-c", $"dotnet '{program}' run s.hocon --dir run --devices cpu {output}; exit ${{PIPESTATUS[0]}}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        Assert.Contains(first, await process.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        await process.WaitForExitAsync();
        Assert.Equal(ExitCode.Ok, process.ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder, "run", "report.json")));
        if (first.Length == 0) Assert.Contains("what it wrote is not whole", await error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_whose_answer_cannot_be_written_does_not_say_that_it_was()
    {
        using var process = Process.Start(
            new ProcessStartInfo("bash", ["-c", $"dotnet '{Path.Combine(AppContext.BaseDirectory, "sweeps.dll")}' tasks > /dev/full"])
            {
                RedirectStandardError = true,
            })!;
        Assert.Contains("what it wrote is not whole", await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        await process.WaitForExitAsync();
        Assert.Equal(ExitCode.Environment, process.ExitCode);
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
        Assert.Contains(
            "SWEEPS_CPU_CAPABILITY is 'sse9': expected default, avx2 or avx512", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }
}
