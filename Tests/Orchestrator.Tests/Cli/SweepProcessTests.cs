using System.Diagnostics;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself: a process, as its environment makes it.</summary>
public sealed class SweepProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("process").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
}
