using System.CommandLine;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary>The sweep of a folder, as its journal tells it.</summary>
internal static class StoredSweep
{
    /// <summary>The argument that names the folder.</summary>
    public static Argument<string> FolderArgument() => new("DIR") { Description = $"A sweep's folder, such as {RunCommand.Runs}/demo." };

    /// <summary>Reads it; whoever runs it is not disturbed.</summary>
    /// <param name="folder">the sweep's</param>
    /// <param name="config">the node's configuration, see <see cref="Store"/></param>
    /// <exception cref="CliException">there is none, it cannot be read, or it is damaged</exception>
    /// <exception cref="InvalidConfigurationException">the node's configuration is needed and is invalid</exception>
    public static SweepReadModel Load(string folder, string? config) => Read(folder, config, SweepReadModel.Load);

    /// <summary>What <paramref name="read"/> finds in the journal of a folder.</summary>
    /// <inheritdoc cref="Load"/>
    public static T Read<T>(string folder, string? config, Func<IJournalReader, T> read)
    {
        var journal = Journal(folder, config);
        try
        {
            return read(journal);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    /// <summary>The journal of a folder's sweep, for reading.</summary>
    /// <inheritdoc cref="Load"/>
    public static JournalReader Journal(string folder, string? config)
    {
        var store = Store(folder, config);
        try
        {
            return SweepFolder.Read(folder, store);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or FileNotFoundException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    /// <summary>
    /// Where the folder's journal is to be looked for: the node's configuration is read only if the folder says that the journal is in its
    /// database.
    /// </summary>
    /// <exception cref="CliException">there is no sweep in the folder</exception>
    /// <exception cref="InvalidConfigurationException">the node's configuration is needed and is invalid</exception>
    public static StoreOptions Store(string folder, string? config)
    {
        CheckHasSweep(folder);
        return SweepFolder.NeedsDatabase(folder) ? ClusterFile.Load(config).Store : new StoreOptions();
    }

    /// <summary>Does nothing where a sweep was begun in the folder.</summary>
    /// <exception cref="CliException">there is none in it, or it cannot be read</exception>
    public static void CheckHasSweep(string folder)
    {
        if (SweepFolder.HasSweep(folder)) return;
        CheckAccess(folder);
        throw new CliException(
            ExitCode.Invalid, $"{folder} holds no sweep: expected a folder with a {SweepFolder.JournalName} or a {SweepFolder.RunName}");
    }

    /// <summary>What may not be looked at is not the same as nothing.</summary>
    private static void CheckAccess(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.GetFiles(folder, SweepFolder.JournalName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Environment, $"{folder} cannot be read: {e.Message}", e);
        }
    }
}
