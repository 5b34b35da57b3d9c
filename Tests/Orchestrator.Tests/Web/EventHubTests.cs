using System.Text.Json.Nodes;
using Sweeps.Orchestrator.Web.Events;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Who looks on hears everything once and in order, or is told that something is missing.</summary>
public sealed class EventHubTests
{
    private readonly EventHub _hub = new(TimeProvider.System);

    [Fact]
    public void All_hear_everything_in_order()
    {
        using var first = _hub.Listen(null);
        Publish(3);
        using var second = _hub.Listen(null);
        Publish(2);
        Assert.Equal([1, 2, 3, 4, 5], Heard(first));
        Assert.Equal([4, 5], Heard(second));
    }

    [Fact]
    public void Who_comes_back_hears_what_came_since()
    {
        Publish(10);
        using var first = _hub.Listen(null);
        Publish(1);
        Assert.True(first.Events.TryRead(out var last));
        Publish(3);
        using var again = _hub.Listen(last.Id);
        Assert.False(again.HasGap);
        Assert.Equal([12, 13, 14], Heard(again));
    }

    [Theory]
    [InlineData("00000000-1")]
    [InlineData("nonsense")]
    [InlineData("-")]
    [InlineData("EPOCH-99999")]
    [InlineData("EPOCH--1")]
    public void Who_has_heard_what_is_not_kept_is_told_so(string after)
    {
        Publish(5);
        using var now = _hub.Listen(null);
        using var lost = _hub.Listen(after.Replace("EPOCH", now.Id.Split('-')[0], StringComparison.Ordinal));
        Assert.True(lost.HasGap);
        Publish(1);
        Assert.Equal([6], Heard(lost));
    }

    [Fact]
    public void The_oldest_that_is_kept_is_where_coming_back_ends()
    {
        using var start = _hub.Listen(null);
        Publish(EventHub.Kept + 5);
        var epoch = start.Id.Split('-')[0];
        using var lost = _hub.Listen($"{epoch}-4");
        using var kept = _hub.Listen($"{epoch}-5");
        Assert.True(lost.HasGap);
        Assert.False(kept.HasGap);
        Assert.Equal(EventHub.Kept, Heard(kept).Count);
    }

    [Fact]
    public void Who_does_not_keep_up_is_let_go_and_nobody_waits()
    {
        using var slow = _hub.Listen(null);
        Publish(EventHub.Kept + EventHub.MostWaiting + 1);
        Assert.Equal(0, _hub.Listeners);
        var heard = Heard(slow);
        Assert.Equal(Enumerable.Range(1, EventHub.Kept + EventHub.MostWaiting), heard);
        Assert.True(slow.Events.Completion.IsCompleted);
    }

    [Fact]
    public void The_end_ends_all()
    {
        using var first = _hub.Listen(null);
        _hub.End();
        using var late = _hub.Listen(null);
        Assert.True(first.Events.Completion.IsCompleted);
        Assert.True(late.Events.Completion.IsCompleted);
    }

    [Fact]
    public void What_an_event_says_is_made_only_for_those_who_hear_it_and_once()
    {
        var made = 0;
        _hub.Publish("x", "s", () =>
        {
            made++;
            return [];
        });
        Assert.Equal(0, made);
        using var first = _hub.Listen(null);
        using var second = _hub.Listen(null);
        _hub.Publish("x", "s", () =>
        {
            made++;
            return [];
        });
        foreach (var listener in new[] { first, second })
        {
            Assert.True(listener.Events.TryRead(out var heard));
            Assert.Contains("event: x\ndata: {\"sweep\":\"s\",\"time\":", heard.Text, StringComparison.Ordinal);
            Assert.EndsWith("}\n\n", heard.Text, StringComparison.Ordinal);
        }
        Assert.Equal(1, made);
    }

    private void Publish(int count)
    {
        for (var i = 0; i < count; i++) _hub.Publish("x", "s", () => new JsonObject());
    }

    private static List<int> Heard(EventHub.Subscription listener)
    {
        var heard = new List<int>();
        while (listener.Events.TryRead(out var happened)) heard.Add(int.Parse(happened.Id.Split('-')[1], null));
        return heard;
    }
}
