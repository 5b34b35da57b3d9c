using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;

namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>Checks the database that the node is configured with.</summary>
internal static class DatabaseCheck
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    /// <summary>Connects, and checks that commits are synced; no check when the node has no database.</summary>
    public static async Task<IReadOnlyList<Check>> RunAsync(StoreOptions options, TimeProvider time)
    {
        if (options.Postgresql.Length == 0) return [];
        using var patience = new CancellationTokenSource(_patience, time);
        try
        {
            return [new Check(
                "database", CheckStatus.Ok,
                $"{await JournalProbe.TryDatabaseAsync(options.Postgresql, patience.Token)}, synchronous_commit on")];
        }
        catch (OperationCanceledException)
        {
            return [Failed($"it did not answer within {Human.Duration(_patience)}")];
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            return [Failed(e.Message)];
        }
    }

    private static Check Failed(string found) => new(
        "database", CheckStatus.Failed, found,
        "the connection in sweeps.store.postgresql of cluster.hocon, and the settings of the server that it names");
}
