using System.Text.Json.Nodes;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Events;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Who looks on by a node that does not coordinate hears what the one that does has heard.</summary>
public sealed class EventRelayTests
{
    private readonly EventHub _near = new(TimeProvider.System);
    private EventHub _coordinator = new(TimeProvider.System);

    [Fact]
    public async Task Everything_arrives_once_in_order_and_under_its_own_id_and_over_a_change_of_who_coordinates()
    {
        await using var relay = new EventRelay(_near, AskAsync, TimeProvider.System);
        Publish(_coordinator, 3);
        using var listener = _near.Listen(null);
        var asked = _questions;
        await WaitAsync(() => _questions > asked + 1);
        Publish(_coordinator, 700);
        var heard = await HearAsync(listener, 700);
        var epoch = _coordinator.After(null).Last.Split('-')[0];
        Assert.Equal(Enumerable.Range(4, 700).Select(number => $"{epoch}-{number}"), heard);

        _isAway = true;
        asked = _questions;
        await WaitAsync(() => _questions > asked + 1);
        _coordinator = new EventHub(TimeProvider.System);
        _isAway = false;
        asked = _questions;
        await WaitAsync(() => _questions > asked + 1);
        Publish(_coordinator, 2);
        Assert.Equal([1, 2], (await HearAsync(listener, 2)).Select(id => int.Parse(id.Split('-')[1], null)));

        // Who was cut off goes on here, behind what it heard by another node.
        using var back = _near.Listen($"{epoch}-702");
        Assert.False(back.HasGap);
        Assert.Equal($"{epoch}-703", (await HearAsync(back, 3))[0]);
    }

    [Fact]
    public async Task A_node_that_coordinates_itself_hears_nothing_twice()
    {
        _coordinator = _near;
        await using var relay = new EventRelay(_near, AskAsync, TimeProvider.System);
        using var listener = _near.Listen(null);
        Publish(_near, 2);
        var asked = _questions;
        await WaitAsync(() => _questions > asked + 2);
        Assert.Equal(2, (await HearAsync(listener, 2)).Count);
        Assert.False(listener.Events.TryRead(out _));
    }

    private volatile bool _isAway;
    private volatile int _questions;

    private Task<ClusterAnswer?> AskAsync(ClusterRequest request)
    {
        Interlocked.Increment(ref _questions);
        if (_isAway) throw RequestException.Unavailable("nobody coordinates");
        return Task.FromResult<ClusterAnswer?>(
            new ClusterAnswer("accepted") { Events = _coordinator.After(Assert.IsType<EventsRequest>(request).After) });
    }

    private static void Publish(EventHub hub, int count)
    {
        for (var i = 0; i < count; i++) hub.Publish("x", "s", () => new JsonObject());
    }

    private static async Task<List<string>> HearAsync(EventHub.Subscription listener, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var heard = new List<string>();
        while (heard.Count < count) heard.Add((await listener.Events.ReadAsync(patience.Token)).Id);
        return heard;
    }

    private static async Task WaitAsync(Func<bool> isSo)
    {
        for (var i = 0; i < 400 && !isSo(); i++) await Task.Delay(50);
        Assert.True(isSo());
    }
}
