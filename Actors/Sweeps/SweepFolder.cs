using System.Security.Cryptography;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Sweeps;

/// <summary>A sweep's folder: where its journal is, and what is read from it.</summary>
/// <remarks>A folder has <see cref="JournalName"/>, or <see cref="RunName"/> with the name of the run in the database that the node is
/// configured with.</remarks>
public static class SweepFolder
{
    /// <summary>The file of a journal that is a file.</summary>
    public const string JournalName = "journal.db";

    /// <summary>The file with the name of the run, where the journal is in PostgreSQL.</summary>
    public const string RunName = "journal.run";

    /// <summary>The description's file.</summary>
    public const string SpecName = "sweep.json";

    /// <summary>Whether a sweep was begun in the folder.</summary>
    public static bool HasSweep(string folder) =>
        File.Exists(Path.Combine(folder, JournalName)) || File.Exists(Path.Combine(folder, RunName));

    /// <summary>Whether the folder's journal is in the database that the node is configured with.</summary>
    public static bool NeedsDatabase(string folder) => File.Exists(Path.Combine(folder, RunName));

    /// <summary>Where the journal of a folder is; where it will be, for a folder without a sweep.</summary>
    /// <param name="folder">absolute</param>
    /// <param name="options">the node's</param>
    /// <exception cref="JournalException">the folder's journal is in PostgreSQL, and the node has none</exception>
    public static JournalStore Store(string folder, StoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (file, run) = (Path.Combine(folder, JournalName), Path.Combine(folder, RunName));
        if (File.Exists(run))
        {
            return options.Postgresql.Length > 0
                ? new JournalStore.PostgreSql(options.Postgresql, File.ReadAllText(run).Trim())
                : throw new JournalException(
                    run, "the sweep's journal is in PostgreSQL: set sweeps.store.postgresql in cluster.hocon to its database");
        }
        if (options.Postgresql.Length == 0 || File.Exists(file)) return new JournalStore.Sqlite(file);
        // The database may be shared, and a folder's name says nothing: two sweeps of one name must not meet.
        var name = $"{Path.GetFileName(folder)}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        return new JournalStore.PostgreSql(options.Postgresql, name);
    }

    /// <summary>
    /// Opens the journal of a folder for writing, and notes where it is before anything is stored in it. A database that is not there yet
    /// is
    /// waited for.
    /// </summary>
    /// <param name="folder">absolute</param>
    /// <param name="options">the node's</param>
    /// <param name="time">what the pauses are measured by</param>
    /// <param name="onRetry">is told of every try that failed and is made again</param>
    /// <param name="cancellation">gives up waiting</param>
    /// <exception cref="JournalLockedException">another process has it open</exception>
    /// <exception cref="JournalException">it cannot be opened</exception>
    /// <exception cref="JournalCorruptException">it is damaged, or of another version</exception>
    internal static async Task<RunJournal> OpenAsync(
        string folder, StoreOptions options, TimeProvider time, Action<string> onRetry, CancellationToken cancellation)
    {
        var store = Store(folder, options);
        var writer = $"process {Environment.ProcessId} on {Environment.MachineName}";
        var journal = await Retries.Database.Build(time, onRetry)
            .ExecuteAsync(async token => await RunJournal.OpenAsync(store, folder, writer, token).ConfigureAwait(false), cancellation)
            .ConfigureAwait(false);
        try
        {
            Remember(folder, store);
            return journal;
        }
        catch
        {
            await journal.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the journal of a folder, also while a process runs its sweep.</summary>
    /// <exception cref="FileNotFoundException">there is no sweep</exception>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    /// <exception cref="JournalCorruptException">it is damaged, or of another version</exception>
    public static JournalReader Read(string folder, StoreOptions options) => new(Store(Path.GetFullPath(folder), options));

    /// <summary>Everything that the sweep of a folder has found, finished, interrupted or being run at this moment.</summary>
    /// <inheritdoc cref="Read"/>
    public static SweepReadModel Load(string folder, StoreOptions options) => SweepReadModel.Load(Read(folder, options));

    /// <summary>Notes where the journal of a new sweep is.</summary>
    internal static void Remember(string folder, JournalStore store)
    {
        var path = Path.Combine(folder, RunName);
        if (store is not JournalStore.PostgreSql { Run: var run } || File.Exists(path)) return;
        new Files.ArtifactStore(folder).WriteBytes(RunName, System.Text.Encoding.UTF8.GetBytes($"{run}\n"));
    }
}
