using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Persistence.Sql.Config;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>
/// The journal of a cluster in a PostgreSQL database, open in a process that may come to lead: one for all runs. What is written carries
/// the number with which the process holds the lease; the database refuses it once another has taken over. No folder is locked.
/// </summary>
/// <remarks>
/// An actor system that is created with <see cref="AkkaConfig"/> and <see cref="AkkaSetup"/> writes to it, from the time on when
/// <see cref="Fence"/> is set: before that no persistent actor may start. Dispose it after that system has terminated.
/// </remarks>
public sealed class ClusterJournal : IAsyncDisposable
{
    private readonly string _connectionString;
    private readonly PostgreSqlStore _store;
    private readonly DataOptionsSetup _setup;

    private ClusterJournal(string connectionString, PostgreSqlStore store, JournalFence fence)
    {
        (_connectionString, _store, Fence) = (connectionString, store, fence);
        (AkkaConfig, AkkaRequirements) = (JournalPluginConfig.Of(store), JournalPluginConfig.Required(store));
        _setup = new DataOptionsSetup(store.PluginOptions);
    }

    /// <summary>The database, for messages.</summary>
    public string Location => _store.Location;

    /// <summary>The lease that guards it, and this process's number once it has that.</summary>
    public JournalFence Fence { get; }

    /// <inheritdoc cref="RunJournal.AkkaConfig"/>
    public Config AkkaConfig { get; }

    /// <inheritdoc cref="RunJournal.AkkaRequirements"/>
    public Config AkkaRequirements { get; }

    /// <summary>How the plugins connect, so that each of their connections syncs every commit and carries the fence.</summary>
    public Setup AkkaSetup => _setup;

    /// <summary>Checks the server, and creates the tables or brings them up to date. Needs no lease.</summary>
    /// <param name="connectionString">as Npgsql reads it; never shown, since it may hold a password</param>
    /// <param name="fence">set later, when this process has the lease</param>
    /// <param name="cancellation">stops waiting for the database</param>
    /// <exception cref="JournalCorruptException">the tables are damaged, or of a newer program</exception>
    /// <exception cref="JournalException">the database is away, or would not keep what it acknowledges</exception>
    public static async Task<ClusterJournal> OpenAsync(
        string connectionString, JournalFence fence, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(fence);
        var store = PostgreSqlStore.OfCluster(connectionString, fence);
        try
        {
            await store.PrepareClusterAsync(cancellation).ConfigureAwait(false);
            return new ClusterJournal(connectionString, store, fence);
        }
        catch (Exception e) when (store.Translate(e) is var translated && !ReferenceEquals(translated, e))
        {
            throw translated;
        }
    }

    /// <summary>One of its runs; <see cref="ClusterRun.PrepareAsync"/> makes it this cluster's.</summary>
    /// <param name="name">1 to 200 characters, no '/' and no control characters</param>
    /// <exception cref="JournalException">the name is malformed</exception>
    public ClusterRun Run(string name) => new(new JournalStore.PostgreSql(_connectionString, name), Fence);

    /// <summary>Gives a system that is being made everything it needs to write to this journal.</summary>
    /// <param name="akka">the system</param>
    /// <param name="node">its other settings, over which those go that no other may replace</param>
    internal AkkaConfigurationBuilder Configure(AkkaConfigurationBuilder akka, Config node)
        => akka.AddHocon(AkkaRequirements.WithFallback(node).WithFallback(AkkaConfig), HoconAddMode.Prepend).AddSetup(_setup);

    /// <summary>Lets go of its connections; it must have no writers any more. The lease stays as it is.</summary>
    public async ValueTask DisposeAsync() => await _store.CloseAsync().ConfigureAwait(false);
}
