using Sweeps.Actors.Runtime;
using Sweeps.Actors.Runtime.Simulation;

namespace Sweeps.Actors.Tests.Runtime;

public class TimerTests
{
    private readonly TestSystem _test = new();
    private readonly List<object> _seen = [];

    [Fact]
    public void A_single_timer_fires_once_when_due()
    {
        Start(t => t.StartSingleTimer("key", "tick", TimeSpan.FromSeconds(10)));
        _test.Advance(9.9);
        Assert.Empty(_seen);
        _test.Advance(100);
        Assert.Equal(["tick"], _seen);
    }

    [Fact]
    public void A_periodic_timer_fires_until_cancelled()
    {
        var actor = Start(t => t.StartPeriodicTimer("key", "tick", TimeSpan.FromSeconds(10)));
        _test.Advance(35);
        actor.Tell((Action<ITimerScheduler>)(t => t.Cancel("key")));
        _test.Advance(100);
        Assert.Equal(["tick", "tick", "tick"], _seen);
    }

    [Fact]
    public void A_slow_actor_finds_one_tick_waiting_and_not_all_that_it_missed()
    {
        Start(t => t.StartPeriodicTimer("key", "tick", TimeSpan.FromSeconds(1)));
        _test.Run();
        var time = (ManualTime)_test.Dispatcher.Time;
        // Time passes while the actor gets no turn.
        while (time.FireNext(time.GetUtcNow() + TimeSpan.FromSeconds(1)) && _test.Dispatcher.Time.GetUtcNow().Second < 30)
        {
        }
        _test.Run();
        Assert.Equal(["tick"], _seen);
    }

    [Fact]
    public void A_replaced_timer_does_not_fire()
    {
        Start(t =>
        {
            t.StartSingleTimer("key", "old", TimeSpan.FromSeconds(1));
            t.StartSingleTimer("key", "new", TimeSpan.FromSeconds(2));
            t.StartSingleTimer("other", "other", TimeSpan.FromSeconds(3));
        });
        _test.Advance(10);
        Assert.Equal(["new", "other"], _seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_message_of_a_cancelled_or_replaced_timer_is_not_delivered_even_from_the_mailbox(bool replace)
    {
        var actor = Start(t => t.StartSingleTimer("key", "stale", TimeSpan.FromSeconds(1)));
        _test.Run();
        actor.Tell((Action<ITimerScheduler>)(t =>
        {
            if (replace) t.StartSingleTimer("key", "new", TimeSpan.FromSeconds(1));
            else t.Cancel("key");
        }));
        // Fires now, with the cancellation ahead of it in the mailbox.
        Assert.True(((ManualTime)_test.Dispatcher.Time).FireNext(DateTimeOffset.MaxValue));
        _test.Run();
        Assert.Empty(_seen);
        _test.Advance(10);
        Assert.Equal(replace ? ["new"] : [], _seen);
    }

    [Fact]
    public void Timers_do_not_survive_a_restart()
    {
        var actor = Start(t => t.StartSingleTimer("key", "stale", TimeSpan.FromSeconds(1)));
        _test.Run();
        actor.Tell((Action<ITimerScheduler>)(_ => throw new FormatException()));
        // Fires now: the tick is behind the failure in the mailbox, which a restart keeps.
        Assert.True(((ManualTime)_test.Dispatcher.Time).FireNext(DateTimeOffset.MaxValue));
        _test.Advance(10);
        Assert.Empty(_seen);
    }

    [Fact]
    public void Timers_of_a_stopped_actor_are_silent()
    {
        var actor = Start(t => t.StartPeriodicTimer("key", "tick", TimeSpan.FromSeconds(1)));
        _test.Run();
        _test.System.Stop(actor);
        _test.Advance(10);
        Assert.Empty(_seen);
        Assert.Empty(_test.DeadLetters);
    }

    [Fact]
    public void A_timer_is_active_until_its_message_is_delivered()
    {
        List<bool> active = [];
        var actor = Start(t => t.StartSingleTimer("key", "tick", TimeSpan.FromSeconds(1)));
        actor.Tell((Action<ITimerScheduler>)(t => active.Add(t.IsTimerActive("key"))));
        _test.Advance(2);
        actor.Tell((Action<ITimerScheduler>)(t => active.Add(t.IsTimerActive("key"))));
        _test.Run();
        Assert.Equal([true, false], active);
    }

    private IActorRef Start(Action<ITimerScheduler> first)
    {
        var actor = _test.Spawn((a, m) =>
        {
            if (m is Action<ITimerScheduler> action) action(a.Timers);
            else _seen.Add(m);
        });
        actor.Tell(first);
        return actor;
    }
}
