using Sweeps.Actors.Runtime;

namespace Sweeps.Actors.Tests.Runtime;

public class FuturesTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TestSystem _test = new();
    private readonly List<object> _seen = [];

    [Fact]
    public async Task Ask_completes_with_the_reply()
    {
        var reply = _test.Spawn((a, m) => a.Sender.Tell($"re: {m}")).Ask<string>("hello", Second);
        _test.Run();
        Assert.True(reply.IsCompleted);
        Assert.Equal("re: hello", await reply);
    }

    [Fact]
    public async Task Ask_fails_when_time_is_up_and_a_late_reply_is_a_dead_letter()
    {
        IActorRef? asker = null;
        var reply = _test.Spawn((a, _) => asker = a.Sender, "slow").Ask<string>("hello", Second);
        _test.Advance(0.9);
        Assert.False(reply.IsCompleted);
        _test.Advance(0.1);
        Assert.Contains("/user/slow", (await Assert.ThrowsAsync<AskTimeoutException>(() => reply)).Message, StringComparison.Ordinal);
        asker!.Tell("late");
        Assert.Equal("late", Assert.Single(_test.DeadLetters).Message);
    }

    [Fact]
    public async Task A_failure_as_reply_faults_the_task_and_so_does_a_reply_of_another_type()
    {
        var failed = _test.Spawn((a, _) => a.Sender.Tell(new Status.Failure(new FormatException("no")))).Ask<string>("?", Second);
        var wrong = _test.Spawn((a, _) => a.Sender.Tell(42)).Ask<string>("?", Second);
        _test.Run();
        Assert.Equal("no", (await Assert.ThrowsAsync<FormatException>(() => failed)).Message);
        await Assert.ThrowsAsync<InvalidCastException>(() => wrong);
    }

    [Fact]
    public async Task Ask_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        var reply = _test.Spawn((_, _) => { }).Ask<string>("?", Second, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reply);
    }

    [Fact]
    public void The_outcome_of_work_comes_as_a_message_and_only_when_the_dispatcher_runs()
    {
        var work = new TaskCompletionSource<int>();
        var actor = _test.Spawn((a, m) =>
        {
            if (m is Task<int> task) task.PipeTo(a.Self, success: n => $"got {n}", failure: e => $"failed: {e.Message}");
            else _seen.Add(m);
        });
        actor.Tell(work.Task);
        actor.Tell(Task.FromException<int>(new FormatException("bad")));
        actor.Tell(Task.FromCanceled<int>(new CancellationToken(canceled: true)));
        _test.Run();
        work.SetResult(7);
        Assert.DoesNotContain("got 7", _seen);
        _test.Run();
        Assert.Equal(["failed: bad", "failed: A task was canceled.", "got 7"], _seen);
    }

    [Fact]
    public void An_exception_without_a_name_for_it_arrives_as_a_failure()
    {
        var actor = _test.Spawn((_, m) => _seen.Add(m));
        Task.FromException<int>(new FormatException()).PipeTo(actor);
        _test.Run();
        Assert.IsType<FormatException>(Assert.IsType<Status.Failure>(Assert.Single(_seen)).Cause);
    }

    [Fact]
    public void Asking_from_within_an_actor_and_awaiting_stay_on_the_dispatcher()
    {
        var thread = Environment.CurrentManagedThreadId;
        List<int> threads = [];
        var echo = _test.Spawn((a, m) => a.Sender.Tell(m));
        async Task<string> Twice()
        {
            var first = await echo.Ask<string>("a", Second);
            threads.Add(Environment.CurrentManagedThreadId);
            var second = await echo.Ask<string>("b", Second);
            threads.Add(Environment.CurrentManagedThreadId);
            return first + second;
        }
        _test.Spawn(() => new TestActor { Started = a => Twice().PipeTo(a.Self), Receive = (_, m) => _seen.Add(m) });
        _test.Run();
        Assert.Equal(["ab"], _seen);
        Assert.Equal([thread, thread], threads);
    }
}
