using System.Diagnostics;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>A sweep that real processes ran to its end, with a back-up that was made while a model was in training.</summary>
public sealed class FinishedRun : IAsyncLifetime
{
    /// <summary>The collection of tests that look at it.</summary>
    public const string Tests = "finished run";

    private readonly string _root = Directory.CreateTempSubdirectory("verify").FullName;
    private int _copies;

    public string File => Path.Combine(_root, "sweep.hocon");

    public string Folder => Path.Combine(_root, "whole");

    public string Backup => Path.Combine(_root, "backup");

    internal CommandLineRun BackedUp { get; private set; } = null!;

    internal CommandLineRun VerifiedWhileRunning { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await System.IO.File.WriteAllTextAsync(File, SweepProcess.Sweep);
        var run = await SweepProcess.RunAsync(File, Folder, async _ =>
        {
            VerifiedWhileRunning = await CommandLineRun.OfAsync("verify", Folder);
            BackedUp = await CommandLineRun.OfAsync("backup", Folder, Backup);
        });
        Assert.Equal(ExitCode.Ok, run.ExitCode);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A folder that is not there yet.</summary>
    public string NewFolder() => Path.Combine(_root, $"copy{_copies++}");

    /// <summary>A copy by <c>cp -a</c>.</summary>
    public async Task<string> CopyAsync(string folder)
    {
        var copy = NewFolder();
        using var cp = Process.Start("cp", ["-a", folder, copy]);
        await cp.WaitForExitAsync();
        Assert.Equal(0, cp.ExitCode);
        return copy;
    }

    /// <summary>The only file of a run's folder that a pattern fits.</summary>
    public static string Find(string folder, string name) =>
        Directory.GetFiles(folder, name, SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
}

[CollectionDefinition(FinishedRun.Tests)]
public sealed class FinishedRunTests : ICollectionFixture<FinishedRun>, ICollectionFixture<ExplainedRun>;
