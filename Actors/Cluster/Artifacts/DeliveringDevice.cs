using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>
/// Stands, at the coordinator, between the place of a node with a folder of its own and that of one of its devices: lets the files be
/// fetched that a job reads, and brings those that it writes into the folder of all sweeps before anyone is told of them.
/// </summary>
/// <remarks>
/// A job goes on while a checkpoint is on its way; of several that wait the newest is taken. What ends a job waits until the last one is
/// there, and a result until all its files are.
/// </remarks>
internal sealed class DeliveringDevice : UntypedActor
{
    private readonly string _name;
    private readonly string _from;
    private readonly IActorRef _broker;
    private readonly CoordinatorFiles _files;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<object> _heard = new();
    private readonly Queue<object> _toSay = new();
    private IActorRef _device = ActorRefs.Nobody;
    private RemoteJob? _job;
    private FilesWritten? _written;
    private CheckpointMessage? _newest;
    private Offer? _offer;
    private Errand? _bringing, _preparing;

    public DeliveringDevice(string name, string from, IActorRef broker, CoordinatorFiles files) =>
        (_name, _from, _broker, _files) = (name, from, broker, files);

    /// <summary>Returns how to make the actor.</summary>
    /// <param name="name">the device's</param>
    /// <param name="from">host:port, where its node gives its files</param>
    /// <param name="broker">is told of the device</param>
    /// <param name="files">those of all sweeps</param>
    public static Props Props(string name, string from, IActorRef broker, CoordinatorFiles files) =>
        ActorProps.Of(() => new DeliveringDevice(name, from, broker, files));

    /// <inheritdoc/>
    protected override void PreStart() => _device = Context.ActorOf(RemoteDevice.Props(_name, _broker), "device");

    /// <inheritdoc/>
    protected override void PostStop() => GiveUp();

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Say { Body: RemoteJob job }: Prepare(job); break;
            case Say when _preparing is not null: _toSay.Enqueue(message); break;
            case Say or DeviceEnded: Context.Parent.Tell(message); break;
            case Prepared m: OnPrepared(m); break;
            case Heard m: Hear(m.Body); break;
            case Brought m: OnBrought(m); break;
            case DeviceGone:
                GiveUp();
                _device.Tell(message);
                break;
            default: Unhandled(message); break;
        }
    }

    private void Prepare(RemoteJob job)
    {
        // The device was free: nothing of the job before is on its way.
        _offer?.Dispose();
        (_job, _offer, _newest, _written) = (job, null, null, null);
        var preparing = _preparing = Errand.Begin();
        var folder = job.Folder ?? throw new InvalidOperationException($"{job.Trial} has no folder of its sweep");
        // It may have to read, and a folder on a network may take its time.
        _files.RunAsync(() => _files.Offer(folder, job.Job, job.ResumeFrom), preparing.Token).PipeTo(
            Self, success: offer => new Prepared(preparing, offer, null), failure: cause => new Prepared(preparing, null, cause));
    }

    private void OnPrepared(Prepared prepared)
    {
        if (prepared.For != _preparing)
        {
            prepared.Offer?.Dispose(); // of a job that is over
            return;
        }
        _preparing = null;
        var job = _job!;
        if (prepared.Offer is { } offer)
        {
            _offer = offer;
            Context.Parent.Tell(new Say(_name, job with { Inputs = offer.Inputs }));
            while (_toSay.TryDequeue(out var said)) Context.Parent.Tell(said);
            return;
        }
        // The device was not told of it, and is free.
        _toSay.Clear();
        var cause = Inner(prepared.Cause!);
        object failure = KindOf(cause) is var kind and not FailureKind.World
            ? new FailedMessage(job.Trial.Value, job.Attempt, kind, cause.Message)
            : new JobLost(job.Trial, job.Attempt, cause.Message);
        _device.Tell(new Heard(failure));
        _device.Tell(new Heard(new DeviceFreed(_name)));
    }

    private void Hear(object body)
    {
        switch (body)
        {
            case FilesWritten m: _written = m; break;
            case CheckpointMessage m when Is(m.Trial, m.Attempt): _newest = m; break;
            case CheckpointMessage: break; // of a job that is over
            case ProgressMessage or EvaluatedMessage or JobStarted: _device.Tell(new Heard(body)); break;
            default: _heard.Enqueue(body); break;
        }
        GoOn();
    }

    private bool Is(string trial, int attempt) => _job is { } job && job.Trial.Value == trial && job.Attempt == attempt;

    private void GoOn()
    {
        while (_bringing is null)
        {
            if (_heard.TryPeek(out var next) && next is ResultMessage result && Is(result.Trial, result.Attempt))
            {
                _newest = null;
                var written = _written is { } files && Is(files.Trial, files.Attempt) ? files.Files : [];
                Bring(result, [.. ArtifactRefs.Of(result.Result).Where(IsOutput).Concat(written).DistinctBy(file => file.Path)]);
            }
            else if (_newest is { } checkpoint)
            {
                _newest = null;
                Bring(checkpoint, [checkpoint.Checkpoint]);
            }
            else if (_heard.TryDequeue(out var body))
            {
                _device.Tell(new Heard(body));
            }
            else
            {
                return;
            }
        }
    }

    private bool IsOutput(ArtifactRef file) => file.Path.StartsWith($"{_job!.Job.Output}/", StringComparison.Ordinal);

    private void Bring(object body, ImmutableArray<ArtifactRef> files)
    {
        var bringing = _bringing = Errand.Begin();
        var (folder, output, token) = (_job!.Folder!, _job.Job.Output, bringing.Token);
        _files.RunAsync(
            () =>
            {
                foreach (var file in files) _files.Bring(_from, folder, output, file, token);
                return true;
            },
            token).PipeTo(Self, success: _ => new Brought(bringing, body, null), failure: cause => new Brought(bringing, body, cause));
    }

    private void OnBrought(Brought brought)
    {
        if (brought.For != _bringing) return; // of a job that is over
        _bringing = null;
        switch (brought.Body, brought.Cause)
        {
            case (CheckpointMessage checkpoint, null): _device.Tell(new Heard(checkpoint)); break;
            // Newer ones, or a result, have taken its place meanwhile: the node keeps only the last few.
            case (CheckpointMessage, ArtifactLostException): break;
            case (CheckpointMessage checkpoint, { } cause):
                _log.Warning(
                    "the checkpoint of {0} at step {1} was not fetched: {2}", checkpoint.Trial, checkpoint.Step, Inner(cause).Message);
                break;
            case (ResultMessage result, null):
                _heard.Dequeue();
                _device.Tell(new Heard(result));
                break;
            case (ResultMessage result, { } cause):
                _heard.Dequeue();
                _device.Tell(new Heard(new FailedMessage(result.Trial, result.Attempt, KindOf(Inner(cause)), Inner(cause).Message)));
                break;
        }
        GoOn();
    }

    private void GiveUp()
    {
        _bringing?.Cancel();
        _preparing?.Cancel();
        _offer?.Dispose();
        (_bringing, _preparing, _offer, _newest, _written) = (null, null, null, null, null);
        _heard.Clear();
        _toSay.Clear();
    }

    private static Exception Inner(Exception cause) => cause is AggregateException { InnerException: { } inner } ? inner : cause;

    /// <summary>As a job that met the same on its own machine would have it.</summary>
    private static FailureKind KindOf(Exception cause) => cause switch
    {
        JobFailedException failed => failed.Kind,
        ArtifactLostException or IOException or UnauthorizedAccessException or OperationCanceledException => FailureKind.World,
        InvalidDataException => FailureKind.Work,
        _ => FailureKind.Program,
    };

    private sealed record Prepared(Errand For, Offer? Offer, Exception? Cause);

    private sealed record Brought(Errand For, object Body, Exception? Cause);
}
