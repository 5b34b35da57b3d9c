using Akka.Actor;
using Sweeps.Actors.Journal;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Journal;

public sealed class JournalSerializerTests : IAsyncLifetime
{
    private readonly ExtendedActorSystem _system = (ExtendedActorSystem)ActorSystem.Create("serializer");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void Records_come_back_as_they_were()
    {
        var serializer = new JournalSerializer(_system);
        var bytes = "{\"a\":1}"u8.ToArray();
        var journal = new JournalRecord("said/1", bytes);
        var snapshot = new SnapshotRecord("said/1", bytes);
        Assert.Equal("said/1", serializer.Manifest(journal));
        Assert.Equal(bytes, ((JournalRecord)Again(serializer, journal)).Bytes.ToArray());
        Assert.Equal(("said/1", "{\"a\":1}"), Assert.IsType<SnapshotRecord>(Again(serializer, snapshot)) is var back
            ? (back.Manifest, System.Text.Encoding.UTF8.GetString(back.Bytes.Span)) : default);
        Assert.Equal(bytes[1..3], serializer.ToBinary(journal with { Bytes = bytes.AsMemory(1, 2) }));
    }

    [Fact]
    public void Reading_never_throws()
    {
        var serializer = new JournalSerializer(_system);
        Assert.IsType<JournalRecord>(serializer.FromBinary([], ""));
        Assert.IsType<JournalRecord>(serializer.FromBinary([0, 255], null!));
        Assert.IsType<SnapshotRecord>(serializer.FromBinary([], "snapshot:"));
        foreach (var bytes in Mutations.Of("said/1"u8.ToArray(), 100, 3))
            Assert.NotNull(serializer.FromBinary(bytes, System.Text.Encoding.UTF8.GetString(bytes)));
    }

    [Fact]
    public void Nothing_else_is_stored()
    {
        var refused = Assert.Throws<ArgumentException>(() => new JournalSerializer(_system).ToBinary("x"));
        Assert.Contains("System.String is not stored", refused.Message, StringComparison.Ordinal);
    }

    private static object Again(JournalSerializer serializer, object record)
        => serializer.FromBinary(serializer.ToBinary(record), serializer.Manifest(record));
}
