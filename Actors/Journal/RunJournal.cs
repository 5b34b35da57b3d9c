using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Persistence.Sql.Config;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>
/// The journal of a run, open for writing by this process: where Akka's persistent actors store their events, and who reads them.
/// </summary>
/// <remarks>
/// An actor system that is created with <see cref="AkkaConfig"/> and <see cref="AkkaSetup"/> writes to it. Dispose it after that system has
/// terminated.
/// </remarks>
public sealed class RunJournal : IAsyncDisposable
{
    private readonly RunLock _lock;
    private readonly DataOptionsSetup _setup;
    private readonly SqlStore _store;
    private readonly JournalFailures _failures;

    private RunJournal(SqlStore store, RunLock runLock)
    {
        (_store, _lock) = (store, runLock);
        (AkkaConfig, AkkaRequirements) = (JournalPluginConfig.Of(store), JournalPluginConfig.Required(store));
        _setup = new DataOptionsSetup(store.PluginOptions);
        Reader = new JournalReader(store);
        _failures = new JournalFailures(store, Reader);
    }

    /// <summary>The file, or the database and the run, for messages.</summary>
    public string Location => _store.Location;

    internal SqlStore Store => _store;

    /// <summary>
    /// Selects and configures the plugins for events and snapshots and the serializer. Without <see cref="AkkaSetup"/> they do not start.
    /// </summary>
    public Config AkkaConfig { get; }

    /// <summary>
    /// The part of <see cref="AkkaConfig"/> that no other setting may replace, since durability and order of events depend on it.
    /// </summary>
    public Config AkkaRequirements { get; }

    /// <summary>How the plugins connect, so that each of their connections syncs every commit.</summary>
    public Setup AkkaSetup => _setup;

    /// <summary>Reads the journal while actors write to it.</summary>
    public JournalReader Reader { get; }

    /// <summary>
    /// Opens the journal, checks it, and keeps other processes out of the folder until it is disposed. A new one is created.
    /// </summary>
    /// <param name="store">where the journal is</param>
    /// <param name="folder">the run's folder; created when it is missing</param>
    /// <param name="writer">describes this process to those that come second, e.g. "process 42 on node7"</param>
    /// <param name="cancellation">stops waiting for a database</param>
    /// <exception cref="JournalLockedException">another process, or another part of this one, has it open</exception>
    /// <exception cref="JournalCorruptException">it is damaged, no journal, of another version, or has vanished</exception>
    /// <exception cref="JournalException">it cannot be opened, or the database would not keep what it acknowledges</exception>
    public static async Task<RunJournal> OpenAsync(
        JournalStore store, string folder, string writer, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(writer);
        // Before anything is made: a path that is too long, or a malformed connection string, leaves no trace.
        var sql = SqlStores.Of(store);
        var lockPath = SqlStores.LockPath(store, folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(sql.Location, $"the run's folder cannot be made: {e.Message}", e);
        }
        var runLock = RunLock.TryTake(lockPath, SqlStores.Kind(store))
            ?? throw new JournalLockedException(sql.Location, sql.ReadWriter() ?? "another process");
        try
        {
            if (runLock.OtherKind is { } other)
                throw new JournalException(sql.Location, $"the folder has another journal: {lockPath} says '{other}'");
            await sql.PrepareAsync(runLock.JournalExisted, writer, cancellation).ConfigureAwait(false);
            runLock.RememberJournal();
            var journal = new RunJournal(sql, runLock);
            journal.Reader.CheckIntegrity();
            return journal;
        }
        catch (Exception e)
        {
            await sql.CloseAsync().ConfigureAwait(false);
            runLock.Dispose();
            var translated = sql.Translate(e);
            if (ReferenceEquals(translated, e)) throw;
            throw translated;
        }
    }

    /// <summary>Whether a process has this journal open for writing.</summary>
    public static bool IsOpen(JournalStore store, string folder) => RunLock.IsTaken(SqlStores.LockPath(store, folder));

    /// <summary>The persistence id of a stream.</summary>
    /// <param name="name">e.g. "sweep" or "search:models/x/task"</param>
    public string Stream(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _store.Prefix + name;
    }

    /// <summary>What a failed write or recovery means: what Akka reports are exceptions of the database's library.</summary>
    /// <param name="stream">the stream's name</param>
    /// <param name="sequenceNr">the number of the first event that was not stored or not read</param>
    /// <param name="cause">as Akka reports it</param>
    /// <returns>
    /// a <see cref="StreamConflictException"/> when the stream has another writer, a <see cref="FencedException"/> when the run is
    /// another's now, a <see cref="JournalCorruptException"/> for damage, a <see cref="JournalException"/> for what may pass, such as a
    /// conflict of another stream in the same transaction; <paramref name="cause"/> itself when it is none of the database's
    /// </returns>
    public Exception Explain(string stream, long sequenceNr, Exception cause) => _failures.Explain(stream, sequenceNr, cause);

    /// <summary>Gives a system that is being made everything it needs to write to this journal.</summary>
    /// <param name="akka">the system</param>
    /// <param name="node">its other settings, over which those go that no other may replace</param>
    internal AkkaConfigurationBuilder Configure(AkkaConfigurationBuilder akka, Config node)
        => akka.AddHocon(AkkaRequirements.WithFallback(node).WithFallback(AkkaConfig), HoconAddMode.Prepend).AddSetup(_setup);

    /// <summary>
    /// Whether a failed write is final for this process: a later one that succeeds would not prove that this one is on disk.
    /// </summary>
    /// <param name="cause">as Akka reports it</param>
    public bool IsFinal(Exception cause) => _failures.IsFinal(cause);

    /// <summary>Lets go of the journal, which must have no writers any more, and lets others open it.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _store.CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            _lock.Dispose();
        }
    }
}
