using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.ModelCore;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Doctor;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What the doctor says of machines that are well and of machines that are not.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("doctor").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyList<Check> Of(string capability) =>
        TorchChecks.Of(new TorchInfo("2.10.0", capability, "avx2", 2, 0), new NodeOptions());

    [Fact]
    public void A_processor_without_vector_instructions_is_a_warning()
    {
        Assert.All(Of("AVX2"), check => Assert.Equal(CheckStatus.Ok, check.Status));
        var check = Assert.Single(Of("DEFAULT"), check => check.Status != CheckStatus.Ok);
        Assert.Equal(("vector instructions", CheckStatus.Warning), (check.Name, check.Status));
    }

    [Fact]
    public async Task A_journal_that_does_not_work_fails_and_nothing_is_left_behind()
    {
        var checks = await StorageChecks.RunAsync(Path.Combine(_folder, "not", "yet"), _ => throw new IOException("database is locked"));
        var journal = Assert.Single(checks, check => check.Status == CheckStatus.Failed);
        Assert.Equal(("journal", "database is locked"), (journal.Name, journal.Found));
        Assert.NotNull(journal.Fix);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_place_that_is_no_folder_fails()
    {
        var file = Path.Combine("/proc", "version", "runs");
        var check = Assert.Single(await StorageChecks.RunAsync(file, _ => Task.CompletedTask));
        Assert.Equal(CheckStatus.Failed, check.Status);
    }

    [Fact]
    public async Task The_command_lists_every_check_and_its_exit_code_says_whether_one_failed()
    {
        var run = await CommandLineRun.OfAsync("doctor", "--json", "--dir", _folder);
        var checks = JsonDocument.Parse(run.Output).RootElement.GetProperty("checks").EnumerateArray().ToList();
        Assert.Superset(
            new HashSet<string> { "libtorch", "vector instructions", "threads", "devices", "folder", "journal", "disk space" },
            checks.Select(check => check.GetProperty("name").GetString()!).ToHashSet());
        Assert.Equal(
            checks.Any(check => check.GetProperty("status").GetString() == "failed") ? ExitCode.Environment : ExitCode.Ok, run.ExitCode);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void The_program_has_tensors_from_its_devices_only() =>
        Assert.DoesNotContain(typeof(ExitCode).Assembly.GetReferencedAssemblies(), assembly => assembly.Name == "TorchSharp");
}
