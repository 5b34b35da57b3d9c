using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Files;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>
/// A device of a node with a folder of its own: fetches what a job reads before the device is given it, and lets what it writes be fetched.
/// To its parent it is the device itself.
/// </summary>
/// <remarks>
/// What a job has written stays until the next one comes: the coordinator gives the device no other before it has the files of the first.
/// </remarks>
internal sealed class StagedDevice : UntypedActor
{
    /// <summary>
    /// Checkpoints of a running job that stay: the coordinator fetches the newest that it knows of, and there may be newer ones meanwhile.
    /// </summary>
    public const int CheckpointsKept = 3;

    private readonly string _name;
    private readonly Func<IActorRef, IActorRef, Props> _make;
    private readonly OwnFiles _files;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<object> _held = new();
    private readonly Queue<Checkpoint> _checkpoints = new();
    private IActorRef _device = ActorRefs.Nobody;
    private JobTicket? _ticket;
    private Staged? _staged;
    private IDisposable? _published;
    private Errand? _staging;
    private ResultMessage? _result;

    public StagedDevice(string name, Func<IActorRef, IActorRef, Props> make, OwnFiles files) =>
        (_name, _make, _files) = (name, make, files);

    /// <summary>Returns how to make the actor.</summary>
    /// <param name="name">the device's</param>
    /// <param name="make">makes the device itself, by its broker and by whoever is told how it is</param>
    /// <param name="files">the node's</param>
    public static Props Props(string name, Func<IActorRef, IActorRef, Props> make, OwnFiles files) =>
        ActorProps.Of(() => new StagedDevice(name, make, files));

    /// <inheritdoc/>
    protected override void PreStart() => _device = Context.Watch(Context.ActorOf(_make(Self, Context.Parent), "device"));

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _staging?.Cancel();
        Release();
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() => Supervision.Escalate;

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RunJob m: Stage(m.Ticket); break;
            case CancelJob m when IsStaging(m): _staging!.Cancel(); break;
            case CancelJob or BarrierPassed or ShareCores or RefreshDevice: _device.Tell(message); break;
            case StopDevice or KillDevice:
                _staging?.Cancel();
                _device.Tell(message);
                break;
            case Staged m: OnStaged(m); break;
            case Unstaged m: OnUnstaged(m); break;
            case Read m: OnRead(m); break;
            // What follows a result waits until it is known what the job has written.
            case var _ when _result is not null: _held.Enqueue(message); break;
            case Terminated: Context.Stop(Self); break;
            case CheckpointMessage m: OnCheckpoint(m); break;
            case ResultMessage m when _staged is not null && Is(m.Trial, m.Attempt): OnResult(m); break;
            case DeviceDown when _staging is not null:
                Tell(new JobLost(_ticket!.Trial, _ticket.Attempt, $"the process of {_name} ended before its job began"));
                Forget();
                Tell(message);
                break;
            case FailedMessage { Kind: FailureKind.World } when _ticket is { Folder: { } folder }:
                _files.Cache.Doubt(folder);
                Tell(message);
                break;
            default: Tell(message); break;
        }
    }

    private bool IsStaging(CancelJob cancel) => _staging is not null && _ticket is { } ticket
        && ticket.Key == new TicketKey(cancel.Sweep, cancel.Trial) && ticket.Attempt == cancel.Attempt;

    private bool Is(string trial, int attempt) => _ticket is { } ticket && ticket.Trial.Value == trial && ticket.Attempt == attempt;

    private static void Tell(object message) => Context.Parent.Tell(message);

    private void Stage(JobTicket ticket)
    {
        if (_staging is not null) Tell(new JobLost(_ticket!.Trial, _ticket.Attempt, $"{_name} was given another job"));
        Forget();
        Release();
        _ticket = ticket;
        if (ticket is not { Inputs: { } inputs, Folder: { } folder })
        {
            Tell(new JobLost(ticket.Trial, ticket.Attempt, $"{_name} was not told where the files of its job are"));
            Tell(new DeviceFreed(_name));
            return;
        }
        _staging = Errand.Begin();
        var (cache, token) = (_files.Cache, _staging.Token);
        cache.RunAsync(
            () =>
            {
                // Without its checkpoint the job begins at its beginning, and says so.
                var pin = cache.Stage(
                    folder, inputs.Files, ticket.Job.Output, inputs.From, file => file == ticket.ResumeFrom, token);
                try
                {
                    var (job, sources) = StageSources(cache, folder, ticket.Job, inputs, token);
                    return new Staged(ticket, job, [pin, .. sources], new WrittenFiles(cache.StoreOf(folder), job));
                }
                catch
                {
                    pin.Dispose();
                    throw;
                }
            },
            token).PipeTo(
                Self, success: staged => staged, failure: cause => new Unstaged(ticket, cause));
    }

    /// <summary>Copies what a job reads outside of the sweep's folder.</summary>
    /// <returns>the job as it reads the copies, and what keeps them</returns>
    private static (Job Job, IReadOnlyList<IDisposable> Pins) StageSources(
        ArtifactCache cache, string folder, Job job, JobInputs inputs, CancellationToken cancellation)
    {
        if (inputs.Sources is not { } artifact) return (job, []);
        var store = cache.StoreOf(folder);
        var listed = cache.Stage(folder, [artifact], null, inputs.From, _ => false, cancellation);
        try
        {
            var listing = store.FullPath(artifact.Path);
            var sources = JobSources.Load(listing);
            var copied = cache.Stage(folder, [.. sources.Copies()], null, inputs.From, _ => false, cancellation);
            return (sources.Of(job, store.Root, listing), [listed, copied]);
        }
        catch
        {
            listed.Dispose();
            throw;
        }
    }

    private void OnStaged(Staged staged)
    {
        if (_staging is null || staged.Ticket != _ticket)
        {
            staged.Dispose(); // it was given up meanwhile
            return;
        }
        var cancelled = _staging.Token.IsCancellationRequested;
        Forget();
        if (cancelled)
        {
            staged.Dispose();
            Tell(new CancelledMessage(staged.Ticket.Trial.Value, staged.Ticket.Attempt));
            Tell(new DeviceFreed(_name));
            return;
        }
        _staged = staged;
        _device.Tell(new RunJob(staged.Ticket with { Owner = Self, Job = staged.Job }));
    }

    private void OnUnstaged(Unstaged unstaged)
    {
        if (_staging is null || unstaged.Ticket != _ticket) return;
        Forget();
        var (trial, attempt) = (unstaged.Ticket.Trial, unstaged.Ticket.Attempt);
        var cause = unstaged.Cause is AggregateException { InnerException: { } inner } ? inner : unstaged.Cause;
        Tell(cause switch
        {
            OperationCanceledException => new CancelledMessage(trial.Value, attempt),
            JobFailedException or IOException or UnauthorizedAccessException or InvalidDataException =>
                new JobLost(trial, attempt, $"{_name}: {cause.Message}"),
            _ => new FailedMessage(trial.Value, attempt, FailureKind.Program, $"{_name}: {cause.GetType().Name}: {cause.Message}"),
        });
        Tell(new DeviceFreed(_name));
    }

    private void OnCheckpoint(CheckpointMessage checkpoint)
    {
        if (_staged is not null && Is(checkpoint.Trial, checkpoint.Attempt))
        {
            var path = Store().FullPath(checkpoint.Checkpoint.Path);
            _checkpoints.Enqueue(new Checkpoint(path, Publish([(checkpoint.Checkpoint.Sha256, path)])));
            while (_checkpoints.Count > CheckpointsKept) Drop(_checkpoints.Dequeue());
        }
        Tell(checkpoint);
    }

    private void OnResult(ResultMessage result)
    {
        _result = result;
        var (staged, cache) = (_staged!, _files.Cache);
        cache.RunAsync(
            () =>
            {
                var files = staged.Written.Read();
                // What has its result is never resumed.
                if (staged.Job.CheckpointFolder is { } checkpoints) cache.StoreOf(staged.Ticket.Folder!).Delete(checkpoints);
                cache.Count(files.Sum(file => file.Bytes));
                return files;
            },
            CancellationToken.None).PipeTo(
                Self, success: files => new Read(result, [.. files], null), failure: cause => new Read(result, [], cause));
    }

    private void OnRead(Read read)
    {
        if (!ReferenceEquals(read.Result, _result)) return;
        var (trial, attempt) = (read.Result.Trial, read.Result.Attempt);
        _result = null;
        if (read.Cause is { } cause)
        {
            var reason = (cause is AggregateException { InnerException: { } inner } ? inner : cause).Message;
            Tell(new FailedMessage(trial, attempt, FailureKind.World, $"{_name}: {reason}"));
        }
        else
        {
            var store = Store();
            _published = Publish([.. read.Files.Select(file => (file.Sha256, store.FullPath(file.Path)))]);
            while (_checkpoints.TryDequeue(out var checkpoint)) checkpoint.Published.Dispose();
            Tell(new FilesWritten(trial, attempt, read.Files));
            Tell(read.Result);
        }
        while (_result is null && _held.TryDequeue(out var held)) OnReceive(held);
    }

    private ArtifactStore Store() => _files.Cache.StoreOf(_staged!.Ticket.Folder!);

    private IDisposable Publish((string, string)[] files) => _files.Published.Publish(files);

    private void Drop(Checkpoint checkpoint)
    {
        checkpoint.Published.Dispose();
        try
        {
            File.Delete(checkpoint.Path);
        }
        catch (DirectoryNotFoundException)
        {
            // It is gone already.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warning(e, "{0} was not deleted", checkpoint.Path);
        }
    }

    private void Forget()
    {
        _staging?.Cancel();
        _staging = null;
    }

    private void Release()
    {
        // Of a job that did not come to its end, the files stay for the next attempt here.
        while (_checkpoints.TryDequeue(out var checkpoint)) checkpoint.Published.Dispose();
        _published?.Dispose();
        _staged?.Dispose();
        (_published, _staged, _result) = (null, null, null);
        _held.Clear();
    }

    private sealed record Checkpoint(string Path, IDisposable Published);

    private sealed record Staged(JobTicket Ticket, Job Job, IReadOnlyList<IDisposable> Pins, WrittenFiles Written) : IDisposable
    {
        public void Dispose()
        {
            foreach (var pin in Pins) pin.Dispose();
        }
    }

    private sealed record Unstaged(JobTicket Ticket, Exception Cause);

    private sealed record Read(ResultMessage Result, ImmutableArray<ArtifactRef> Files, Exception? Cause);
}

/// <summary>What the devices of a node with a folder of its own share.</summary>
/// <param name="Cache">the folder</param>
/// <param name="Published">what the coordinator may fetch</param>
/// <param name="Address">host:port, where it may</param>
internal sealed record OwnFiles(ArtifactCache Cache, PublishedFiles Published, string Address);
