using Microsoft.Data.Sqlite;

namespace Sweeps.Actors.Journal.Sql;

/// <summary>Writes one run's journal, as of one instant, to a new SQLite file. Every event is checked on the way.</summary>
internal static class JournalExport
{
    public static void Write(SqlStore store, string path)
    {
        using var from = store.OpenToRead();
        using var instant = store.BeginRead(from);
        using var to = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        to.Open();
        SqliteSchema.Create(to);
        using var transaction = to.BeginTransaction();
        using (var insert = new RecordInsert(to))
        {
            foreach (var scanned in new JournalScan(store, from).ReadAll(""))
                insert.Insert(scanned.Stream, scanned.SequenceNr, scanned.Created, scanned.WriterUuid, scanned.Record);
        }
        CopySnapshots(store, from, to);
        transaction.Commit();
    }

    private static void CopySnapshots(SqlStore store, System.Data.Common.DbConnection from, SqliteConnection to)
    {
        using var command = from.Command(
            $"SELECT persistence_id, sequence_number, created, manifest, serializer_id, snapshot FROM snapshot WHERE {store.HasPrefix}",
            ("@prefix", store.Prefix));
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            to.Execute(
                "INSERT INTO snapshot VALUES (@id, @nr, @created, @manifest, @serializer, @snapshot)",
                ("@id", store.StreamOf(reader.GetString(0))), ("@nr", reader.GetInt64(1)), ("@created", reader.GetInt64(2)),
                ("@manifest", reader.GetString(3)), ("@serializer", reader.GetInt32(4)), ("@snapshot", reader.GetFieldValue<byte[]>(5)));
        }
    }
}
