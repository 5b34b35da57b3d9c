using Npgsql;
using Sweeps.Actors.Journal.Sql;

namespace Sweeps.Actors.Journal;

/// <summary>Where a run's journal is.</summary>
public abstract record JournalStore
{
    private JournalStore()
    {
    }

    /// <summary>A SQLite file of this run alone; no server.</summary>
    /// <param name="Path">the file, usually journal.db in the run's folder</param>
    public sealed record Sqlite(string Path) : JournalStore;

    /// <summary>A PostgreSQL database, which several runs may share.</summary>
    /// <param name="ConnectionString">as Npgsql reads it; never shown, since it may hold a password</param>
    /// <param name="Run">the run's name in the database: 1 to 200 characters, no '/' and no control characters</param>
    public sealed record PostgreSql(string ConnectionString, string Run) : JournalStore
    {
        private const int MaxRunLength = 200;

        /// <summary>Says where it is, without user and password.</summary>
        /// <exception cref="JournalException">the connection string or the run's name is malformed</exception>
        public string Location => $"{PostgreSqlConnection.Location(Parse())}, run {Run}";

        /// <summary>Says where it is, without user and password.</summary>
        public override string ToString() => Location;

        internal NpgsqlConnectionStringBuilder Parse()
        {
            if (Run is not { Length: > 0 and <= MaxRunLength } || Run.Contains('/', StringComparison.Ordinal) || Run.Any(char.IsControl))
            {
                throw new JournalException(
                    $"PostgreSQL, run '{Run}'", $"a run's name has 1 to {MaxRunLength} characters, no '/' and no control characters");
            }
            return PostgreSqlConnection.Parse(ConnectionString, $"PostgreSQL, run '{Run}'");
        }
    }
}
