using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>Writes sealed records into a SQLite journal without Akka: for copies and checks, where no actor has the journal open.</summary>
internal sealed class RecordInsert : IDisposable
{
    private readonly DbCommand _command;

    /// <param name="connection">open, with the tables of a journal</param>
    public RecordInsert(SqliteConnection connection) => _command = connection.Command(
        "INSERT INTO journal VALUES (NULL, 0, @id, @nr, @created, @message, @identifier, @manifest, @writer)",
        ("@id", ""), ("@nr", 0L), ("@created", 0L), ("@message", Array.Empty<byte>()), ("@identifier", JournalSerializer.SerializerId),
        ("@manifest", ""), ("@writer", ""));

    /// <summary>Writes the record that comes next in its stream.</summary>
    /// <param name="stream">the stream's name</param>
    /// <param name="number">its number in the stream, from 1</param>
    /// <param name="created">ticks of UTC</param>
    /// <param name="writer">the id of Akka's writer</param>
    /// <param name="record">sealed with that number in that stream</param>
    public void Insert(string stream, long number, long created, string writer, JournalRecord record)
    {
        _command.Parameters["@id"].Value = stream;
        _command.Parameters["@nr"].Value = number;
        _command.Parameters["@created"].Value = created;
        _command.Parameters["@message"].Value = record.Bytes.ToArray();
        _command.Parameters["@manifest"].Value = record.Manifest;
        _command.Parameters["@writer"].Value = writer;
        _command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public void Dispose() => _command.Dispose();
}
