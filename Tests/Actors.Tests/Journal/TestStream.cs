using Akka.Actor;
using Akka.Persistence;
using Sweeps.Actors.Journal;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>A real persistent actor over one stream of texts, and what it has lived through.</summary>
internal sealed class TestStream
{
    // Against a test that hangs, not against a slow machine.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly IActorRef _actor;
    private readonly TaskCompletionSource<IReadOnlyList<string>> _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TestStream(ActorSystem system, RunJournal journal, string stream)
        : this(system, new Place(journal.Location, journal.Stream(stream), journal.Explain), stream)
    {
    }

    public TestStream(ActorSystem system, ClusterRun run, string stream)
        : this(system, new Place(run.Location, run.Stream(stream), run.Explain), stream)
    {
    }

    private TestStream(ActorSystem system, Place place, string stream)
        => _actor = system.ActorOf(Props.Create(() => new Actor(place, stream, _recovered)));

    /// <summary>The texts that it recovered, a snapshot as one of them; or how the recovery failed.</summary>
    public Task<IReadOnlyList<string>> Recovered => _recovered.Task.WaitAsync(_patience);

    /// <summary>Stores events together; gives the number of the last one when they are stored.</summary>
    public Task<long> WriteAsync(params string[] texts) => Ask(done => new Write(texts, done));

    /// <summary>Stores a snapshot of the present state, which is <paramref name="text"/>.</summary>
    public Task<long> SnapshotAsync(string text) => Ask(done => new Save(text, done));

    public static byte[] Json(string text) => System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(text);

    public static string Text(SerializedEvent e) => System.Text.Json.JsonSerializer.Deserialize<string>(e.Payload.Span)!;

    private Task<long> Ask(Func<TaskCompletionSource<long>, object> message)
    {
        var done = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _actor.Tell(message(done));
        return done.Task.WaitAsync(_patience);
    }

    private sealed record Place(string Location, string Id, Func<string, long, Exception, Exception> Explain);

    private sealed record Write(string[] Texts, TaskCompletionSource<long> Done);

    private sealed record Save(string Text, TaskCompletionSource<long> Done);

    private sealed class Actor(Place place, string stream, TaskCompletionSource<IReadOnlyList<string>> recovered)
        : UntypedPersistentActor
    {
        private readonly JournalChain _chain = new(place.Location, stream);
        private readonly List<string> _texts = [];
        private TaskCompletionSource<long>? _done;

        public override string PersistenceId => place.Id;

        protected override void OnRecover(object message)
        {
            switch (message)
            {
                case SnapshotOffer { Snapshot: SnapshotRecord record } offer:
                    _texts.Add(Text(_chain.Restore(offer.Metadata.SequenceNr, record)));
                    break;
                case JournalRecord record:
                    _texts.Add(Text(_chain.Follow(LastSequenceNr, record).Event));
                    break;
                case RecoveryCompleted:
                    Assert.Equal(_chain.Number, LastSequenceNr);
                    recovered.TrySetResult(_texts);
                    break;
                default:
                    throw new JournalCorruptException(place.Location, stream, LastSequenceNr, $"it is a {message.GetType().Name}");
            }
        }

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case Write(var texts, var done):
                    _done = done;
                    var left = texts.Length;
                    PersistAll(texts.Select(text => _chain.Seal(stream, "test", new SerializedEvent("said", 1, Json(text)))), _ =>
                    {
                        if (--left == 0) done.TrySetResult(LastSequenceNr);
                    });
                    break;
                case Save(var text, var done):
                    _done = done;
                    SaveSnapshot(_chain.SealSnapshot(new SerializedEvent("state", 1, Json(text))));
                    break;
                case SaveSnapshotSuccess success:
                    _done!.TrySetResult(success.Metadata.SequenceNr);
                    break;
                case SaveSnapshotFailure failure:
                    _done!.TrySetException(place.Explain(stream, failure.Metadata.SequenceNr, failure.Cause));
                    break;
            }
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
            => _done!.TrySetException(place.Explain(stream, sequenceNr, cause));

        protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
            => _done!.TrySetException(new InvalidOperationException("rejected", cause));

        protected override void OnRecoveryFailure(Exception reason, object? message = null)
            => recovered.TrySetException(place.Explain(stream, LastSequenceNr + 1, reason));
    }
}
