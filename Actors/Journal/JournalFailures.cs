using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>Says what a failed write or recovery means: what Akka reports are exceptions of the database's library.</summary>
internal sealed class JournalFailures(SqlStore store, JournalReader reader)
{
    /// <inheritdoc cref="RunJournal.Explain"/>
    public Exception Explain(string stream, long sequenceNr, Exception cause)
    {
        ArgumentNullException.ThrowIfNull(cause);
        var causes = Causes(cause).ToList();
        if (causes.Find(store.IsConflict) is { } conflict) return ExplainConflict(stream, sequenceNr, conflict);
        if (causes.Find(store.IsEndedByServer) is { } ended) return ExplainEnded(ended);
        foreach (var e in causes)
        {
            if (e is JournalException or JournalCorruptException) return e;
            if (e is System.Data.Common.DbException or TimeoutException) return store.Translate(e);
        }
        return cause is Akka.Pattern.OpenCircuitException or OperationCanceledException
            ? new JournalException(store.Location, cause.Message, cause)
            : cause;
    }

    /// <inheritdoc cref="RunJournal.IsFinal"/>
    public bool IsFinal(Exception cause) => Causes(cause).Any(store.IsFinal);

    /// <summary>
    /// The database does not say which stream it was: of those that shared the transaction, it is the one whose event is there already. Who
    /// has lost the run finds the events of its successor.
    /// </summary>
    private Exception ExplainConflict(string stream, long sequenceNr, Exception conflict)
    {
        try
        {
            if (store.ReadFenced(conflict) is { } fenced) return fenced;
            return reader.ReadEnd(stream) == sequenceNr - 1
                ? new JournalException(
                    store.Location, "the event was not stored, since another stream in the same transaction has another writer", conflict)
                : new StreamConflictException(store.Location, stream, sequenceNr, conflict);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException)
        {
            return e;
        }
    }

    /// <summary>The server is there, and ended the session: its keeper may have, or the next holder of the lease.</summary>
    private Exception ExplainEnded(Exception ended)
    {
        try
        {
            return store.ReadFenced(ended) ?? store.Translate(ended);
        }
        catch (JournalException)
        {
            // It is just stopping.
            return store.Translate(ended);
        }
    }

    // A failed roll-back comes before what it was to roll back; the last one of several is what happened first.
    private static IEnumerable<Exception> Causes(Exception e) => e is AggregateException { InnerExceptions: var all }
        ? all.Reverse().SelectMany(Causes)
        : e.InnerException is { } inner ? Causes(inner).Prepend(e) : [e];
}
