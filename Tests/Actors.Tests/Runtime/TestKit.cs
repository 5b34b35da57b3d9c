using Sweeps.Actors.Runtime;
using Sweeps.Actors.Runtime.Simulation;

namespace Sweeps.Actors.Tests.Runtime;

/// <summary>A system on virtual time, and what it published.</summary>
internal sealed class TestSystem
{
    public TestSystem(OneForOneStrategy? guardian = null)
    {
        System = ActorSystem.Create("test", new ActorSystemOptions
        {
            Dispatcher = Dispatcher,
            Time = Dispatcher.Time,
            GuardianStrategy = guardian ?? OneForOneStrategy.Default,
        });
        System.EventStream.Subscribe<LogEvent>(Logs.Add);
        System.EventStream.Subscribe<DeadLetter>(DeadLetters.Add);
        System.EventStream.Subscribe<UnhandledMessage>(Unhandled.Add);
    }

    public ManualDispatcher Dispatcher { get; } = new();

    public ActorSystem System { get; }

    public List<LogEvent> Logs { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public List<UnhandledMessage> Unhandled { get; } = [];

    public IActorRef Spawn(Action<TestActor, object> receive, string? name = null)
        => System.ActorOf(Props.Create(() => new TestActor { Receive = receive }), name);

    public IActorRef Spawn(Func<TestActor> factory, string? name = null) => System.ActorOf(Props.Create(factory), name);

    public void Run() => Dispatcher.RunUntilIdle();

    public void Advance(double seconds) => Dispatcher.Advance(TimeSpan.FromSeconds(seconds));
}

/// <summary>An actor made of lambdas.</summary>
internal sealed class TestActor : ActorBase
{
    public Action<TestActor, object> Receive { get; init; } = (_, _) => { };

    public Action<TestActor> Started { get; init; } = _ => { };

    public Action<TestActor> Stopped { get; init; } = _ => { };

    public Action<TestActor, Exception, object?> BeforeRestart { get; init; } = (_, _, _) => { };

    public Action<TestActor, Exception> AfterRestart { get; init; } = (_, _) => { };

    public OneForOneStrategy Strategy { get; init; } = OneForOneStrategy.Default;

    public int Count { get; set; }

    public new IActorContext Context => base.Context;

    public new IActorRef Self => base.Self;

    public new IActorRef Sender => base.Sender;

    public new ITimerScheduler Timers => base.Timers;

    public new IStash Stash => base.Stash;

    protected internal override OneForOneStrategy SupervisorStrategy => Strategy;

    public new void Unhandled(object message) => base.Unhandled(message);

    protected internal override void OnReceive(object message) => Receive(this, message);

    protected internal override void PreStart() => Started(this);

    protected internal override void PostStop() => Stopped(this);

    protected internal override void PreRestart(Exception reason, object? message)
    {
        BeforeRestart(this, reason, message);
        base.PreRestart(reason, message);
    }

    protected internal override void PostRestart(Exception reason)
    {
        AfterRestart(this, reason);
        base.PostRestart(reason);
    }
}

internal static class Strategies
{
    public static OneForOneStrategy Always(Directive directive) => new(_ => directive, 10, null, TimeSpan.Zero, TimeSpan.Zero);
}
