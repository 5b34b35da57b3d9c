using System.Diagnostics;

namespace Sweeps.Orchestrator.Tests;

/// <summary>A newcomer's first hour, by what the documentation says, in a small form: Tests/first-hour.</summary>
public sealed class FirstHourTests
{
    [Fact]
    public async Task Demo_own_corpora_own_task_growth_a_published_model_questions_and_the_reader_work_as_documented()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "sweeps.dll");
        // The packages that the reader needs are those of the system's Python.
        var start = new ProcessStartInfo(
            "/usr/bin/python3", [RepositoryFile.Path("Tests/first-hour/first_hour.py"), "--small", "--sweeps", $"dotnet {program}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var hour = Process.Start(start)!;
        var (output, error) = (hour.StandardOutput.ReadToEndAsync(), hour.StandardError.ReadToEndAsync());
        await hour.WaitForExitAsync();
        Assert.True(hour.ExitCode == 0, $"{await output}{await error}");
        Assert.EndsWith("s in all\n", await output, StringComparison.Ordinal);
    }
}
