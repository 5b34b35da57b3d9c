using System.Text;
using Sweeps.Actors.Journal;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Journal;

public class JournalChainTests
{
    private const string Location = "journal.db";

    private static readonly JournalRecord[] s_records = Sealed("sweep", "one", "two", "three", "four");

    [Fact]
    public void What_was_sealed_is_followed_to_the_same_events_and_the_same_end()
    {
        var (writer, reader) = (new JournalChain(Location, "sweep"), new JournalChain(Location, "sweep"));
        for (var i = 1; i <= 20; i++)
        {
            var sealedEvent = new SerializedEvent("said", i, Json($"text {i} \u00e9"));
            var record = writer.Seal($"trial:models/\"{i}\"", "w\u00f6rter\n", sealedEvent);
            var chained = reader.Follow(i, record);
            Assert.Equal(($"trial:models/\"{i}\"", "w\u00f6rter\n"), (chained.Entity, chained.Writer));
            Assert.Equal(("said", i), (chained.Event.Name, chained.Event.Version));
            Assert.Equal(sealedEvent.Payload.ToArray(), chained.Event.Payload.ToArray());
            Assert.Equal((i, writer.Checksum), (reader.Number, reader.Checksum));
        }
    }

    [Fact]
    public void A_record_is_one_readable_line()
    {
        var started = new SerializedEvent("trial-started", 2, "{\"attempt\":1}"u8.ToArray());
        var record = new JournalChain(Location, "sweep").Seal("trial:models/x", "w1", started);
        Assert.Equal("trial-started/2", record.Manifest);
        Assert.Matches(
            """^\{"checksum":"[0-9a-f]{32}","number":1,"entity":"trial:models/x","writer":"w1","event":\{"attempt":1\}\}$""",
            Encoding.UTF8.GetString(record.Bytes.Span));
    }

    [Fact]
    public void Stored_bytes_and_checksums_are_the_same_for_ever()
    {
        var chain = new JournalChain(Location, "sweep");
        var first = chain.Seal("sweep", "w1", new SerializedEvent("said", 1, "{}"u8.ToArray()));
        var snapshot = chain.SealSnapshot(new SerializedEvent("state", 1, "{}"u8.ToArray()));
        Assert.Equal(
            """{"checksum":"dd8c84e40ac460f88861d8b5b356feed","number":1,"entity":"sweep","writer":"w1","event":{}}""",
            Encoding.UTF8.GetString(first.Bytes.Span));
        Assert.Equal(
            """{"checksum":"16ff1d135a22ca31ea1b110746a75c41","number":1,"chain":"dd8c84e40ac460f88861d8b5b356feed","state":{}}""",
            Encoding.UTF8.GetString(snapshot.Bytes.Span));
    }

    [Fact]
    public void A_chain_goes_on_from_a_number_and_a_checksum()
    {
        var first = new JournalChain(Location, "sweep");
        first.Follow(1, s_records[0]);
        first.Follow(2, s_records[1]);
        var second = new JournalChain(Location, "sweep", first.Number, first.Checksum);
        Assert.Equal("three", Text(second.Follow(3, s_records[2])));
        Assert.Throws<ArgumentException>(() => new JournalChain(Location, "sweep", 1, first.Checksum.ToUpperInvariant()));
        Assert.Throws<ArgumentException>(() => new JournalChain(Location, "sweep", 1, "00"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new JournalChain(Location, "sweep", -1, first.Checksum));
    }

    [Fact]
    public void Any_changed_bit_of_a_record_is_refused_and_the_chain_stays_where_it_was()
    {
        var chain = new JournalChain(Location, "sweep");
        chain.Follow(1, s_records[0]);
        var whole = s_records[1].Bytes.ToArray();
        for (var bit = 0; bit < 8 * whole.Length; bit++)
        {
            var changed = (byte[])whole.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, s_records[1] with { Bytes = changed }));
        }
        for (var length = 0; length < whole.Length; length++)
            AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, s_records[1] with { Bytes = whole.AsMemory(0, length) }));
        Assert.Equal("two", Text(chain.Follow(2, s_records[1])));
    }

    [Fact]
    public void A_record_of_another_place_stream_or_manifest_is_refused()
    {
        var chain = new JournalChain(Location, "sweep");
        chain.Follow(1, s_records[0]);
        AssertRefused(2, "it is missing; the next one is 3", () => chain.Follow(3, s_records[2]));
        AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, s_records[2]));
        AssertRefused(1, "it comes again", () => chain.Follow(1, s_records[0]));
        AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, s_records[0]));
        AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, s_records[1] with { Manifest = "said/2" }));
        AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, s_records[1] with { Manifest = "" }));
        AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, Sealed("search:m/t", "one", "two")[1]));
        AssertRefused(2, "its checksum is wrong", () => chain.Follow(2, Sealed("sweep", "ein", "two")[1]));
        Assert.Equal("two", Text(chain.Follow(2, s_records[1])));
    }

    [Theory]
    [InlineData("", "said/1")]
    [InlineData("\"", "said/1")]
    [InlineData("\",\"number\":2,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":{}}", "said/1")]
    [InlineData("\",\"number\":1.5,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":{}}", "said/1")]
    [InlineData("\",\"number\":99999999999999999999,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":{}}", "said/1")]
    [InlineData("\",\"number\":1,\"entity\":null,\"writer\":\"w\",\"event\":{}}", "said/1")]
    [InlineData("\",\"number\":1,\"writer\":\"w\",\"entity\":\"sweep\",\"event\":{}}", "said/1")]
    [InlineData("\",\"number\":1,\"entity\":\"\\ud800\",\"writer\":\"w\",\"event\":{}}", "said/1")]
    [InlineData("\",\"number\":1,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":", "said/1")]
    [InlineData("\",\"number\":1,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":{}}", "said")]
    [InlineData("\",\"number\":1,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":{}}", "said/-1")]
    [InlineData("\",\"number\":1,\"entity\":\"sweep\",\"writer\":\"w\",\"event\":{}}", "/1")]
    public void A_record_with_the_right_checksum_that_is_no_event_is_refused(string rest, string manifest)
    {
        var bytes = Encoding.UTF8.GetBytes($$"""{"checksum":"{{new string('0', 32)}}{{rest}}""");
        var checksum = new byte[16];
        var covered = bytes.AsSpan(Math.Min(bytes.Length, RecordFormat.RestAt));
        RecordChecksum.Compute(new byte[16], RecordChecksum.WithLength("sweep"), manifest, covered, checksum);
        Convert.TryToHexStringLower(checksum, bytes.AsSpan(RecordFormat.ChecksumAt), out _);
        AssertRefused(1, "it", () => new JournalChain(Location, "sweep").Follow(1, new JournalRecord(manifest, bytes)));
    }

    [Fact]
    public void Damage_of_every_kind_is_refused_with_the_place()
    {
        var good = s_records[0].Bytes.ToArray();
        foreach (var bytes in Mutations.Of(good, 2000, 7))
        {
            if (bytes.AsSpan().SequenceEqual(good)) continue;
            Assert.True(Mutations.Refuses<JournalCorruptException>(
                bytes, () => new JournalChain(Location, "sweep").Follow(1, s_records[0] with { Bytes = bytes })));
        }
    }

    [Fact]
    public void A_snapshot_gives_the_state_and_the_place_to_go_on_from()
    {
        var writer = new JournalChain(Location, "sweep");
        writer.Follow(1, s_records[0]);
        writer.Follow(2, s_records[1]);
        var snapshot = writer.SealSnapshot(new SerializedEvent("sweep-snapshot", 3, Json("state")));
        Assert.Matches(
            """^\{"checksum":"[0-9a-f]{32}","number":2,"chain":"[0-9a-f]{32}","state":"state"\}$""",
            Encoding.UTF8.GetString(snapshot.Bytes.Span));
        var reader = new JournalChain(Location, "sweep");
        var state = reader.Restore(2, snapshot);
        Assert.Equal(("sweep-snapshot", 3, "\"state\""), (state.Name, state.Version, Encoding.UTF8.GetString(state.Payload.Span)));
        Assert.Equal("three", Text(reader.Follow(3, s_records[2])));
    }

    [Fact]
    public void A_changed_snapshot_or_one_of_another_stream_or_place_is_refused_and_the_chain_stays_where_it_was()
    {
        var writer = new JournalChain(Location, "sweep");
        writer.Follow(1, s_records[0]);
        var snapshot = writer.SealSnapshot(new SerializedEvent("sweep-snapshot", 1, Json("state")));
        var reader = new JournalChain(Location, "sweep");
        for (var bit = 0; bit < 8 * snapshot.Bytes.Length; bit++)
        {
            var changed = snapshot.Bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<SnapshotUnreadableException>(() => reader.Restore(1, snapshot with { Bytes = changed }));
        }
        Assert.Throws<SnapshotUnreadableException>(() => reader.Restore(2, snapshot));
        Assert.Throws<SnapshotUnreadableException>(() => reader.Restore(1, snapshot with { Manifest = "sweep-snapshot/2" }));
        Assert.Throws<SnapshotUnreadableException>(() => new JournalChain(Location, "search:m/t").Restore(1, snapshot));
        // An event's bytes are no snapshot, and a snapshot's no event, even under the other's manifest.
        Assert.Throws<SnapshotUnreadableException>(() => reader.Restore(1, new SnapshotRecord(s_records[0].Manifest, s_records[0].Bytes)));
        AssertRefused(1, "its checksum is wrong", () => reader.Follow(1, new JournalRecord(snapshot.Manifest, snapshot.Bytes)));
        Assert.Equal("one", Text(reader.Follow(1, s_records[0])));
    }

    private static JournalRecord[] Sealed(string stream, params string[] texts)
    {
        var chain = new JournalChain(Location, stream);
        return [.. texts.Select(text => chain.Seal(stream, "w1", new SerializedEvent("said", 1, Json(text))))];
    }

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes($"\"{text}\"");

    private static string Text(ChainedEvent chained) => Encoding.UTF8.GetString(chained.Event.Payload.Span).Trim('"');

    private static void AssertRefused(long number, string problem, Action read)
    {
        var refused = Assert.Throws<JournalCorruptException>(read);
        Assert.Equal((Location, "sweep", number), (refused.Location, refused.PersistenceId, refused.SequenceNr));
        Assert.StartsWith(problem, refused.Problem, StringComparison.Ordinal);
    }
}
