using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>Hands on a sweep that another process runs.</summary>
public sealed class ControlTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("control").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_running_sweep_is_paused_resumed_and_cancelled_by_commands()
    {
        var (file, run) = (Path.Combine(_folder, "sweep.hocon"), Path.Combine(_folder, "run"));
        await File.WriteAllTextAsync(file, SweepProcess.Sweep);
        List<CommandLineRun> answers = [];
        var (exitCode, _) = await SweepProcess.RunAsync(file, run, async _ =>
        {
            foreach (var command in (string[])["resume", "pause", "pause", "resume"])
                answers.Add(await CommandLineRun.OfAsync(command, run));
            answers.Add(await CommandLineRun.OfAsync("cancel", run));
            answers.Add(await CommandLineRun.OfAsync("cancel", run, "--yes"));
        });
        Assert.Equal(
        [
            $"{run}: nothing to do: it is not paused\n", $"{run}: paused: what is at work goes on to its end\n",
            $"{run}: nothing to do: it is paused already, or has ended\n", $"{run}: it goes on\n", "", $"{run}: cancelled\n",
        ],
        answers.Select(answer => answer.Output));
        Assert.Equal([0, 0, 0, 0, ExitCode.Invalid, 0], answers.Select(answer => answer.ExitCode));
        Assert.Equal(ExitCode.Refused, exitCode);
        Assert.StartsWith("small: cancelled", (await CommandLineRun.OfAsync("show", run)).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", run)).ExitCode);
        Assert.Equal(ExitCode.Refused, (await SweepProcess.RunAsync(file, run)).ExitCode);
    }
}
