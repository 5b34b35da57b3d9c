using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Tests.Runtime;

/// <summary>The contracts that only threads can break, on the dispatcher of production.</summary>
public class ThreadPoolTests
{
    private const int Senders = 8;
    private const int Receivers = 4;
    private const int PerPair = 5_000;

    [Fact]
    public async Task Under_load_no_message_is_lost_and_each_pair_keeps_its_order_and_no_actor_runs_twice_at_once()
    {
        var system = ActorSystem.Create("stress");
        var receivers = Enumerable.Range(0, Receivers).Select(i => system.ActorOf(Props.Create(() => new Receiver()), $"r{i}")).ToArray();
        // Half of the senders are actors, half are threads.
        var threads = Enumerable.Range(0, Senders / 2).Select(s => Task.Run(() => SendAll(s, receivers, null)));
        foreach (var s in Enumerable.Range(Senders / 2, Senders / 2))
            system.ActorOf(Props.Create(() => new TestActor { Receive = (a, _) => SendAll(s, receivers, a.Self) })).Tell("go");
        await Task.WhenAll(threads);
        foreach (var receiver in receivers)
        {
            var result = await receiver.Ask<Result>(new WhenComplete(Senders * PerPair), TimeSpan.FromMinutes(2));
            Assert.Equal(new Result(Senders * PerPair, 0, 0), result);
        }
        Assert.Equal(0, system.DeadLetters.Count);
        Assert.Null(await system.TerminateAsync());
    }

    [Fact]
    public async Task Actors_that_stop_while_being_told_lose_nothing_that_is_not_a_dead_letter()
    {
        var system = ActorSystem.Create("stop");
        var handled = 0;
        const int Actors = 200, Messages = 50;
        foreach (var _ in Enumerable.Range(0, Actors))
        {
            var actor = system.ActorOf(Props.Create(() => new TestActor { Receive = (_, _) => Interlocked.Increment(ref handled) }));
            foreach (var i in Enumerable.Range(0, Messages))
            {
                actor.Tell(i);
                if (i == Messages / 2) system.Stop(actor);
            }
        }
        await system.TerminateAsync();
        // Messages that raced with the end of the system are passed on in turns of their own: told once more, they are behind them.
        SpinWait.SpinUntil(() => Volatile.Read(ref handled) + system.DeadLetters.Count == Actors * Messages, TimeSpan.FromSeconds(30));
        Assert.Equal(Actors * Messages, handled + system.DeadLetters.Count);
    }

    [Fact]
    public async Task Timers_and_asks_run_on_the_machines_clock()
    {
        var system = ActorSystem.Create("clock");
        var actor = system.ActorOf(Props.Create(() => new TestActor
        {
            Receive = (a, m) =>
            {
                if (m is IActorRef asker) asker.Tell("tick");
                else a.Timers.StartSingleTimer("reply", a.Sender, TimeSpan.FromMilliseconds(1));
            },
        }));
        Assert.Equal("tick", await actor.Ask<string>("start", TimeSpan.FromMinutes(1)));
        await system.TerminateAsync();
    }

    private static void SendAll(int sender, IActorRef[] receivers, IActorRef? self)
    {
        for (var i = 0; i < PerPair; i++)
        {
            foreach (var receiver in receivers) receiver.Tell(new Numbered(sender, i), self);
        }
    }

    private sealed record Numbered(int Sender, int Number);

    private sealed record WhenComplete(int Count);

    private sealed record Result(int Received, int OutOfOrder, int Overlaps);

    private sealed class Receiver : ActorBase
    {
        private readonly int[] _next = new int[Senders];
        private int _received, _outOfOrder, _overlaps, _inside;
        private (IActorRef Asker, int Count)? _waiting;

        protected internal override void OnReceive(object message)
        {
            if (Interlocked.Exchange(ref _inside, 1) != 0) _overlaps++;
            switch (message)
            {
                case Numbered numbered: Count(numbered); break;
                case WhenComplete complete: _waiting = (Sender, complete.Count); break;
                default: Unhandled(message); break;
            }
            if (_waiting is var (asker, count) && _received >= count) asker.Tell(new Result(_received, _outOfOrder, _overlaps));
            Volatile.Write(ref _inside, 0);
        }

        private void Count(Numbered numbered)
        {
            _received++;
            if (numbered.Number != _next[numbered.Sender]++) _outOfOrder++;
        }
    }
}
