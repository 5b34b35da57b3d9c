using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself stops trainings early: with one device, with three, killed, and with models of another run.</summary>
public sealed class EarlyStoppingProcessTests : IDisposable
{
    // A learning rate of which a model hardly learns in 400 steps, beside two that do.
    private const string Sweep = SweepProcess.Sweep + """

        tasks = [], training { steps = 200, eval_every = 50 }
        grid.peak_lr = [0.02, 1e-5, 0.01]
        """;

    private const string Stopping = Sweep + "\nearly_stopping { trainings = asha, reduction = 2 }";

    private readonly string _folder = Directory.CreateTempSubdirectory("early-stopping").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_training_that_falls_behind_is_stopped_alike_on_one_device_and_three_after_a_kill_and_with_models_of_another_run()
    {
        var (file, whole) = (Path.Combine(_folder, "stopping.hocon"), Path.Combine(_folder, "whole.hocon"));
        await File.WriteAllTextAsync(file, Stopping);
        await File.WriteAllTextAsync(whole, Sweep);
        string one = Path.Combine(_folder, "one"), three = Path.Combine(_folder, "three"), killed = Path.Combine(_folder, "killed"),
            run = Path.Combine(_folder, "run"), reusing = Path.Combine(_folder, "reusing");

        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, one)).ExitCode);
        var read = SweepFolder.Load(one, new StoreOptions());
        Assert.Equal([null, 50, 50], read.Models.Select(model => model.Stopped?.Step));
        Assert.Equal([true, false, false], read.Models.Select(model => model.Selected));
        var trials = (await CommandLineRun.OfAsync("trials", one)).Output;
        Assert.Contains("stopped early at step 50", trials, StringComparison.Ordinal);
        Assert.Equal("", (await CommandLineRun.OfAsync("trials", one, "--failed", "--json")).Output.Trim());
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", one)).ExitCode);
        Assert.Contains(
            "2 stopped early, 0 failures", await File.ReadAllTextAsync(Path.Combine(one, "report.md")), StringComparison.Ordinal);
        // Of the training that was the last to stop a checkpoint may still have been written: the next run of the sweep deletes it.
        var report = await ReportAsync(one);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, one)).ExitCode);
        Assert.Empty(Directory.GetDirectories(one, "checkpoints", SearchOption.AllDirectories));
        Assert.Equal(report, await ReportAsync(one));

        var many = await SweepProcess.OfAsync("run", file, "--dir", three, "--devices", "cpu=3");
        Assert.True(many.ExitCode == ExitCode.Ok, many.Error);
        Assert.Equal(await ReportAsync(one), await ReportAsync(three));

        Assert.Equal(
            128 + 9, (await SweepProcess.RunAsync(file, killed, SweepProcess.Signal("KILL"), read.Models[1].Plan.Trial.Value)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, killed)).ExitCode);
        Assert.Equal(await ReportAsync(one), await ReportAsync(killed));

        // Whole models of another run are stopped where they would have been.
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(whole, run)).ExitCode);
        await File.WriteAllTextAsync(file, Stopping + "\nreuse = [run]");
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, reusing)).ExitCode);
        Assert.Equal(await ReportAsync(one), await ReportAsync(reusing));
        Assert.Contains("reused from", (await CommandLineRun.OfAsync("trials", reusing)).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", reusing)).ExitCode);

        await File.WriteAllTextAsync(file, Stopping + "\nearly_stopping.reduction = 3");
        var other = await CommandLineRun.OfAsync("extend", one, file);
        Assert.Equal(ExitCode.Refused, other.ExitCode);
        Assert.Contains("trainings were stopped, or were not, by the old value", other.Error, StringComparison.Ordinal);
        var retried = await CommandLineRun.OfAsync("retry", one, read.Models[1].Plan.Trial.Value);
        Assert.NotEqual(ExitCode.Ok, retried.ExitCode);
        Assert.Contains("it has not failed", retried.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await ReportAsync(one));
        Assert.Equal(50, json.RootElement.GetProperty("models")[1].GetProperty("stopped").GetProperty("step").GetInt32());
    }

    private static Task<byte[]> ReportAsync(string folder) => File.ReadAllBytesAsync(Path.Combine(folder, "report.json"));
}
