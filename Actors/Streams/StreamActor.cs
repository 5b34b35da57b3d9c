using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Metrics;

namespace Sweeps.Actors.Streams;

/// <summary>
/// Keeps one stream: what many actors tell while a write is under way is the next write, so that they share a sync. A write that fails (a
/// full disk, a lost database) is tried
/// again after a wait, when it is known what is stored: nothing is lost, and nothing is there twice.
/// </summary>
internal sealed class StreamActor : UntypedActor, IWithTimers
{
    private readonly StreamSpec _spec;
    private readonly StreamSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<(IActorRef Asker, string Entity)> _reads = [];
    private readonly Queue<(IActorRef Asker, AppendEvents Append)> _waiting = new();
    private List<(IActorRef Asker, AppendEvents Append)> _writing = [];
    private ImmutableArray<JournalRecord> _records = [];
    private readonly JournalMetrics _metrics = new();
    private StreamContents? _contents;
    private (long Number, string Checksum) _stored;
    private IActorRef _writer = ActorRefs.Nobody;
    private bool _ready, _snapshotUnreadable;
    private int _failures;

    public StreamActor(StreamSpec spec, StreamSettings settings) => (_spec, _settings) = (spec, settings);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Returns how to make the actor of a stream.</summary>
    public static Props Props(StreamSpec spec, StreamSettings settings) => ActorProps.Of(() => new StreamActor(spec, settings));

    /// <inheritdoc/>
    protected override void PreStart() => StartWriter();

    /// <inheritdoc/>
    protected override void PostStop() => _metrics.Forget();

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReadEntity m: OnRead(m.Entity); break;
            case AppendEvents m: OnAppend(m); break;
            case RecordsWritten: OnWritten(); break;
            case WriterRecovered m: OnRecovered(m.Contents); break;
            case WriterFailed m: OnFailed(m); break;
            case Terminated: OnWriterGone(); break;
            case RetryDue: StartWriter(); break;
            default: Unhandled(message); break;
        }
    }

    private void StartWriter()
    {
        var (id, contents, useSnapshot) = (_settings.PersistenceId(_spec.Name), new StreamContents(_spec, _settings),
            _spec.Restore is not null && !_snapshotUnreadable);
        _writer = Context.Watch(Context.ActorOf(ActorProps.Of(() => new StreamWriter(id, contents, useSnapshot))));
    }

    private void OnRecovered(StreamContents contents)
    {
        var found = (contents.Chain.Number, contents.Chain.Checksum);
        if (_contents is null)
        {
            (_contents, _stored, _ready) = (contents, found, true);
            foreach (var (asker, entity) in _reads) asker.Tell(_contents.Read(entity));
            _reads.Clear();
        }
        else if (_records.Length > 0 && found == End(_contents.Chain))
        {
            // The write that failed is there all the same.
            _ready = true;
            OnWritten();
            return;
        }
        else if (found != _stored)
        {
            throw new StreamConflictException(_settings.Location, _spec.Name, _stored.Number + 1, null);
        }
        _ready = true;
        if (_records.Length > 0)
        {
            _writer.Tell(new WriteRecords(_records));
            return;
        }
        _failures = 0;
        Write();
    }

    private void OnRead(string entity)
    {
        if (_contents is null) _reads.Add((Sender, entity));
        else Sender.Tell(_contents.Read(entity));
    }

    private void OnAppend(AppendEvents append)
    {
        _waiting.Enqueue((Sender, append));
        Write();
    }

    private void Write()
    {
        if (!_ready || _records.Length > 0 || _waiting.Count == 0) return;
        _writing = [];
        var (chain, events) = (_contents!.Chain, 0);
        var records = ImmutableArray.CreateBuilder<JournalRecord>();
        while (_waiting.TryPeek(out var next) && (events == 0 || events + next.Append.Events.Length <= _settings.MostInWrite))
        {
            _writing.Add(_waiting.Dequeue());
            events += next.Append.Events.Length;
            foreach (var stored in next.Append.Stored) records.Add(chain.Seal(next.Append.Entity, _settings.Writer, stored));
        }
        _records = records.DrainToImmutable();
        _metrics.Begin();
        _writer.Tell(new WriteRecords(_records));
    }

    private void OnWritten()
    {
        var written = _writing;
        _metrics.End(_records.Length, _records.Sum(record => (long)record.Bytes.Length));
        (_writing, _records, _stored, _failures) = ([], [], End(_contents!.Chain), 0);
        Func<SerializedEvent>? snapshot = null;
        foreach (var (asker, append) in written)
        {
            _contents.Add(append);
            snapshot ??= append.Snapshot;
            asker.Tell(new EventsAppended(_stored.Number));
        }
        if (snapshot is not null) TakeSnapshot(snapshot);
        Write();
    }

    /// <summary>The journal is the truth and a snapshot only a shortcut: that there is none costs a longer recovery.</summary>
    private void TakeSnapshot(Func<SerializedEvent> owner)
    {
        try
        {
            _writer.Tell(new WriteSnapshot(_contents!.Snapshot(owner())));
        }
        catch (Exception e) when (e is EventSerializationException or OutOfMemoryException)
        {
            _log.Warning(e, "the snapshot of {0} was not taken; a recovery will replay more events", _spec.Name);
        }
    }

    private void OnFailed(WriterFailed failed)
    {
        _ready = false;
        if (failed.IsSnapshot && !_snapshotUnreadable)
        {
            _snapshotUnreadable = true;
            _log.Warning(failed.Cause, "the snapshot of {0} is unreadable; replaying all events", _spec.Name);
            return;
        }
        JournalMetrics.Fail();
        var cause = _settings.Explain(_spec.Name, _stored.Number + 1, failed.Cause);
        // It is not mended by waiting. That an event is there already may mean that it is one of ours: what is stored shows.
        if (cause is JournalCorruptException or FencedException) throw cause;
        if (_settings.IsFinal(failed.Cause)) throw new JournalException(_settings.Location, failed.Cause.Message, failed.Cause);
        if (++_failures > _settings.MaxFailures)
            throw new JournalException(_settings.Location, $"{cause.Message} ({_failures} times in a row)", cause);
        _log.Warning(cause, "the journal failed ({0} of at most {1} times in a row); it is tried again", _failures, _settings.MaxFailures);
    }

    private void OnWriterGone()
    {
        _ready = false;
        var wait = _failures == 0
            ? TimeSpan.Zero
            : Backoff.Wait(_settings.RetryBackoff, _settings.RetryBackoffMax, _failures, $"{_settings.Writer} {_spec.Name}");
        Timers.StartSingleTimer(RetryDue.Instance, RetryDue.Instance, wait);
    }

    private static (long Number, string Checksum) End(JournalChain chain) => (chain.Number, chain.Checksum);

    private sealed record RetryDue
    {
        public static RetryDue Instance { get; } = new();
    }
}
