using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>Damage of every kind of file in a run's folder is found, named, and comes with what to do.</summary>
[Collection(FinishedRun.Tests)]
public sealed class VerifyTests(FinishedRun run)
{
    [Fact]
    public async Task A_finished_run_is_sound_and_is_not_changed_by_being_looked_at()
    {
        var before = Contents(run.Folder);
        var verified = await CommandLineRun.OfAsync("verify", run.Folder);
        Assert.Equal(ExitCode.Ok, verified.ExitCode);
        Assert.Contains("completed;", verified.Output, StringComparison.Ordinal);
        Assert.EndsWith("Sound: everything is as the journal says.\n", verified.Output, StringComparison.Ordinal);
        Assert.Equal(before, Contents(run.Folder));
    }

    [Fact]
    public void A_run_is_verified_while_it_runs_and_the_check_says_so()
    {
        Assert.Equal(ExitCode.Ok, run.VerifiedWhileRunning.ExitCode);
        Assert.Contains("unfinished, running now;", run.VerifiedWhileRunning.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors", "its SHA-256 is", "restore it from a back-up")]
    [InlineData("mean_cache.safetensors", "its SHA-256 is", "restore it from a back-up")]
    [InlineData("masks.safetensors", "its SHA-256 is", "restore it from a back-up")]
    [InlineData("circuit.json", "its SHA-256 is", "restore it from a back-up")]
    [InlineData("encoder.json", "its SHA-256 is", "restore it from a back-up")]
    [InlineData("sweep.json", "another sweep|cannot be read", "it is a copy for people")]
    [InlineData("report.json", "not what the journal gives", "sweeps report")]
    [InlineData("journal.db", "journal.db", "restore the folder")]
    public async Task A_changed_byte_is_found(string name, string problem, string fix)
    {
        var folder = await run.CopyAsync(run.Folder);
        var file = FinishedRun.Find(folder, name);
        var bytes = await File.ReadAllBytesAsync(file);
        // A digit in the files for people, so that they can still be read.
        var at = name == "sweep.json" ? Encoding.UTF8.GetString(bytes).IndexOf("280", StringComparison.Ordinal) : bytes.Length / 2;
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await AssertFoundAsync(folder, file, problem, fix);
    }

    [Theory]
    [InlineData("model.safetensors", "it is missing", "restore it")]
    [InlineData("circuit.json", "it is missing", "restore it")]
    public async Task A_missing_file_is_found(string name, string problem, string fix)
    {
        var folder = await run.CopyAsync(run.Folder);
        var file = FinishedRun.Find(folder, name);
        File.Delete(file);
        await AssertFoundAsync(folder, file, problem, fix);
    }

    [Fact]
    public async Task A_file_of_another_length_is_found()
    {
        var folder = await run.CopyAsync(run.Folder);
        var file = FinishedRun.Find(folder, "train.bin");
        await File.AppendAllTextAsync(file, "xx");
        await AssertFoundAsync(folder, file, "bytes: expected", "restore it");
    }

    [Fact]
    public async Task A_copy_of_a_finished_run_is_the_same_run()
    {
        var copy = await run.CopyAsync(run.Folder);
        foreach (var report in Directory.GetFiles(copy, "report.*")) File.Delete(report);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", copy)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(run.File, copy)).ExitCode);
        AssertSameReport(copy);
    }

    [Fact]
    public async Task A_back_up_of_a_running_sweep_goes_on_to_the_same_report_also_after_a_kill_and_a_copy()
    {
        Assert.Equal(ExitCode.Ok, run.BackedUp.ExitCode);
        var killed = await run.CopyAsync(run.Backup);
        Assert.Equal(128 + 9, (await SweepProcess.RunAsync(run.File, killed, SweepProcess.Signal("KILL"), trial: "")).ExitCode);
        // Its write-ahead log holds what was stored last.
        Assert.True(new FileInfo(Path.Combine(killed, SweepFolder.JournalName + "-wal")).Length > 0);

        // A device outlives its orchestrator for a moment, and deletes nothing that the journal knows.
        var copy = await run.CopyAsync(killed);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", copy)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(run.File, copy)).ExitCode);
        AssertSameReport(copy);
    }

    [Fact]
    public async Task A_sweep_stopped_by_a_signal_goes_on_to_the_same_report_also_without_its_checkpoint()
    {
        var stopped = run.NewFolder();
        var (exitCode, last) = await SweepProcess.RunAsync(run.File, stopped, SweepProcess.Signal("TERM"));
        Assert.Equal((ExitCode.Terminated, "stopped"), (exitCode, last.GetProperty("end").GetString()));
        Assert.False(File.Exists(Path.Combine(stopped, "report.json")));
        var copy = await run.CopyAsync(stopped);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", copy)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(run.File, copy)).ExitCode);
        AssertSameReport(copy);

        // Its training begins anew.
        Directory.Delete(Path.GetDirectoryName(FinishedRun.Find(stopped, "step-*.safetensors"))!, recursive: true);
        var found = Assert.Single(await FindingsAsync(stopped));
        Assert.Contains("begins this trial anew", found.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(run.File, stopped)).ExitCode);
        AssertSameReport(stopped);
    }

    [Fact]
    public async Task A_back_up_is_not_made_over_another_one_nor_of_a_damaged_run()
    {
        Assert.Equal(ExitCode.Invalid, (await CommandLineRun.OfAsync("backup", run.Folder, run.Backup)).ExitCode);
        Assert.Equal(ExitCode.Invalid, (await CommandLineRun.OfAsync("backup", Path.GetTempPath(), run.NewFolder())).ExitCode);

        var folder = await run.CopyAsync(run.Folder);
        await File.AppendAllTextAsync(FinishedRun.Find(folder, "model.safetensors"), "x");
        var copy = run.NewFolder();
        var failed = await CommandLineRun.OfAsync("backup", folder, copy);
        Assert.Equal(ExitCode.Environment, failed.ExitCode);
        Assert.Contains("model.safetensors", failed.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(copy, SweepFolder.JournalName)));
    }

    [Fact]
    public async Task What_cannot_be_written_is_one_sentence_and_exit_code_4()
    {
        // A file where a folder is wanted is refused for every user.
        foreach (var command in (string[][])[["backup", run.Folder, Path.Combine(run.File, "copy")],
            ["run", run.File, "--dir", Path.Combine(run.File, "run")]])
        {
            var failed = await CommandLineRun.OfAsync(command);
            Assert.Equal((ExitCode.Environment, ""), (failed.ExitCode, failed.Output));
            Assert.Single(failed.Error.TrimEnd('\n').Split('\n'));
        }
    }

    private static async Task AssertFoundAsync(string folder, string file, string problem, string fix)
    {
        var verified = await CommandLineRun.OfAsync("verify", folder);
        Assert.Equal(ExitCode.Environment, verified.ExitCode);
        var found = Assert.Single(await FindingsAsync(folder));
        Assert.Equal(Path.GetRelativePath(folder, file), found.GetProperty("file").GetString());
        Assert.Matches(problem, found.GetProperty("problem").GetString()!);
        Assert.Contains(fix, found.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Contains(found.GetProperty("fix").GetString()!, verified.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    private static async Task<List<JsonElement>> FindingsAsync(string folder)
    {
        var verified = await CommandLineRun.OfAsync("verify", folder, "--json");
        return [.. JsonDocument.Parse(verified.Output.TrimEnd('\n').Split('\n')[^1]).RootElement.GetProperty("result").GetProperty(
            "findings").EnumerateArray()];
    }

    private void AssertSameReport(string folder) =>
        Assert.Equal(File.ReadAllBytes(Path.Combine(run.Folder, "report.json")), File.ReadAllBytes(Path.Combine(folder, "report.json")));

    private static SortedDictionary<string, string> Contents(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(
            file => file, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);
}
