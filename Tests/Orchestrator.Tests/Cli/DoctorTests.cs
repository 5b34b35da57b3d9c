using System.Text.Json;
using Sweeps.ModelCore.Torch;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Doctor;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What the doctor says of machines that are well and of machines that are not.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("doctor").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static torch.BuildInfo Machine(string? blas, string? config, bool mkl = false) => new("1.13.0", "AVX2", "avx2", blas, config, 1, mkl, 1, 0);

    [Fact]
    public void Reference_blas_fails_loudly_with_the_package_that_mends_it()
    {
        var check = TorchChecks.Blas(Machine("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", null));
        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Contains("REFERENCE BLAS", check.Found, StringComparison.Ordinal);
        Assert.Contains("libopenblas", check.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Openblas_and_mkl_are_fine()
    {
        Assert.Equal(CheckStatus.Ok, TorchChecks.Blas(Machine("/usr/lib/libopenblas.so.0", "OpenBLAS 0.3.21")).Status);
        Assert.Equal(CheckStatus.Ok, TorchChecks.Blas(Machine(null, null, mkl: true)).Status);
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
            new HashSet<string> { "libtorch", "vector instructions", "BLAS", "threads", "devices", "folder", "journal", "disk space" },
            checks.Select(check => check.GetProperty("name").GetString()!).ToHashSet());
        Assert.Equal(checks.Any(check => check.GetProperty("status").GetString() == "failed") ? ExitCode.Environment : ExitCode.Ok, run.ExitCode);
        Assert.Empty(run.Error);
    }
}
