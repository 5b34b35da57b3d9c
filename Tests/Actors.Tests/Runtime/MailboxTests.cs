using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Tests.Runtime;

public class MailboxTests
{
    private readonly TestSystem _test = new();
    private readonly List<object> _seen = [];

    [Fact]
    public void Messages_of_one_sender_arrive_in_order()
    {
        var actor = _test.Spawn((_, m) => _seen.Add(m));
        foreach (var i in Enumerable.Range(0, 500)) actor.Tell(i);
        _test.Run();
        Assert.Equal(Enumerable.Range(0, 500).Cast<object>(), _seen);
    }

    [Fact]
    public void A_message_to_self_is_handled_after_the_current_one()
    {
        var actor = _test.Spawn((a, m) =>
        {
            if (m is "first") a.Self.Tell("second");
            _seen.Add(m);
            _seen.Add("end");
        });
        actor.Tell("first");
        _test.Run();
        Assert.Equal(["first", "end", "second", "end"], _seen);
    }

    [Fact]
    public void A_message_to_a_stopped_actor_is_a_dead_letter()
    {
        var actor = _test.Spawn((_, m) => _seen.Add(m), "gone");
        _test.System.Stop(actor);
        actor.Tell("waiting when it stops");
        _test.Run();
        actor.Tell("sent afterwards");
        _test.Run();
        Assert.Empty(_seen);
        Assert.Equal(["waiting when it stops", "sent afterwards"], _test.DeadLetters.Select(d => d.Message));
        Assert.All(_test.DeadLetters, d => Assert.Equal("/user/gone", d.Recipient.ToString()));
        Assert.Equal(2, _test.System.DeadLetters.Count);
    }

    [Fact]
    public void A_poison_pill_waits_its_turn_and_a_stop_does_not()
    {
        var poisoned = _test.Spawn((_, m) => _seen.Add(m));
        poisoned.Tell(1);
        poisoned.Tell(PoisonPill.Instance);
        poisoned.Tell(2);
        var stopped = _test.Spawn((_, m) => _seen.Add(m));
        stopped.Tell(3);
        _test.System.Stop(stopped);
        _test.Run();
        Assert.Equal([1], _seen);
        Assert.Equal([2, 3], _test.DeadLetters.Select(d => (int)d.Message).Order());
    }

    [Fact]
    public void A_reply_goes_to_the_sender_and_a_forwarded_message_keeps_it()
    {
        var worker = _test.Spawn((a, m) => a.Sender.Tell($"{m} done"));
        var broker = _test.Spawn((_, m) => worker.Forward(m));
        _test.Spawn(() => new TestActor { Started = a => broker.Tell("job", a.Self), Receive = (_, m) => _seen.Add(m) });
        _test.Run();
        Assert.Equal(["job done"], _seen);
    }

    [Fact]
    public void Inside_an_actor_it_is_the_sender_by_default()
    {
        var echo = _test.Spawn((a, m) => a.Sender.Tell(m));
        _test.Spawn(() => new TestActor { Started = _ => echo.Tell("hello"), Receive = (_, m) => _seen.Add(m) });
        _test.Run();
        Assert.Equal(["hello"], _seen);
    }

    [Fact]
    public void A_reply_to_nobody_is_a_dead_letter()
    {
        _test.Spawn((a, m) => a.Sender.Tell("reply")).Tell("question");
        _test.Run();
        Assert.Equal("reply", Assert.Single(_test.DeadLetters).Message);
    }

    [Fact]
    public void A_full_mailbox_turns_messages_into_dead_letters_and_says_so()
    {
        var props = Props.Create(() => new TestActor { Receive = (_, m) => _seen.Add(m) }).WithMailboxCapacity(3);
        var actor = _test.System.ActorOf(props);
        foreach (var i in Enumerable.Range(0, 5)) actor.Tell(i);
        _test.Run();
        actor.Tell(5);
        _test.Run();
        Assert.Equal([0, 1, 2, 5], _seen);
        Assert.Equal([3, 4], _test.DeadLetters.Select(d => d.Message));
        Assert.Contains(_test.Logs, l => l.Level == LogLevel.Error && l.Message.Contains("mailbox is full at 3", StringComparison.Ordinal));
    }

    [Fact]
    public void Become_replaces_the_handler_until_Unbecome()
    {
        var actor = _test.Spawn((a, m) =>
        {
            _seen.Add($"normal {m}");
            a.Context.Become(n =>
            {
                _seen.Add($"other {n}");
                a.Context.Unbecome();
            });
        });
        foreach (var i in Enumerable.Range(1, 3)) actor.Tell(i);
        _test.Run();
        Assert.Equal(["normal 1", "other 2", "normal 3"], _seen);
    }

    [Fact]
    public void An_unhandled_message_is_published()
    {
        _test.Spawn((a, m) => a.Unhandled(m), "deaf").Tell("what?");
        _test.Run();
        var unhandled = Assert.Single(_test.Unhandled);
        Assert.Equal(("what?", "/user/deaf"), (unhandled.Message, unhandled.Recipient.Path.ToString()));
    }

    [Fact]
    public void The_context_is_refused_outside_of_the_actors_turn()
    {
        TestActor? leaked = null;
        _test.Spawn((a, _) => leaked = a).Tell("leak");
        _test.Run();
        Assert.Contains("outside of its turn", Assert.Throws<InvalidOperationException>(() => leaked!.Context).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => leaked!.Timers);
    }

    [Fact]
    public void An_actor_is_not_made_with_new()
        => Assert.Throws<InvalidOperationException>(() => new TestActor());

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public void A_malformed_name_is_refused(string name)
        => Assert.ThrowsAny<Exception>(() => _test.Spawn((_, _) => { }, name));

    [Fact]
    public void A_name_is_taken_until_its_actor_has_stopped()
    {
        var first = _test.Spawn((_, _) => { }, "one");
        Assert.Throws<InvalidActorNameException>(() => _test.Spawn((_, _) => { }, "one"));
        _test.System.Stop(first);
        _test.Run();
        Assert.NotSame(first, _test.Spawn((_, _) => { }, "one"));
    }

    [Fact]
    public void A_stash_gives_messages_back_in_order_before_those_that_came_later()
    {
        var open = false;
        var actor = _test.Spawn((a, m) =>
        {
            if (m is "open")
            {
                open = true;
                a.Stash.UnstashAll();
            }
            else if (!open) a.Stash.Stash();
            else _seen.Add(m);
        });
        foreach (var m in (object[])[1, 2, "open", 3]) actor.Tell(m);
        _test.Run();
        Assert.Equal([1, 2, 3], _seen);
    }

    [Fact]
    public void A_full_stash_fails_the_actor_and_keeps_what_it_holds()
    {
        var stashing = true;
        var props = Props.Create(() => new TestActor
        {
            Receive = (a, m) =>
            {
                if (stashing) a.Stash.Stash();
                else _seen.Add(m);
            },
            AfterRestart = (_, e) =>
            {
                stashing = false;
                _seen.Add(e.GetType());
            },
        }).WithStashCapacity(2);
        var actor = _test.System.ActorOf(props);
        foreach (var i in Enumerable.Range(1, 4)) actor.Tell(i);
        _test.Advance(1);
        Assert.Equal([typeof(StashOverflowException), 1, 2, 4], _seen);
    }

    [Fact]
    public void What_is_stashed_when_an_actor_stops_is_a_dead_letter()
    {
        var actor = _test.Spawn((a, _) => a.Stash.Stash());
        actor.Tell("put aside");
        _test.Run();
        _test.System.Stop(actor);
        _test.Run();
        Assert.Equal("put aside", Assert.Single(_test.DeadLetters).Message);
    }

    [Fact]
    public void A_message_cannot_be_stashed_twice()
    {
        Exception? thrown = null;
        _test.Spawn((a, _) =>
        {
            a.Stash.Stash();
            thrown = Record.Exception(a.Stash.Stash);
        }).Tell("once");
        _test.Run();
        Assert.IsType<InvalidOperationException>(thrown);
    }
}
