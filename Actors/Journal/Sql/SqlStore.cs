using System.Data.Common;
using Akka.Configuration;
using LinqToDB;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>What SQLite and PostgreSQL do differently: opening, the schema, prefixes, errors, copies.</summary>
internal abstract class SqlStore
{
    /// <summary>The file, or the database and the run, for messages.</summary>
    public abstract string Location { get; }

    /// <summary>The run's name where several share the tables; empty where one has them alone.</summary>
    public abstract string Run { get; }

    /// <summary>What comes before a stream's name in its persistence id.</summary>
    public string Prefix => Run.Length == 0 ? "" : $"{Run}/";

    /// <summary>A condition on persistence_id: those that begin with the parameter @prefix, which holds <see cref="Prefix"/>.</summary>
    public abstract string HasPrefix { get; }

    /// <summary>The plugin's settings that depend on the database.</summary>
    public abstract Config PluginConfig { get; }

    public abstract DataOptions PluginOptions { get; }

    /// <summary>The name of a stream from its persistence id.</summary>
    public string StreamOf(string persistenceId) => persistenceId[Prefix.Length..];

    /// <summary>An open connection for reading, after a check of what is there.</summary>
    /// <exception cref="JournalException">it cannot be opened</exception>
    /// <exception cref="JournalCorruptException">it is no journal, or one of another version</exception>
    public abstract DbConnection OpenToRead();

    /// <summary>A transaction that sees one instant and takes no locks.</summary>
    public abstract DbTransaction BeginRead(DbConnection connection);

    /// <summary>Lets the database check its own structures, as far as it can.</summary>
    public abstract void CheckStructures(DbConnection connection);

    /// <summary>The journal's exception for one of the database's; <paramref name="e"/> itself when it is none of them.</summary>
    public abstract Exception Translate(Exception e);

    /// <summary>Whether the database refused events because they do not continue their stream.</summary>
    public abstract bool IsConflict(Exception e);

    /// <summary>Whether the database's server ended the connection on somebody's order.</summary>
    public virtual bool IsEndedByServer(Exception e) => false;

    /// <summary>Whether a failure is final for this process, since a later success would prove nothing.</summary>
    public virtual bool IsFinal(Exception e) => false;

    /// <summary>Reads whether this process has lost the run to another; null when it has not.</summary>
    /// <param name="cause">what was taken for a sign of it</param>
    public virtual FencedException? ReadFenced(Exception cause) => null;

    /// <summary>Creates or checks the tables and makes sure that commits will be synced.</summary>
    /// <param name="mustExist">whether a journal was here before</param>
    /// <param name="writer">describes this process to others</param>
    /// <param name="cancellation">stops waiting</param>
    public abstract Task PrepareAsync(bool mustExist, string writer, CancellationToken cancellation);

    /// <summary>How the process described itself that opened the journal last; null when that cannot be read at this moment.</summary>
    public string? ReadWriter()
    {
        try
        {
            using var connection = OpenToRead();
            return connection.ReadScalar("SELECT writer FROM journal_run WHERE run = @run", ("@run", Run)) as string;
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or FileNotFoundException or DbException)
        {
            // It is being created, or cannot be reached: this is only for a message that says that somebody has it.
            return null;
        }
    }

    /// <summary>Lets go of connections, and leaves the journal so that anybody may read it.</summary>
    public abstract Task CloseAsync();

    /// <summary>Writes all of the journal to a new SQLite file.</summary>
    public abstract void CopyTo(string path);

    /// <summary>What is there and cannot be read as declared: the database's library says so in different ways.</summary>
    protected Exception? TranslateMalformed(Exception e)
        => e is InvalidCastException or OverflowException or FormatException or InvalidOperationException or ArgumentOutOfRangeException
            ? new JournalCorruptException(Location, null, null, $"a row is malformed: {e.Message}", e)
            : null;
}
