using System.Text;
using Sweeps.Actors.Persistence;

namespace Sweeps.Actors.Tests.Persistence;

/// <summary>What every journal promises; one class per journal runs it.</summary>
public abstract class JournalContract : IAsyncLifetime
{
    protected abstract IJournal Journal { get; }

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync() => await Journal.DisposeAsync();

    [Fact]
    public async Task Events_are_read_back_in_order_byte_for_byte()
    {
        await Journal.AppendAsync("a", 1, [Event("one"), Event("two \u00e9\u0000")]);
        await Journal.AppendAsync("a", 3, [new SerializedEvent("raw", 7, new byte[] { 0, 255, 128 })]);
        var page = await Journal.ReadAsync("a", 0, 100);
        Assert.Equal(3, page.HighestSequenceNr);
        Assert.Equal([1L, 2L, 3L], page.Events.Select(e => e.SequenceNr));
        Assert.Equal(["one", "two \u00e9\u0000"], page.Events.Take(2).Select(Text));
        Assert.Equal(("raw", 7), (page.Events[2].Event.Name, page.Events[2].Event.Version));
        Assert.Equal([0, 255, 128], page.Events[2].Event.Payload.ToArray());
    }

    [Fact]
    public async Task An_unknown_stream_is_empty()
    {
        var page = await Journal.ReadAsync("never", 0, 10);
        Assert.Empty(page.Events);
        Assert.Equal(0, page.HighestSequenceNr);
        Assert.Null(await Journal.LoadSnapshotAsync("never"));
    }

    [Fact]
    public async Task Pages_cover_a_stream_without_gap_or_overlap()
    {
        await Journal.AppendAsync("a", 1, [.. Enumerable.Range(1, 10).Select(i => Event($"{i}"))]);
        List<string> read = [];
        for (long after = 0; after < 10;)
        {
            var page = await Journal.ReadAsync("a", after, 3);
            Assert.Equal(10, page.HighestSequenceNr);
            read.AddRange(page.Events.Select(Text));
            after = page.Events[^1].SequenceNr;
        }
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{i}"), read);
        Assert.Empty((await Journal.ReadAsync("a", 10, 3)).Events);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task An_append_that_does_not_continue_the_stream_is_refused_and_writes_nothing(long first)
    {
        await Journal.AppendAsync("a", 1, [Event("one"), Event("two")]);
        var refused = await Assert.ThrowsAsync<SequenceConflictException>(() => Journal.AppendAsync("a", first, [Event("x"), Event("y")]));
        Assert.Equal(("a", 2), (refused.PersistenceId, refused.HighestSequenceNr));
        Assert.Equal(["one", "two"], (await Journal.ReadAsync("a", 0, 10)).Events.Select(Text));
        await Journal.AppendAsync("a", 3, [Event("three")]);
    }

    [Fact]
    public async Task A_refused_append_does_not_harm_those_beside_it()
    {
        var good = Enumerable.Range(0, 50).Select(i => Journal.AppendAsync($"good{i}", 1, [Event("x")])).ToArray();
        var bad = Enumerable.Range(0, 50).Select(i => Journal.AppendAsync($"bad{i}", 2, [Event("x")])).ToArray();
        await Task.WhenAll(good);
        foreach (var task in bad) await Assert.ThrowsAsync<SequenceConflictException>(() => task);
        Assert.Equal(50, Journal.PersistenceIds().Count);
    }

    [Fact]
    public async Task A_read_sees_all_that_was_asked_for_before_it()
    {
        foreach (var i in Enumerable.Range(1, 200))
        {
            var append = Journal.AppendAsync("a", i, [Event($"{i}")]);
            var page = Journal.ReadAsync("a", i - 1, 10);
            Assert.Equal($"{i}", Text((await page).Events.Single()));
            await append;
        }
    }

    [Fact]
    public async Task Reading_on_from_beyond_the_end_is_corruption()
    {
        await Journal.AppendAsync("a", 1, [Event("one")]);
        var corrupt = await Assert.ThrowsAsync<JournalCorruptException>(() => Journal.ReadAsync("a", 2, 10));
        Assert.Equal("a", corrupt.PersistenceId);
    }

    [Fact]
    public async Task A_snapshot_replaces_the_one_before()
    {
        await Journal.SaveSnapshotAsync("a", new StoredSnapshot(1, Event("first")));
        await Journal.SaveSnapshotAsync("a", new StoredSnapshot(5, Event("second")));
        await Journal.SaveSnapshotAsync("b", new StoredSnapshot(9, Event("other")));
        var snapshot = (await Journal.LoadSnapshotAsync("a"))!;
        Assert.Equal((5, "second"), (snapshot.SequenceNr, Encoding.UTF8.GetString(snapshot.State.Payload.Span)));
    }

    [Fact]
    public async Task Views_read_streams_by_prefix_in_order_of_commit()
    {
        await Journal.AppendAsync("trial-2", 1, [Event("a")]);
        await Journal.AppendAsync("sweep", 1, [Event("b")]);
        await Journal.AppendAsync("trial-1", 1, [Event("c")]);
        await Journal.AppendAsync("trial-2", 2, [Event("d")]);
        await Journal.AppendAsync("Trial-%", 1, [Event("e")]);
        Assert.Equal(["trial-1", "trial-2"], Journal.PersistenceIds("trial-"));
        Assert.Equal(["Trial-%", "sweep", "trial-1", "trial-2"], Journal.PersistenceIds());
        Assert.Equal(["a", "c", "d"], Journal.ReadAll("trial-").Select(Text));
        Assert.Equal(["a", "b", "c", "d", "e"], Journal.ReadAll().Select(Text));
    }

    [Fact]
    public async Task Many_writers_at_once_each_keep_their_order()
    {
        const int Streams = 20, Events = 50;
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(s => Task.Run(async () =>
        {
            for (var i = 1; i <= Events; i++) await Journal.AppendAsync($"s{s}", i, [Event($"{i}")]);
        })));
        foreach (var s in Enumerable.Range(0, Streams))
            Assert.Equal(Enumerable.Range(1, Events).Select(i => $"{i}"), (await Journal.ReadAsync($"s{s}", 0, 1000)).Events.Select(Text));
        Assert.Equal(Streams * Events, Journal.ReadAll().Count());
    }

    internal static SerializedEvent Event(string text) => new("said", 1, Encoding.UTF8.GetBytes(text));

    internal static string Text(StoredEvent stored) => Encoding.UTF8.GetString(stored.Event.Payload.Span);
}

public sealed class MemoryJournalTests : JournalContract
{
    protected override IJournal Journal { get; } = new MemoryJournal();
}
