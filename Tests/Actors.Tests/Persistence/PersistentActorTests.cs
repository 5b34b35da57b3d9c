using Sweeps.Actors.Persistence;
using Sweeps.Actors.Persistence.Sqlite;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Tests.Runtime;

namespace Sweeps.Actors.Tests.Persistence;

public sealed class PersistentActorTests : IAsyncDisposable
{
    private static readonly EventRegistry s_registry = new EventRegistryBuilder()
        .Add<Added>("added")
        .Add<Total>("total")
        .Build();

    private readonly TestSystem _test = new(new OneForOneStrategy(e => e is FatalActorException ? Directive.Stop : Directive.Restart));
    private readonly GatedJournal _journal = new();
    private readonly List<object> _seen = [];

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public async Task A_reply_comes_after_the_event_is_stored_and_not_before()
    {
        _journal.Closed = true;
        var reply = Start().Ask<int>(new Add(5), TimeSpan.FromHours(1));
        _test.Run();
        Assert.False(reply.IsCompleted);
        Assert.Empty(_seen);
        _journal.Open();
        _test.Run();
        Assert.True(reply.IsCompleted);
        Assert.Equal(5, await reply);
        Assert.Equal(["added"], _journal.ReadAll().Select(e => e.Event.Name));
    }

    [Fact]
    public void Commands_wait_for_the_write_before_them_and_keep_their_order()
    {
        _journal.Closed = true;
        var actor = Start();
        actor.Tell(new Add(1));
        actor.Tell("show");
        actor.Tell(new Add(2));
        actor.Tell("show");
        _test.Run();
        Assert.Empty(_seen);
        _journal.Open();
        _test.Run();
        Assert.Equal(["applied 1", 1, "applied 2", 3], _seen);
    }

    [Fact]
    public void An_actor_recovers_before_its_first_command()
    {
        var actor = Start();
        foreach (var i in Enumerable.Range(1, 2500)) actor.Tell(new Add(i));
        _test.System.Stop(actor);
        actor = Start("again");
        foreach (var i in Enumerable.Range(1, 2500)) actor.Tell(new Add(i));
        _test.Run();
        _seen.Clear();
        Start("third").Tell("show");
        _test.Run();
        Assert.Equal([2500 * 2501 / 2], _seen);
    }

    [Fact]
    public void Recovery_from_a_snapshot_equals_recovery_from_the_first_event()
    {
        var actor = Start();
        foreach (var i in Enumerable.Range(1, 10)) actor.Tell(i == 6 ? "snapshot" : new Add(i));
        _test.Run();
        _seen.Clear();
        _journal.LargestRead = 0;
        Start("again").Tell("show");
        _test.Run();
        Assert.Equal(["snapshot 15", 49], _seen);
        Assert.Equal(4, _journal.LargestRead);
    }

    [Fact]
    public async Task An_unreadable_snapshot_costs_time_and_not_the_state()
    {
        await _journal.AppendAsync("adder", 1, [s_registry.Serialize(new Added(3)), s_registry.Serialize(new Added(4))]);
        await _journal.SaveSnapshotAsync("adder", new StoredSnapshot(1, new SerializedEvent("total", 1, "{}"u8.ToArray())));
        Start().Tell("show");
        _test.Run();
        Assert.Equal([7], _seen);
        Assert.Equal(LogLevel.Warning, Assert.Single(_test.Logs).Level);
    }

    [Theory]
    [InlineData("multiplied", 1, """{"by":3}""", "unknown name 'multiplied'")]
    [InlineData("added", 2, """{"number":3}""", "version 2")]
    [InlineData("added", 1, """{"number":"three"}""", "does not fit")]
    public async Task An_event_that_cannot_be_understood_stops_recovery_and_is_named(string name, int version, string payload, string problem)
    {
        await _journal.AppendAsync("adder", 1, [s_registry.Serialize(new Added(3)), new SerializedEvent(name, version, System.Text.Encoding.UTF8.GetBytes(payload))]);
        var actor = Start();
        actor.Tell("show");
        _test.Run();
        Assert.Empty(_seen);
        Assert.Equal("show", Assert.Single(_test.DeadLetters).Message);
        var corrupt = Assert.IsType<JournalCorruptException>(Assert.Single(_test.Logs).Cause);
        Assert.Equal(("adder", 2L), (corrupt.PersistenceId, corrupt.SequenceNr));
        Assert.Contains(problem, corrupt.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_the_actor_refuses_to_apply_stops_recovery_and_is_named()
    {
        await _journal.AppendAsync("adder", 1, [s_registry.Serialize(new Added(int.MinValue))]);
        Start();
        _test.Run();
        Assert.Equal(1, Assert.IsType<RecoveryFailedException>(Assert.Single(_test.Logs).Cause).SequenceNr);
    }

    [Fact]
    public void A_failed_write_fails_the_actor_which_recovers_what_is_stored()
    {
        var actor = Start();
        actor.Tell(new Add(1));
        _test.Run();
        _journal.Failure = new JournalException("memory", "disk full");
        actor.Tell(new Add(2));
        actor.Tell("show");
        _test.Run();
        _journal.Failure = null;
        _test.Advance(1);
        Assert.Equal(["applied 1", 1], _seen);
        Assert.Contains("disk full", Assert.Single(_test.Logs).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_writer_of_the_same_stream_is_fenced_off()
    {
        var actor = Start();
        actor.Tell("show");
        _test.Run();
        await _journal.AppendAsync("adder", 1, [s_registry.Serialize(new Added(10))]);
        actor.Tell(new Add(1));
        actor.Tell(new Add(2));
        _test.Advance(1);
        actor.Tell("show");
        _test.Run();
        // The first Add failed on the conflict; the restart recovered the 10 and the second went on from there.
        Assert.Equal([0, "applied 2", 12], _seen);
        Assert.IsType<SequenceConflictException>(Assert.Single(_test.Logs).Cause);
    }

    [Fact]
    public void Events_of_one_command_are_stored_together_and_applied_in_order()
    {
        var actor = Start();
        actor.Tell(new AddAll([1, 2, 3]));
        _test.Run();
        Assert.Equal(["applied 1", "applied 2", "applied 3", "all applied"], _seen);
        Assert.Equal([3], _journal.Appends);
    }

    [Fact]
    public void Without_events_the_completion_still_runs()
    {
        Start().Tell(new AddAll([]));
        _test.Run();
        Assert.Equal(["all applied"], _seen);
        Assert.Empty(_journal.Appends);
    }

    [Fact]
    public void A_command_that_throws_after_persisting_has_stored_nothing()
    {
        var actor = Start();
        actor.Tell("persist and throw");
        actor.Tell("show");
        _test.Advance(1);
        Assert.Equal([0], _seen);
        Assert.Empty(_journal.ReadAll());
    }

    [Fact]
    public void A_handler_may_persist_on_and_other_commands_wait_for_that_too()
    {
        var actor = Start();
        actor.Tell("countdown 3");
        actor.Tell("show");
        _test.Run();
        Assert.Equal(["applied 3", "applied 2", "applied 1", 6], _seen);
    }

    [Fact]
    public void After_a_handler_threw_resume_is_taken_as_restart()
    {
        var test = new TestSystem(Strategies.Always(Directive.Resume));
        var actor = test.System.ActorOf(Props.Create(() => new Adder(new EventStore(_journal, s_registry), _seen)));
        actor.Tell(new Add(1));
        actor.Tell("throw in handler");
        actor.Tell("show");
        test.Run();
        // The event of the failed handler was stored; a resumed actor would have shown 1.
        Assert.Equal(["applied 1", 101], _seen);
    }

    [Fact]
    public void A_stored_event_of_an_actor_stopped_meanwhile_is_there_for_its_successor()
    {
        _journal.Closed = true;
        var actor = Start();
        _test.Run();
        actor.Tell(new Add(5));
        _test.Run();
        _test.System.Stop(actor);
        _test.Run();
        _journal.Open();
        Start("successor").Tell("show");
        _test.Run();
        Assert.Equal([5], _seen);
    }

    [Fact]
    public void Persisting_while_recovering_is_refused()
    {
        Start("eager", eager: true);
        _test.Run();
        Assert.Contains("OnRecoveryCompleted", Assert.Single(_test.Logs).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_the_real_dispatcher_and_disk_every_acknowledged_event_is_recovered()
    {
        using var folder = new TestFolder();
        const int Actors = 16, Events = 25;
        foreach (var round in Enumerable.Range(1, 2))
        {
            await using var journal = SqliteJournal.Open(folder.Journal);
            var system = ActorSystem.Create("disk");
            var store = new EventStore(journal, s_registry);
            var actors = Enumerable.Range(0, Actors).Select(i => system.ActorOf(Props.Create(() => new Adder(store, [], $"adder-{i}")), $"a{i}")).ToArray();
            var replies = actors.SelectMany(a => Enumerable.Range(0, Events).Select(_ => a.Ask<int>(new Add(1), TimeSpan.FromMinutes(2)))).ToArray();
            var totals = await Task.WhenAll(replies);
            foreach (var chunk in totals.Chunk(Events)) Assert.Equal(Enumerable.Range(((round - 1) * Events) + 1, Events), chunk);
            Assert.Null(await system.TerminateAsync());
        }
    }

    private IActorRef Start(string? name = null, bool eager = false)
        => _test.System.ActorOf(Props.Create(() => new Adder(new EventStore(_journal, s_registry), _seen) { Eager = eager }), name);

    private sealed record Added(int Number);

    private sealed record Total(int Sum);

    private sealed record Add(int Number);

    private sealed record AddAll(int[] Numbers);

    private sealed class Adder(EventStore store, List<object> seen, string id = "adder") : PersistentActor(store)
    {
        private int _total;

        public bool Eager { get; init; }

        public override string PersistenceId => id;

        protected internal override void PreStart()
        {
            if (Eager) Persist(new Added(1), _ => { });
        }

        protected override void OnCommand(object command)
        {
            switch (command)
            {
                case Add add: Persist(new Added(add.Number), ApplyAndReply); break;
                case AddAll all: PersistAll(all.Numbers.Select(n => new Added(n)), ApplyAndReply, () => seen.Add("all applied")); break;
                case "show": seen.Add(_total); break;
                case "snapshot": SaveSnapshot(new Total(_total)); break;
                case "countdown 3": CountDown(3); break;
                case "throw in handler": Persist(new Added(100), _ => throw new FormatException()); break;
                case "persist and throw":
                    Persist(new Added(1), ApplyAndReply);
                    throw new FormatException();
                default: Unhandled(command); break;
            }
        }

        protected override void OnRecover(object persisted) => Apply((Added)persisted);

        protected override void OnSnapshot(object snapshot)
        {
            _total = ((Total)snapshot).Sum;
            seen.Add($"snapshot {_total}");
        }

        private void CountDown(int number) => Persist(new Added(number), added =>
        {
            ApplyAndReply(added);
            if (number > 1) CountDown(number - 1);
        });

        private void ApplyAndReply(Added added)
        {
            Apply(added);
            seen.Add($"applied {added.Number}");
            if (Sender is not DeadLetters) Sender.Tell(_total);
        }

        private void Apply(Added added)
        {
            if (added.Number == int.MinValue) throw new FormatException("too small");
            _total += added.Number;
        }
    }
}
