using System.Data.Common;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>
/// Reads the journal of a run by plain SQL, also while a process writes to it. Each call connects anew and sees one instant.
/// </summary>
public sealed class JournalReader : IJournalReader
{
    private readonly SqlStore _store;

    /// <summary>Reads the journal of <paramref name="store"/>.</summary>
    /// <exception cref="FileNotFoundException">there is no such file, or no such run</exception>
    /// <exception cref="JournalCorruptException">it is no journal, or one of another version</exception>
    /// <exception cref="JournalException">it cannot be opened</exception>
    public JournalReader(JournalStore store)
        : this(SqlStores.Of(store))
        => _store.OpenToRead().Dispose();

    internal JournalReader(SqlStore store) => _store = store;

    /// <inheritdoc/>
    public string Location => _store.Location;

    /// <inheritdoc/>
    public IReadOnlyList<string> Streams(string prefix = "")
        => Read(connection => new JournalScan(_store, connection).ReadEnds(prefix).Keys.Order(StringComparer.Ordinal).ToArray());

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadAll(string prefix = "") => Scan(scan => scan.ReadAll(prefix));

    /// <inheritdoc/>
    public IEnumerable<StoredEvent> ReadStream(string stream) => Scan(scan => scan.ReadStream(stream));

    /// <summary>
    /// How many events were committed to all streams. It only grows, so that what was read is as it is as long as this stays. Reads no
    /// event.
    /// </summary>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    public long CountEvents() => Read(connection => new JournalScan(_store, connection).ReadEnds("").Values.Sum());

    /// <summary>
    /// Lets the database check its structures as far as it can, and compares the number of events of each stream with what was committed.
    /// Takes as long as reading a file; follows no chain, which reading does.
    /// </summary>
    /// <exception cref="JournalCorruptException">something is damaged, or events are missing</exception>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    public void CheckIntegrity() => Read(connection =>
    {
        _store.CheckStructures(connection);
        new JournalScan(_store, connection).CheckCounts();
        return true;
    });

    /// <summary>Writes the journal, as of one instant, to a new SQLite journal, which is synced. Its writer goes on meanwhile.</summary>
    /// <param name="path">the new file</param>
    /// <exception cref="JournalException">the journal cannot be read, or <paramref name="path"/> cannot be written or is there
    /// already</exception>
    /// <exception cref="JournalCorruptException">something is damaged</exception>
    public void CopyTo(string path)
    {
        if (File.Exists(path)) throw new JournalException(path, "there is a file of this name already");
        try
        {
            _store.CopyTo(path);
            using var copy = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            copy.Flush(flushToDisk: true);
        }
        catch (Exception e)
        {
            File.Delete(path);
            var translated = e is IOException or UnauthorizedAccessException
                ? new JournalException(path, e.Message, e)
                : _store.Translate(e);
            if (ReferenceEquals(translated, e)) throw;
            throw translated;
        }
    }

    /// <summary>The number of the stream's last event as it was committed; 0 when there is none.</summary>
    internal long ReadEnd(string stream)
        => Read(connection => connection.ReadScalar(
            "SELECT sequence_number FROM journal_end WHERE persistence_id = @id", ("@id", _store.Prefix + stream)) as long? ?? 0);

    private IEnumerable<StoredEvent> Scan(Func<JournalScan, IEnumerable<ScannedEvent>> read)
    {
        using var connection = _store.OpenToRead();
        using var instant = _store.BeginRead(connection);
        foreach (var scanned in read(new JournalScan(_store, connection)))
        {
            yield return new StoredEvent(
                scanned.Stream,
                scanned.SequenceNr,
                scanned.Event.Entity,
                new DateTimeOffset(scanned.Created, TimeSpan.Zero),
                scanned.Event.Event);
        }
    }

    private T Read<T>(Func<DbConnection, T> read)
    {
        using var connection = _store.OpenToRead();
        using var instant = _store.BeginRead(connection);
        try
        {
            return read(connection);
        }
        catch (Exception e)
        {
            var translated = _store.Translate(e);
            if (ReferenceEquals(translated, e)) throw;
            throw translated;
        }
    }
}
