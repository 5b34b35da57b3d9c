using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Tests.Runtime;

public class DeathWatchTests
{
    private readonly TestSystem _test = new();
    private readonly List<object> _seen = [];

    [Fact]
    public void Terminated_comes_after_what_the_dead_actor_sent()
    {
        var watcher = Watcher();
        var watched = _test.Spawn(() => new TestActor
        {
            Receive = (_, m) => watcher.Tell(m),
            Stopped = _ => watcher.Tell("last words"),
        });
        watcher.Tell(watched);
        _test.Run();
        watched.Tell("a word");
        watched.Tell(PoisonPill.Instance);
        _test.Run();
        Assert.Equal(["a word", "last words", new Terminated(watched)], _seen);
    }

    [Fact]
    public void Watching_a_dead_actor_tells_at_once()
    {
        var watched = _test.Spawn((_, _) => { });
        _test.System.Stop(watched);
        _test.Run();
        Watcher().Tell(watched);
        _test.Run();
        Assert.Equal([new Terminated(watched)], _seen);
    }

    [Fact]
    public void After_Unwatch_not_even_a_waiting_Terminated_is_delivered()
    {
        var watched = _test.Spawn((_, _) => { });
        var watcher = _test.Spawn((a, m) =>
        {
            switch (m)
            {
                case "watch": a.Context.Watch(watched); break;
                case "unwatch": a.Context.Unwatch(watched); break;
                default: _seen.Add(m); break;
            }
        });
        watcher.Tell("watch");
        _test.Run();
        _test.System.Stop(watched);
        // Ahead of the Terminated in the mailbox.
        watcher.Tell("unwatch");
        _test.Run();
        Assert.Empty(_seen);
    }

    [Fact]
    public void A_restart_is_not_a_death()
    {
        var watched = _test.Spawn((_, _) => throw new FormatException());
        Watcher().Tell(watched);
        watched.Tell("fail");
        _test.Advance(60);
        Assert.Empty(_seen);
    }

    [Fact]
    public void An_unhandled_Terminated_fails_the_watcher()
    {
        var watched = _test.Spawn((_, _) => { });
        var watcher = _test.Spawn((a, m) =>
        {
            if (m is IActorRef other) a.Context.Watch(other);
            else a.Unhandled(m);
        });
        watcher.Tell(watched);
        _test.Run();
        _test.System.Stop(watched);
        _test.Run();
        Assert.Same(watched, Assert.IsType<DeathPactException>(Assert.Single(_test.Logs).Cause).Dead);
    }

    [Fact]
    public void When_a_parent_hears_of_a_childs_death_the_name_is_free()
    {
        var parent = _test.Spawn(() => new TestActor
        {
            Started = a => a.Context.Watch(a.Context.ActorOf(Props.Create(() => new TestActor()), "child")),
            Receive = (a, m) =>
            {
                if (m is Terminated) _seen.Add(a.Context.ActorOf(Props.Create(() => new TestActor()), "child").Path.ToString());
                else a.Context.Stop(a.Context.Child("child")!);
            },
        }, "parent");
        parent.Tell("stop child");
        _test.Run();
        Assert.Equal(["/user/parent/child"], _seen);
        Assert.Empty(_test.Logs);
    }

    [Fact]
    public void A_stashed_Terminated_is_delivered_again()
    {
        var watched = _test.Spawn((_, _) => { });
        var watcher = _test.Spawn((a, m) =>
        {
            switch (m)
            {
                case IActorRef other: a.Context.Watch(other); break;
                case Terminated when a.Count++ == 0: a.Stash.Stash(); break;
                case "unstash": a.Stash.UnstashAll(); break;
                default: _seen.Add(m); break;
            }
        });
        watcher.Tell(watched);
        _test.Run();
        _test.System.Stop(watched);
        _test.Run();
        watcher.Tell("unstash");
        _test.Run();
        Assert.Equal([new Terminated(watched)], _seen);
    }

    private IActorRef Watcher() => _test.Spawn((a, m) =>
    {
        if (m is IActorRef watched) a.Context.Watch(watched);
        else _seen.Add(m);
    });
}
