using System.Diagnostics;

namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>Runs programs of the system's.</summary>
internal static class SystemProgram
{
    /// <summary>Runs one to its end; gives its exit code and what it wrote to either stream.</summary>
    public static async Task<(int ExitCode, string Said)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    /// <summary>
    /// Runs a script of Tests/cluster with the program that is tested, in a folder of its own, and asserts that it succeeds.
    /// </summary>
    /// <returns>what it wrote</returns>
    public static async Task<string> ClusterScriptAsync(string name)
    {
        var folder = Directory.CreateTempSubdirectory("sweeps-launch-");
        try
        {
            var program = Path.Combine(AppContext.BaseDirectory, "sweeps.dll");
            var (exitCode, said) = await RunAsync(
                "/usr/bin/python3", RepositoryFile.Path($"Tests/cluster/{name}"), "--dir", Path.Combine(folder.FullName, "run"), "--sweeps",
                $"dotnet {program}");
            Assert.True(exitCode == 0, said);
            return said;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
