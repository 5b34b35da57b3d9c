using System.Data.Common;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>
/// What is not what was written is refused with its place, by the replay of a real actor and by the reader, and never taken for good.
/// </summary>
public abstract class RunJournalDamageTests : JournalTests
{
    private const string InPlace = "WHERE persistence_id = @id AND sequence_number = @at";

    public static TheoryData<string, int> Changes => new()
    {
        { nameof(FlipABit), 7 },
        { nameof(FlipABit), 1 },
        { nameof(FlipABit), 30 },
        { nameof(CutTheMessage), 7 },
        { nameof(EmptyTheMessage), 30 },
        { nameof(RenameTheEvent), 7 },
        { nameof(RaiseTheVersion), 7 },
        { nameof(EmptyTheManifest), 7 },
        { nameof(CallItASnapshot), 7 },
        { nameof(TakeTheMessageOfAnotherStream), 7 },
        { nameof(SwapWithTheNextOne), 7 },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_changed_event_is_refused_by_replay_and_reader_with_its_place(string change, int at)
    {
        await WriteAsync();
        var changes = new Dictionary<string, Action<DbConnection, int>>
        {
            [nameof(FlipABit)] = FlipABit,
            [nameof(CutTheMessage)] = CutTheMessage,
            [nameof(EmptyTheMessage)] = EmptyTheMessage,
            [nameof(RenameTheEvent)] = RenameTheEvent,
            [nameof(RaiseTheVersion)] = RaiseTheVersion,
            [nameof(EmptyTheManifest)] = EmptyTheManifest,
            [nameof(CallItASnapshot)] = CallItASnapshot,
            [nameof(TakeTheMessageOfAnotherStream)] = TakeTheMessageOfAnotherStream,
            [nameof(SwapWithTheNextOne)] = SwapWithTheNextOne,
        };
        using (var connection = Connect(Store)) changes[change](connection, at);
        await using var host = await OpenAsync();
        var reader = host.Journal.Reader;
        List<JournalCorruptException> refusals =
        [
            Assert.Throws<JournalCorruptException>(() => reader.ReadAll().Count()),
            Assert.Throws<JournalCorruptException>(() => reader.ReadStream("a").Count()),
            await Assert.ThrowsAsync<JournalCorruptException>(() => host.Actor("a").Recovered),
        ];
        foreach (var refused in refusals)
        {
            Assert.Equal((host.Journal.Location, "a", at), (refused.Location, refused.PersistenceId, refused.SequenceNr));
            Assert.StartsWith($"{host.Journal.Location}, stream 'a', event {at}: ", refused.Message, StringComparison.Ordinal);
        }
        // The others are not concerned.
        Assert.Equal(30, (await host.Actor("b").Recovered).Count);
        Assert.Equal(30, reader.ReadStream("b").Count());
    }

    [Theory]
    [InlineData("DELETE FROM journal WHERE persistence_id = '{a}' AND sequence_number = 7", 7)]
    [InlineData("DELETE FROM journal WHERE persistence_id = '{a}' AND sequence_number = 30", 30)]
    [InlineData("DELETE FROM journal WHERE persistence_id = '{a}'", 1)]
    [InlineData("UPDATE journal_end SET sequence_number = 29 WHERE persistence_id = '{a}'", 30)]
    [InlineData("UPDATE journal_end SET sequence_number = 31 WHERE persistence_id = '{a}'", 31)]
    [InlineData("DELETE FROM journal_end WHERE persistence_id = '{a}'", 1)]
    public async Task Missing_events_are_found_on_opening_and_by_the_reader(string change, int at)
    {
        await WriteAsync();
        Change(change.Replace("{a}", Id("a"), StringComparison.Ordinal));
        var refused = await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync());
        Assert.Contains("were committed", refused.Problem, StringComparison.Ordinal);
        Assert.Equal("a", refused.PersistenceId);
        var reader = new JournalReader(Store);
        Assert.Throws<JournalCorruptException>(reader.CheckIntegrity);
        Assert.Equal(("a", at), Place(Assert.Throws<JournalCorruptException>(() => reader.ReadAll().Count())));
        Assert.Equal(("a", at), Place(Assert.Throws<JournalCorruptException>(() => reader.ReadStream("a").Count())));
    }

    [Fact]
    public async Task A_recovery_that_begins_with_a_snapshot_refuses_a_change_after_it()
    {
        await WriteAsync(snapshot: true);
        using (var connection = Connect(Store)) FlipABit(connection, 11);
        await using var host = await OpenAsync();
        Assert.Equal(("a", 11), Place(await Assert.ThrowsAsync<JournalCorruptException>(() => host.Actor("a").Recovered)));
    }

    [Fact]
    public async Task A_gap_is_refused_even_when_numbers_and_counts_were_made_to_fit()
    {
        await WriteAsync();
        Change($"DELETE FROM journal WHERE persistence_id = '{Id("a")}' AND sequence_number = 7");
        for (var i = 8; i <= 30; i++)
            Change($"UPDATE journal SET sequence_number = {i - 1} WHERE persistence_id = '{Id("a")}' AND sequence_number = {i}");
        Change($"UPDATE journal_end SET sequence_number = 29 WHERE persistence_id = '{Id("a")}'");
        await using var host = await OpenAsync();
        Assert.Equal(("a", 7), Place(await Assert.ThrowsAsync<JournalCorruptException>(() => host.Actor("a").Recovered)));
        Assert.Equal(("a", 7), Place(Assert.Throws<JournalCorruptException>(() => host.Journal.Reader.ReadAll().Count())));
    }

    [Fact]
    public async Task A_gap_that_opens_while_the_journal_is_open_ends_the_recovery()
    {
        await WriteAsync();
        await using var host = await OpenAsync();
        Change($"DELETE FROM journal WHERE persistence_id = '{Id("a")}' AND sequence_number = 7");
        Assert.Equal(("a", 7), Place(await Assert.ThrowsAsync<JournalCorruptException>(() => host.Actor("a").Recovered)));
    }

    [Fact]
    public async Task A_last_event_that_is_lost_while_the_journal_is_open_is_never_written_over()
    {
        await WriteAsync();
        await using var host = await OpenAsync();
        Change($"DELETE FROM journal WHERE persistence_id = '{Id("a")}' AND sequence_number = 30");
        // Akka asks for the highest number that is there.
        var actor = host.Actor("a");
        Assert.Equal(29, (await actor.Recovered).Count);
        await Assert.ThrowsAsync<StreamConflictException>(() => actor.WriteAsync("another thirtieth"));
        Assert.Equal(("a", 30), Place(Assert.Throws<JournalCorruptException>(() => host.Journal.Reader.ReadAll().Count())));
    }

    [Theory]
    [InlineData("UPDATE snapshot SET sequence_number = 11")]
    [InlineData("UPDATE snapshot SET manifest = 'snapshot:state/2'")]
    [InlineData("UPDATE snapshot SET snapshot = (SELECT message FROM journal WHERE persistence_id = '{a}' AND sequence_number = 10)")]
    public async Task A_changed_snapshot_is_not_believed(string change)
    {
        await WriteAsync(snapshot: true);
        Change(change.Replace("{a}", Id("a"), StringComparison.Ordinal));
        await using var host = await OpenAsync();
        AssertContains("snapshot of 'a'", await Assert.ThrowsAsync<SnapshotUnreadableException>(() => host.Actor("a").Recovered));
    }

    [Theory]
    [InlineData("DROP TRIGGER journal_end_follows", "journal_end_follows")]
    [InlineData("DROP TRIGGER snapshot_replaces", "snapshot_replaces")]
    [InlineData("DROP TABLE snapshot", "snapshot")]
    [InlineData("DROP TABLE journal_run", "journal_run")]
    public async Task A_journal_without_one_of_its_tables_or_triggers_is_refused(string change, string names)
    {
        await WriteAsync();
        // SQLite's triggers have names of their own, PostgreSQL's belong to a table.
        if (Store is JournalStore.PostgreSql && change.StartsWith("DROP TRIGGER", StringComparison.Ordinal))
            change += change.Contains("snapshot", StringComparison.Ordinal) ? " ON snapshot" : " ON journal";
        Change(change);
        Assert.Contains(names, (await Assert.ThrowsAsync<JournalCorruptException>(() => OpenAsync())).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_no_journal_has_are_refused_by_the_database()
    {
        await WriteAsync();
        const string Columns = "deleted, persistence_id, sequence_number, created, message, identifier, manifest, writer_uuid";
        foreach (var change in (string[])
            [
                "UPDATE journal SET deleted = NOT deleted WHERE sequence_number = 1",
                "UPDATE journal SET identifier = 1 WHERE sequence_number = 1",
                "UPDATE journal SET message = NULL WHERE sequence_number = 1",
                $"INSERT INTO journal ({Columns}) SELECT deleted, persistence_id, 32, created, message, identifier, manifest, writer_uuid "
                + $"FROM journal WHERE persistence_id = '{Id("a")}' AND sequence_number = 30",
                $"INSERT INTO journal ({Columns}) SELECT deleted, '{Id("new")}', 2, created, message, identifier, manifest, writer_uuid "
                + $"FROM journal WHERE persistence_id = '{Id("a")}' AND sequence_number = 30",
            ])
            Assert.ThrowsAny<DbException>(() => Change(change));
        new JournalReader(Store).CheckIntegrity();
    }

    private static (string?, int) Place(JournalCorruptException e) => (e.PersistenceId, (int)e.SequenceNr!);

    private async Task WriteAsync(bool snapshot = false)
    {
        await using var host = await OpenAsync();
        var (a, b) = (await host.RecoveredAsync("a"), await host.RecoveredAsync("b"));
        for (var i = 0; i < 3; i++)
        {
            await a.WriteAsync([.. Enumerable.Range((10 * i) + 1, 10).Select(n => $"a{n} {new string('.', 150)}")]);
            await b.WriteAsync([.. Enumerable.Range((10 * i) + 1, 10).Select(n => $"b{n}")]);
            if (i == 0 && snapshot) await a.SnapshotAsync("state");
        }
    }

    private void FlipABit(DbConnection connection, int at)
    {
        var message = Message(connection, "a", at);
        message[message.Length / 2] ^= 4;
        Put(connection, at, message);
    }

    private void CutTheMessage(DbConnection connection, int at) => Put(connection, at, Message(connection, "a", at)[..^1]);

    private void EmptyTheMessage(DbConnection connection, int at) => Put(connection, at, []);

    private void RenameTheEvent(DbConnection connection, int at) => PutManifest(connection, at, "sold/1");

    private void RaiseTheVersion(DbConnection connection, int at) => PutManifest(connection, at, "said/2");

    private void EmptyTheManifest(DbConnection connection, int at) => PutManifest(connection, at, "");

    private void CallItASnapshot(DbConnection connection, int at) => PutManifest(connection, at, "snapshot:said/1");

    private void TakeTheMessageOfAnotherStream(DbConnection connection, int at) => Put(connection, at, Message(connection, "b", at));

    private void SwapWithTheNextOne(DbConnection connection, int at)
    {
        foreach (var (from, to) in (ReadOnlySpan<(int, int)>)[(at, 1000), (at + 1, at), (1000, at + 1)])
        {
            using var command = Command(connection, $"UPDATE journal SET sequence_number = {to} {InPlace}", from);
            Assert.Equal(1, command.ExecuteNonQuery());
        }
    }

    private byte[] Message(DbConnection connection, string stream, int at)
    {
        using var command = Command(connection, $"SELECT message FROM journal {InPlace}", at, stream);
        return (byte[])command.ExecuteScalar()!;
    }

    private void Put(DbConnection connection, int at, byte[] message)
    {
        using var command = Command(connection, $"UPDATE journal SET message = @value {InPlace}", at, value: message);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private void PutManifest(DbConnection connection, int at, string manifest)
    {
        using var command = Command(connection, $"UPDATE journal SET manifest = @value {InPlace}", at, value: manifest);
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private DbCommand Command(DbConnection connection, string sql, int at, string stream = "a", object? value = null)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, parameterValue) in ((string, object?)[])[("@id", Id(stream)), ("@at", at), ("@value", value)])
        {
            if (parameterValue is null) continue;
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, parameterValue);
            command.Parameters.Add(parameter);
        }
        return command;
    }
}

public sealed class SqliteRunJournalDamageTests : RunJournalDamageTests
{
    protected override JournalStore Store => new JournalStore.Sqlite(Path.Combine(Folder, "journal.db"));
}

public sealed class PostgreSqlRunJournalDamageTests : RunJournalDamageTests
{
    private readonly string _database = PostgresServer.Shared.CreateDatabase();

    protected override JournalStore Store => new JournalStore.PostgreSql(_database, "run-1");
}
