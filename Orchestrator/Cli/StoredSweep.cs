using System.CommandLine;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Orchestrator.Cli;

/// <summary>The sweep of a folder, as its journal tells it.</summary>
internal static class StoredSweep
{
    /// <summary>The argument that names the folder.</summary>
    public static Argument<string> FolderArgument() => new("DIR") { Description = $"A sweep's folder, such as {RunCommand.Runs}/demo." };

    /// <summary>Reads it; whoever runs it is not disturbed.</summary>
    /// <exception cref="CliException">there is none, or it is damaged</exception>
    public static SweepReadModel Load(string folder)
    {
        if (!File.Exists(Path.Combine(folder, SweepHost.JournalName)))
            throw new CliException(ExitCode.Invalid, $"{folder} holds no sweep: expected a folder with a {SweepHost.JournalName}");
        try
        {
            return SweepReadModel.Load(folder);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }
}
