using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Tests.Runtime;

public class SupervisionTests
{
    private readonly List<object> _seen = [];

    [Fact]
    public void A_restart_keeps_reference_and_mailbox_and_loses_state()
    {
        var test = new TestSystem(Strategies.Always(Directive.Restart));
        var actor = test.Spawn(Counter);
        Send(actor, 1, 1, "fail", 1, "count");
        test.Run();
        Assert.Equal([1], _seen);
    }

    [Fact]
    public void A_resumed_actor_keeps_its_state()
    {
        var test = new TestSystem(Strategies.Always(Directive.Resume));
        Send(test.Spawn(Counter), 1, 1, "fail", 1, "count");
        test.Run();
        Assert.Equal([3], _seen);
    }

    [Fact]
    public void A_stopped_actor_handles_nothing_more()
    {
        var test = new TestSystem(Strategies.Always(Directive.Stop));
        Send(test.Spawn(Counter), 1, "fail", "count");
        test.Run();
        Assert.Empty(_seen);
        Assert.Equal("count", Assert.Single(test.DeadLetters).Message);
    }

    [Fact]
    public void The_hooks_of_a_restart_run_in_order_and_children_are_stopped_before_the_new_start()
    {
        var test = new TestSystem(Strategies.Always(Directive.Restart));
        var actor = test.Spawn(() => new TestActor
        {
            Started = a =>
            {
                _seen.Add("start");
                a.Context.ActorOf(Props.Create(() => new TestActor { Stopped = _ => _seen.Add("child stopped") }), "child");
            },
            Stopped = _ => _seen.Add("stop"),
            BeforeRestart = (_, e, m) => _seen.Add($"before restart: {e.Message}, {m}"),
            AfterRestart = (_, e) => _seen.Add($"after restart: {e.Message}"),
            Receive = (_, _) => throw new FormatException("bad"),
        });
        actor.Tell("message");
        test.Run();
        Assert.Equal(["start", "before restart: bad, message", "stop", "child stopped", "after restart: bad", "start"], _seen);
    }

    [Fact]
    public void Restarts_back_off_exponentially_up_to_the_cap()
    {
        var strategy = new OneForOneStrategy(_ => Directive.Restart, 10, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        var test = new TestSystem(strategy);
        var begin = test.Dispatcher.Time.GetUtcNow();
        // Fails again at each start, so that the starts are exactly the backoffs apart.
        var actor = test.Spawn(() => new TestActor
        {
            Receive = (a, _) =>
            {
                _seen.Add((test.Dispatcher.Time.GetUtcNow() - begin).TotalSeconds);
                a.Self.Tell("again");
                throw new FormatException();
            },
        });
        actor.Tell("first");
        test.Advance(18);
        Assert.Equal([0.0, 1.0, 3.0, 7.0, 12.0, 17.0], _seen);
    }

    [Fact]
    public void One_restart_too_many_within_the_window_stops_the_actor()
    {
        var test = new TestSystem(new OneForOneStrategy(_ => Directive.Restart, 2, TimeSpan.FromMinutes(1), TimeSpan.Zero, TimeSpan.Zero));
        var actor = test.Spawn(Counter);
        Send(actor, "fail", "fail", "count", "fail", "count");
        test.Run();
        Assert.Equal([0], _seen);
        Assert.Equal("count", Assert.Single(test.DeadLetters).Message);
    }

    [Fact]
    public void Restarts_before_the_window_do_not_count()
    {
        var test = new TestSystem(new OneForOneStrategy(_ => Directive.Restart, 2, TimeSpan.FromMinutes(1), TimeSpan.Zero, TimeSpan.Zero));
        var actor = test.Spawn(Counter);
        foreach (var _ in Enumerable.Range(0, 10))
        {
            actor.Tell("fail");
            test.Advance(31);
        }
        actor.Tell("count");
        test.Run();
        Assert.Equal([0], _seen);
    }

    [Fact]
    public void An_actor_waiting_for_its_restart_can_be_stopped()
    {
        var test = new TestSystem(new OneForOneStrategy(_ => Directive.Restart, 2, null, TimeSpan.FromHours(1), TimeSpan.FromHours(1)));
        var actor = test.Spawn(() => new TestActor { Started = _ => _seen.Add("start"), Receive = (_, _) => throw new FormatException() });
        actor.Tell("fail");
        test.Run();
        test.System.Stop(actor);
        test.Advance(7200);
        actor.Tell("late");
        test.Run();
        Assert.Equal(["start"], _seen);
        Assert.Equal("late", Assert.Single(test.DeadLetters).Message);
    }

    [Fact]
    public void Escalation_fails_the_parent_with_the_childs_cause()
    {
        var test = new TestSystem(Strategies.Always(Directive.Restart));
        var parent = test.Spawn(() => Parent(Directive.Escalate));
        parent.Tell("fail");
        test.Run();
        Assert.Equal(["start", "restarted: child failed", "start"], _seen);
    }

    [Fact]
    public void When_escalation_is_answered_with_resume_the_child_goes_on_too()
    {
        var test = new TestSystem(Strategies.Always(Directive.Resume));
        var parent = test.Spawn(() => Parent(Directive.Escalate));
        Send(parent, 1, "fail", 1, "count");
        test.Run();
        Assert.Equal(["start", 2], _seen);
    }

    [Fact]
    public void A_supervisor_that_throws_while_deciding_escalates_both_failures()
    {
        var test = new TestSystem(Strategies.Always(Directive.Stop));
        test.Spawn(() => Parent(new OneForOneStrategy(_ => throw new TimeoutException("undecided")))).Tell("fail");
        test.Run();
        var cause = Assert.IsType<AggregateException>(test.Logs.Last().Cause);
        Assert.Equal([typeof(TimeoutException), typeof(FormatException)], cause.InnerExceptions.Select(e => e.GetType()));
    }

    [Fact]
    public void An_actor_that_cannot_be_constructed_is_stopped_by_default()
    {
        var test = new TestSystem();
        var actor = test.Spawn(TestActor () => throw new FormatException("no"), "broken");
        actor.Tell("hello");
        test.Run();
        Assert.Equal("hello", Assert.Single(test.DeadLetters).Message);
        Assert.IsType<FormatException>(Assert.IsType<ActorInitializationException>(Assert.Single(test.Logs).Cause).InnerException);
    }

    [Fact]
    public async Task A_fatal_failure_ends_the_system_and_is_its_outcome()
    {
        var test = new TestSystem();
        var other = test.Spawn(() => new TestActor { Stopped = _ => _seen.Add("other stopped") });
        var parent = test.Spawn(() => new TestActor
        {
            Started = a => a.Context.ActorOf(Props.Create(() => new TestActor { Receive = (_, _) => throw new Fatal() }), "child"),
            Receive = (a, m) => a.Context.Child("child")!.Tell(m),
        });
        parent.Tell("fail");
        test.Run();
        Assert.True(test.System.WhenTerminated.IsCompleted);
        Assert.IsType<Fatal>(await test.System.WhenTerminated);
        Assert.Equal(["other stopped"], _seen);
    }

    [Fact]
    public void A_hook_that_throws_is_logged_and_keeps_nobody_from_stopping()
    {
        var test = new TestSystem();
        var actor = test.Spawn(() => new TestActor { Stopped = _ => throw new FormatException("in PostStop") });
        test.System.Stop(actor);
        test.Run();
        Assert.Equal("in PostStop", Assert.Single(test.Logs).Cause!.Message);
        Assert.True(test.System.TerminateAsync() is var done && test.Dispatcher.RunUntilIdle() > 0 && done.IsCompleted);
    }

    [Fact]
    public async Task Shutdown_stops_children_before_parents_after_their_current_message()
    {
        var test = new TestSystem();
        TestActor Node(string name, int depth) => new()
        {
            Started = a =>
            {
                if (depth > 0) a.Context.ActorOf(Props.Create(() => Node(name + "/a", depth - 1)), "a");
                if (depth > 0) a.Context.ActorOf(Props.Create(() => Node(name + "/b", depth - 1)), "b");
            },
            Stopped = _ => _seen.Add(name),
        };
        test.Spawn(() => Node("root", 2), "root");
        test.Run();
        var done = test.System.TerminateAsync();
        test.Run();
        Assert.True(done.IsCompleted);
        Assert.Null(await done);
        Assert.Equal(7, _seen.Count);
        foreach (var name in _seen.Cast<string>())
            Assert.All(_seen.Cast<string>().Where(n => n.StartsWith(name + "/", StringComparison.Ordinal)), n => Assert.True(_seen.IndexOf(n) < _seen.IndexOf(name)));
        Assert.Throws<InvalidOperationException>(() => test.Spawn((_, _) => { }));
    }

    private static void Send(IActorRef actor, params object[] messages)
    {
        foreach (var message in messages) actor.Tell(message);
    }

    private TestActor Counter() => new()
    {
        Receive = (a, m) =>
        {
            if (m is "fail") throw new FormatException("child failed");
            if (m is "count") _seen.Add(a.Count);
            else a.Count += (int)m;
        },
    };

    private TestActor Parent(Directive directive) => Parent(Strategies.Always(directive));

    private TestActor Parent(OneForOneStrategy strategy) => new()
    {
        Strategy = strategy,
        Started = a =>
        {
            _seen.Add("start");
            a.Context.ActorOf(Props.Create(Counter), "child");
        },
        AfterRestart = (_, e) => _seen.Add($"restarted: {e.Message}"),
        Receive = (a, m) => a.Context.Child("child")!.Tell(m),
    };

    private sealed class Fatal() : FatalActorException("fatal");
}
