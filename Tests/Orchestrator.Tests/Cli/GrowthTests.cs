using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program goes on with a sweep whose file has grown.</summary>
public sealed class GrowthTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("growth").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_finished_sweep_takes_models_and_rounds_and_ends_with_the_report_of_a_sweep_that_had_them_from_the_beginning()
    {
        var (small, large, run, fresh) = (PathOf("small"), PathOf("large"), Path.Combine(_folder, "run"), Path.Combine(_folder, "fresh"));
        await File.WriteAllTextAsync(small, SweepProcess.Sweep);
        await File.WriteAllTextAsync(
            large, SweepProcess.Sweep + "\ngrid.l0 = [0.5, 0.25], search.rounds = 2, training.checkpoint_every = 50");
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(small, run)).ExitCode);
        var trained = File.GetLastWriteTimeUtc(FinishedRun.Find(run, "model.safetensors"));
        var asked = await CommandLineRun.OfAsync("run", large, "--dir", run);
        Assert.Equal(ExitCode.Refused, asked.ExitCode);
        Assert.Contains("adds to it (there → in the file):\n  training.checkpoint_every: ", asked.Error, StringComparison.Ordinal);
        Assert.Contains("\n  grid.l0: [] → [0.5, 0.25]\n  search.rounds: 1 → 2\n", asked.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.OfAsync(["extend", run, large])).ExitCode);
        Assert.Contains(
            trained, Directory.GetFiles(run, "model.safetensors", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc));
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", run)).ExitCode);

        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(large, fresh)).ExitCode);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(fresh, "report.json")),
            await File.ReadAllBytesAsync(Path.Combine(run, "report.json")));

        var shrunk = await CommandLineRun.OfAsync("run", small, "--dir", run);
        Assert.Equal(ExitCode.Refused, shrunk.ExitCode);
        Assert.Contains(
            "\n  grid.l0: [0.5, 0.25] → []; models of the old values are there: values may be added, not taken away\n  search.rounds: 2 "
                + "→ 1; ",
            shrunk.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_takes_models_and_searches_from_another_run_and_finds_what_it_would_have_found_itself()
    {
        var (first, second, run, reusing, alone) = (PathOf("first"), PathOf("second"), Path.Combine(_folder, "run"), Path.Combine(
            _folder, "reusing"), Path.Combine(_folder, "alone"));
        const string Larger = SweepProcess.Sweep + "\ngrid.l0 = [0.5, 0.25], name = larger";
        await File.WriteAllTextAsync(first, SweepProcess.Sweep);
        await File.WriteAllTextAsync(second, Larger + "\nreuse = [run]");
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(first, run)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(second, reusing)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", reusing)).ExitCode);
        var trials = (await CommandLineRun.OfAsync("trials", reusing, "--json")).Output.Trim().Split('\n').Select(
            line => JsonDocument.Parse(line).RootElement).ToList();
        var reused = trials.Where(trial => trial.GetProperty("device").GetString() == $"reused from {run}").Select(
            trial => trial.GetProperty("id").GetString()!).ToList();
        Assert.Equal(
            trials.Select(trial => trial.GetProperty("id").GetString()!).Where(id => !id.Contains("l0.25", StringComparison.Ordinal)),
            reused);
        Assert.Contains("corpus", reused);

        await File.WriteAllTextAsync(second, Larger);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(second, alone)).ExitCode);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(alone, "report.json")),
            await File.ReadAllBytesAsync(Path.Combine(reusing, "report.json")));

        await File.WriteAllTextAsync(second, Larger + "\nreuse = [nowhere]");
        Assert.Matches(
            @"second\.hocon:\d+: reuse: .*/nowhere holds no sweep",
            (await CommandLineRun.OfAsync("run", second, "--dir", PathOf("new"))).Error);
    }

    private string PathOf(string name) => Path.Combine(_folder, $"{name}.hocon");
}
