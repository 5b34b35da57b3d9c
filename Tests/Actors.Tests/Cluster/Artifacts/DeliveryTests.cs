using System.Collections.Concurrent;
using Akka.Actor;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Files;
using Sweeps.Tests;

namespace Sweeps.Actors.Tests.Cluster.Artifacts;

/// <summary>
/// A device of a node with a folder of its own, from the broker's and the job's owner's point of view: it is a device like any other, and
/// all that they are told of is in the folder of all sweeps. Real files, and a real network of one machine.
/// </summary>
public sealed class DeliveryTests : IAsyncLifetime, IDisposable
{
    private const string Name = "far:cpu-0";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TrialId _trial = new("models/m");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sweeps-delivery-");
    private readonly BlockingCollection<object> _owner = [], _broker = [];
    private readonly PublishedFiles _atCoordinator = new(), _atNode = new();
    private readonly ArtifactClient _client = new(null, new ImpatientTime());
    private readonly ActorSystem _system = ActorSystem.Create("delivery");
    private ArtifactServer _coordinator = null!, _node = null!;
    private ArtifactCache _cache = null!;
    private Func<Job, JobSources> _sources = _ => new JobSources();
    private IActorRef _wire = ActorRefs.Nobody;

    private ArtifactStore Sweep => new(Path.Combine(_folder.FullName, "all", "sweep"));

    private ArtifactStore Far => _cache.StoreOf("sweep");

    public async Task InitializeAsync()
    {
        _coordinator = await ArtifactServer.StartAsync("127.0.0.1", 0, null, _atCoordinator);
        _node = await ArtifactServer.StartAsync("127.0.0.1", 0, null, _atNode);
        _cache = ArtifactCache.Open(Path.Combine(_folder.FullName, "far"), 1 << 30, _client, TimeProvider.System);
    }

    [Fact]
    public void What_a_job_reads_is_there_before_it_begins_and_what_it_writes_is_here_before_anyone_is_told()
    {
        var (job, checkpoint) = (Job(), Sweep.WriteBytes("models/m/checkpoints/step-4", [4]));
        Run(job, checkpoint, (run, say) =>
        {
            Assert.All([.. ArtifactRefs.Of(job), checkpoint], file => Assert.Null(Far.FindDamage(file)));
            for (byte step = 5; step < 10; step++)
                say(new CheckpointMessage(_trial.Value, 1, step, Far.WriteBytes($"models/m/checkpoints/step-{step}", [step])));
            Far.WriteBytes("models/m/notes.json", [1]);
            say(new ResultMessage(_trial.Value, 1, Result("models/m")));
            say(new DeviceFreed(Name));
        });
        var told = UntilEnd();
        var checkpoints = told.OfType<CheckpointMessage>().ToList();
        Assert.Equal(checkpoints.Select(m => m.Step).Order(), checkpoints.Select(m => m.Step));
        Assert.All(checkpoints, m => Assert.Null(Sweep.FindDamage(m.Checkpoint)));
        var result = Assert.IsType<ResultMessage>(told[^1]);
        Assert.All(ArtifactRefs.Of(result.Result), file => Assert.Null(Sweep.FindDamage(file)));
        // Which no result names, and which people read.
        Assert.Equal([1], File.ReadAllBytes(Sweep.FullPath("models/m/notes.json")));
        Assert.IsType<DeviceFreed>(Next(_broker));
        Assert.False(Directory.Exists(Far.FullPath("models/m/checkpoints")));
    }

    [Fact]
    public void A_running_job_keeps_few_checkpoints_and_the_last_is_here_before_its_end_is_told()
    {
        Run(Job(), null, (run, say) =>
        {
            for (byte step = 1; step <= 20; step++)
                say(new CheckpointMessage(_trial.Value, 1, step, Far.WriteBytes($"models/m/checkpoints/step-{step}", [step])));
            say(new CancelledMessage(_trial.Value, 1));
            say(new DeviceFreed(Name));
        });
        var told = UntilEnd();
        Assert.IsType<CancelledMessage>(told[^1]);
        var last = Assert.IsType<CheckpointMessage>(told[^2]);
        Assert.Equal(20, last.Step);
        Assert.Null(Sweep.FindDamage(last.Checkpoint));
        Assert.Equal(StagedDevice.CheckpointsKept, Directory.GetFiles(Far.FullPath("models/m/checkpoints")).Length);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_had_costs_nothing_but_itself()
    {
        Run(Job(), null, (run, say) =>
        {
            say(new CheckpointMessage(_trial.Value, 1, 1, new ArtifactRef("models/m/checkpoints/gone", new string('a', 64), 1)));
            say(new CheckpointMessage(_trial.Value, 1, 2, new ArtifactRef("elsewhere/step-2", new string('b', 64), 1)));
            say(new ResultMessage(_trial.Value, 1, Result("models/m")));
            say(new DeviceFreed(Name));
        });
        var told = UntilEnd();
        Assert.Empty(told.OfType<CheckpointMessage>());
        Assert.IsType<ResultMessage>(told[^1]);
    }

    [Fact]
    public void A_result_whose_files_cannot_be_had_is_a_failure_of_the_world()
    {
        Run(Job(), null, (run, say) =>
        {
            var result = Result("models/m");
            say(new ResultMessage(_trial.Value, 1, result with { Model = new ArtifactRef("models/m/other", new string('a', 64), 1) }));
            say(new DeviceFreed(Name));
        });
        var failure = Assert.IsType<FailedMessage>(UntilEnd()[^1]);
        Assert.Equal(FailureKind.World, failure.Kind);
        Assert.Contains("has no models/m/other", failure.Reason, StringComparison.Ordinal);
        Assert.IsType<DeviceFreed>(Next(_broker));
    }

    [Fact]
    public void A_lost_checkpoint_is_no_reason_not_to_begin()
    {
        var lost = new ArtifactRef("models/m/checkpoints/step-4", new string('a', 64), 1);
        Run(Job(), lost, (run, say) =>
        {
            Assert.Equal(lost, run.ResumeFrom); // the job says what it lacks
            say(new CancelledMessage(_trial.Value, 1));
        });
        Assert.IsType<CancelledMessage>(UntilEnd()[^1]);
    }

    [Fact]
    public void A_job_whose_files_are_gone_is_lost_and_the_device_is_free()
    {
        var job = Job();
        File.Delete(Sweep.FullPath(job.Corpus.TrainTokens.Path));
        Run(job, null, (_, _) => Assert.Fail("it must not begin"));
        var lost = Assert.IsType<JobLost>(UntilEnd()[^1]);
        Assert.Contains("has no corpus/train with SHA-256", lost.Reason, StringComparison.Ordinal);
        Assert.IsType<DeviceFreed>(Next(_broker));
    }

    [Fact]
    public void A_job_is_cancelled_while_its_files_are_on_their_way()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        Run(Job(), null, (_, _) => Assert.Fail("it must not begin"), silent.LocalEndpoint.ToString());
        silent.AcceptSocket().Dispose(); // it is at it
        _wire.Tell(new CancelJob("sweep", _trial, 1));
        Assert.IsType<CancelledMessage>(UntilEnd()[^1]);
        Assert.IsType<DeviceFreed>(Next(_broker));
    }

    [Fact]
    public void A_node_that_dies_with_a_result_on_its_way_has_lost_the_job()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        Run(Job(), null, (_, say) => say(new ResultMessage(_trial.Value, 1, Result("models/m"))), node: silent.LocalEndpoint.ToString());
        silent.AcceptSocket().Dispose();
        _wire.Tell(new DeviceGone("node far is gone"));
        Assert.Equal("node far is gone", Assert.IsType<JobLost>(UntilEnd()[^1]).Reason);
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        await _coordinator.DisposeAsync();
        await _node.DisposeAsync();
        _cache.Dispose();
        _folder.Delete(recursive: true);
    }

    public void Dispose()
    {
        _client.Dispose();
        _owner.Dispose();
        _broker.Dispose();
    }

    private TrainJob Job()
    {
        var job = SweepPlan.Train(SweepPlan.Of(FakeResults.Spec).Models[0], FakeResults.Prepared);
        return job with
        {
            Output = "models/m",
            Corpus = new CorpusArtifacts(
                Sweep.WriteBytes("corpus/encoder", [1, 1]), Sweep.WriteBytes("corpus/merges", [2, 2]),
                Sweep.WriteBytes("corpus/train", [3, 3]), Sweep.WriteBytes("corpus/validation", [4, 4])),
        };
    }

    private TrainResult Result(string output) => (TrainResult)FakeResults.Of(Job()) with
    {
        Model = Far.WriteBytes($"{output}/model", [5]),
        MeanCache = Far.WriteBytes($"{output}/means", [6]),
        Curve = Far.WriteBytes($"{output}/curve", [7]),
    };

    /// <summary>Gives a job to the device, which does as it is told once it is given it.</summary>
    private void Run(
        Job job, ArtifactRef? resumeFrom, Action<JobTicket, Action<object>> does, string? coordinator = null, string? node = null)
    {
        var files = new CoordinatorFiles(
            Path.Combine(_folder.FullName, "all"), coordinator ?? $"127.0.0.1:{_coordinator.Port}", _atCoordinator, _client, _sources);
        var address = node ?? $"127.0.0.1:{_node.Port}";
        var broker = _system.ActorOf(ActorProps.Of(() => new Collector(_broker)));
        var owner = _system.ActorOf(ActorProps.Of(() => new Collector(_owner)));
        _wire = _system.ActorOf(ActorProps.Of(() => new Wire(
            parent => DeliveringDevice.Props(Name, address, broker, files),
            parent => StagedDevice.Props(
                Name, (of, _) => ActorProps.Of(() => new Device(of, does)), new OwnFiles(_cache, _atNode, address)))));
        var ready = Assert.IsType<DeviceReady>(Next(_broker));
        ready.Actor.Tell(new RunJob(new JobTicket("sweep", _trial, 1, job, resumeFrom, owner) { Folder = "sweep" }));
    }

    private List<object> UntilEnd()
    {
        var told = new List<object>();
        do told.Add(Next(_owner));
        while (told[^1] is not (ResultMessage or FailedMessage or CancelledMessage or JobLost));
        return told;
    }

    private static object Next(BlockingCollection<object> from) =>
        from.TryTake(out var message, _patience) ? message : throw new TimeoutException("nothing was said");

    private sealed class Collector(BlockingCollection<object> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.Add(message);
    }

    /// <summary>The places of the node and of its coordinator, with nothing between them.</summary>
    private sealed class Wire(Func<IActorRef, Props> delivering, Func<IActorRef, Props> staged) : UntypedActor
    {
        private IActorRef _here = ActorRefs.Nobody, _there = ActorRefs.Nobody;

        protected override void PreStart()
        {
            _here = Context.ActorOf(delivering(Self), "here");
            _there = Context.ActorOf(staged(Self), "there");
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Say { Body: RemoteJob m }:
                    _there.Tell(new RunJob(
                        new JobTicket(m.Sweep, m.Trial, m.Attempt, m.Job, m.ResumeFrom, Self) { Folder = m.Folder, Inputs = m.Inputs }));
                    break;
                case Say m: _there.Tell(m.Body); break;
                case CancelJob: _there.Tell(message); break;
                case DeviceGone: _here.Tell(message); break;
                case DeviceReady m: _here.Tell(new Heard(new DeviceUp(m.Kind))); break;
                default: _here.Tell(new Heard(message)); break;
            }
        }
    }

    private sealed class Device(IActorRef broker, Action<JobTicket, Action<object>> does) : UntypedActor
    {
        protected override void PreStart() => broker.Tell(new DeviceReady(Name, Self, "kind"));

        protected override void OnReceive(object message)
        {
            if (message is RunJob run) does(run.Ticket, said => (said is DeviceFreed ? broker : run.Ticket.Owner).Tell(said));
        }
    }
}
