using Akka.Actor;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Tests.Journal;

namespace Sweeps.Actors.Tests.Cluster.Leases;

/// <summary>A run's streams, as its actors have them, in a process that has lost the lead.</summary>
public sealed class FencedStreamTests
{
    [Fact]
    public async Task A_stream_of_whoever_was_succeeded_ends_its_run_within_one_try_and_says_who_has_the_lead()
    {
        var database = new LeaseDatabase();
        await using var node = await ClusterNode.LeadAsync(database, "node-a");
        var registry = new EventRegistryBuilder().Add<Said>("said").Build();
        var settings = new StreamSettings(node.Run.Location, registry, node.Run.Stream, "writer-a")
        {
            Explain = node.Run.Explain,
            IsFinal = node.Run.IsFinal,
            RetryBackoff = LeaseDatabase.Patience * 2,
        };
        var (written, failed) = (new TaskCompletionSource<long>(), new TaskCompletionSource<Exception>());
        var run = node.System.ActorOf(Props.Create(() => new Run(settings, registry, written, failed)));
        run.Tell("a");
        Assert.Equal(1, await written.Task.WaitAsync(LeaseDatabase.Patience));
        database.Succeed("node-b");
        run.Tell("b");
        var e = Assert.IsType<FencedException>(await failed.Task.WaitAsync(LeaseDatabase.Patience));
        Assert.Contains("the lease coordinator is held by node-b until ", e.Message, StringComparison.Ordinal);
        Assert.Equal(["sweep 1"], node.Run.Reader.ReadAll().Select(stored => $"{stored.Stream} {stored.SequenceNr}"));
    }

    private sealed record Said(string Text);

    /// <summary>Stands for the actor of a run, which ends with what fails a stream.</summary>
    private sealed class Run : UntypedActor
    {
        private readonly EventRegistry _registry;
        private readonly TaskCompletionSource<long> _written;
        private readonly TaskCompletionSource<Exception> _failed;
        private readonly IActorRef _stream;

        public Run(
            StreamSettings settings, EventRegistry registry, TaskCompletionSource<long> written, TaskCompletionSource<Exception> failed)
        {
            (_registry, _written, _failed) = (registry, written, failed);
            _stream = Context.ActorOf(StreamActor.Props(new StreamSpec("sweep", null, null, _ => []), settings));
            _stream.Tell(new ReadEntity("sweep"));
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case string text:
                    _stream.Tell(new AppendEvents("sweep", [new Said(text)], [_registry.Serialize(new Said(text))]));
                    break;
                case EventsAppended appended: _written.TrySetResult(appended.Length); break;
                case EntityRead: break;
                default: Unhandled(message); break;
            }
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(e =>
        {
            _failed.TrySetResult(e);
            return Directive.Stop;
        });
    }
}
