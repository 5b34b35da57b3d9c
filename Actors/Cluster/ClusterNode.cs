using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Tools.Singleton;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Cluster.Leases;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Metrics;
using Sweeps.Actors.Sweeps;
using Sweeps.Domain.Cluster;

namespace Sweeps.Actors.Cluster;

/// <summary>This process as a node of a cluster, from joining to leaving; for another life make another one.</summary>
public sealed class ClusterNode : IAsyncDisposable
{
    private const string Lease = "cluster";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan _waysOfCheckpoints = TimeSpan.FromSeconds(60);

    private readonly IHost _host;
    private readonly ActorSystem _system;
    private readonly ClusterJournal? _journal;
    private readonly ProgressFeed _feed;
    private readonly NodeOptions _options;
    private readonly NodeFiles? _files;
    private readonly TaskCompletionSource<NodeEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _devicesLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _coordinator;
    private readonly ClusterMetrics _metrics;
    private IActorRef _node = ActorRefs.Nobody;
    private Membership? _membership;
    private int _leaving;
    private volatile bool _hasWorked;

    private ClusterNode(IHost host, ClusterJournal? journal, ProgressFeed feed, NodeFiles? files, NodeOptions options)
    {
        (_host, _journal, _feed, _files, _options) = (host, journal, feed, files, options);
        _system = host.Services.GetRequiredService<ActorSystem>();
        _metrics = new ClusterMetrics(_system, options.Cluster);
        _coordinator = _system.ActorOf(
            ClusterSingletonProxy.Props(
                "/user/leader", ClusterSingletonProxySettings.Create(_system).WithRole(ClusterOptions.Orchestrator)
                    .WithSingletonName("leader").WithBufferSize(1)),
            "coordinator");
        _ = _system.WhenTerminated.ContinueWith(
            _ => _end.TrySetResult(
                _leaving > 0 ? new NodeEnd.Left() : new NodeEnd.CutOff("the other nodes were out of reach, and went on without this one")),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Done when it is no member any more; what is left is to dispose of it. Never faulted.</summary>
    public Task<NodeEnd> Completion => _end.Task;

    /// <summary>Whether a device of this process has been given a job.</summary>
    public bool HasWorked => _hasWorked;

    /// <summary>Joins the cluster of the options, or founds it.</summary>
    /// <param name="options">the node's: valid ones, with a PostgreSQL database</param>
    /// <param name="devices">its devices, named as on this machine alone; none on a node that has not that role</param>
    /// <param name="launcher">starts their processes, in the folder of all sweeps</param>
    /// <param name="watch">makes the one who looks on at a sweep in a folder, on the node that coordinates</param>
    /// <param name="sources">says what a job reads outside of the folder of all sweeps, for nodes that do not see it; called on any thread
    /// </param>
    /// <param name="log">is told what happens, one call at a time</param>
    /// <param name="time">the clock of waits outside of actors</param>
    /// <param name="events">what has happened behind an event, for those who look on by another node; null where nobody keeps that</param>
    /// <param name="cancellation">gives up waiting for the database</param>
    /// <exception cref="ArgumentException">the options are not acceptable</exception>
    /// <exception cref="AkkaSettingsException">Akka does not accept the options' section of it</exception>
    /// <exception cref="JournalException">the database is away, or refuses</exception>
    /// <exception cref="JournalCorruptException">its tables are damaged, or of a newer program</exception>
    /// <exception cref="IOException">the node's folder cannot be written, or another process uses it or its port</exception>
    public static async Task<ClusterNode> StartAsync(
        NodeOptions options, IReadOnlyList<DeviceSpec> devices, IDeviceLauncher launcher, Func<SweepSpec, string, ISweepWatcher> watch,
        Func<Job, JobSources> sources, IObserver<SweepProgress> log, TimeProvider time, Func<string?, Happenings>? events = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var cluster = options.Cluster;
        var ofCluster = cluster.Validate().Concat(cluster.Lacks()).Select(problem => $"cluster.{problem}");
        if (options.Validate().Concat(ofCluster).FirstOrDefault() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        if (options.Store.Postgresql.Length == 0)
            throw new ArgumentException("store.postgresql is empty: expected the database of the cluster", nameof(options));
        var certificate = cluster.Certificate.Length > 0 ? ClusterCertificate.Load(cluster.Certificate, cluster.CertificatePassword) : null;
        if (cluster.IsOrchestrator) ClusterFolder.Mark(cluster.Folder);
        var fence = new JournalFence(Lease);
        var leases = new PostgreSqlLeases(options.Store.Postgresql, time);
        await leases.PrepareAsync(cancellation).ConfigureAwait(false);
        var journal = cluster.IsOrchestrator
            ? await ClusterJournal.OpenAsync(options.Store.Postgresql, fence, cancellation).ConfigureAwait(false)
            : null;
        NodeFiles? files = null;
        try
        {
            if (!cluster.Shared) files = await NodeFiles.OpenAsync(cluster, certificate, time).ConfigureAwait(false);
        }
        catch
        {
            if (journal is not null) await journal.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var feed = new ProgressFeed(log);
        var host = Build(options, certificate, journal, leases, feed, time);
        ClusterNode node;
        try
        {
            // Made before it is asked for: the host would write what fails to the standard output.
            host.Services.GetRequiredService<ActorSystem>();
            await host.StartAsync(cancellation).ConfigureAwait(false);
            node = new ClusterNode(host, journal, feed, files, options);
        }
        catch (Exception e)
        {
            host.Dispose();
            if (files is not null) await files.DisposeAsync().ConfigureAwait(false);
            await feed.DisposeAsync().ConfigureAwait(false);
            if (journal is not null) await journal.DisposeAsync().ConfigureAwait(false);
            // Akka has exceptions of many kinds for what it cannot read; our own settings it can.
            if (options.Akka.Length == 0 || e is OperationCanceledException) throw;
            throw new AkkaSettingsException(e);
        }
        node._membership = new Membership(node._system, leases, cluster, Lease, feed.Warn, node.CutOff, time);
        if (journal is not null) node.Lead(journal, leases, fence, watch, sources, events, time);
        if (cluster.IsDevice) node.RunDevices(devices, launcher);
        return node;
    }

    /// <summary>Asks the coordinator, wherever it is. Never faulted: a cluster that cannot answer refuses.</summary>
    public async Task<ClusterAnswer> AskAsync(ClusterRequest request)
    {
        try
        {
            return await _coordinator.Ask<ClusterAnswer>(new ClusterQuestion(request), _patience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or TaskCanceledException)
        {
            return ClusterAnswer.Of(
                new Reply.Refused($"no node that coordinates the cluster has answered within {_patience.TotalSeconds:F0} seconds"));
        }
    }

    /// <summary>
    /// Leaves in order: jobs write their checkpoints, devices stop, the others are told. <see cref="Completion"/> follows.
    /// </summary>
    public async Task LeaveAsync()
    {
        if (Interlocked.Increment(ref _leaving) > 1) return;
        if (!_node.IsNobody())
        {
            _node.Tell(new LeaveNode(), ActorRefs.NoSender);
            // Their last checkpoints may have a way to go.
            var patience = _options.StopGrace + (_options.Cluster.HasOwnFolder ? _waysOfCheckpoints : TimeSpan.FromSeconds(10));
            await Task.WhenAny(_devicesLeft.Task, _system.WhenTerminated, Task.Delay(patience)).ConfigureAwait(false);
        }
        if (_membership is not null) await _membership.DisposeAsync().ConfigureAwait(false);
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await LeaveAsync().ConfigureAwait(false);
        _metrics.Dispose();
        await _system.WhenTerminated.ConfigureAwait(false);
        if (_files is not null) await _files.DisposeAsync().ConfigureAwait(false);
        _host.Dispose();
        if (_journal is not null) await _journal.DisposeAsync().ConfigureAwait(false);
        await _feed.DisposeAsync().ConfigureAwait(false);
    }

    private static IHost Build(
        NodeOptions options, ClusterCertificate? certificate, ClusterJournal? journal, PostgreSqlLeases leases, ProgressFeed feed,
        TimeProvider time)
    {
        // The node's own section of Akka goes over ours, as on one machine.
        var config = SystemConfig.Of(options).WithFallback(ClusterConfig.Of(options.Cluster));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new ProgressLogger(feed.Writer, LogLevel.Information)).SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.None).AddFilter("Akka.Hosting", LogLevel.None);
        builder.Services.AddAkka(ClusterConfig.System, akka =>
        {
            _ = journal is not null ? journal.Configure(akka, config) : akka.AddHocon(config, HoconAddMode.Prepend);
            akka.AddSetup(new LeaseSetup(leases, time))
                .ConfigureLoggers(logs => ActorLogger.Configure(logs, Akka.Event.LogLevel.InfoLevel));
            // Not among Akka's settings, which are shown in logs: it has the private key.
            if (certificate is not null) akka.AddSetup(certificate.Setup);
        });
        return builder.Build();
    }

    private void Lead(
        ClusterJournal journal, PostgreSqlLeases leases, JournalFence fence, Func<SweepSpec, string, ISweepWatcher> watch,
        Func<Job, JobSources> sources, Func<string?, Happenings>? events, TimeProvider time)
    {
        var cluster = _options.Cluster;
        var writer = Guid.NewGuid().ToString("N");
        var folders = new SweepFolders(journal, _options, writer, watch, time);
        var plan = new CoordinatorPlan(
            _options, ClusterFolder.Mark(cluster.Folder), folders.Streams(ClusterStream.Name, ClusterStream.Registry), folders.OpenAsync)
        {
            Address = $"{cluster.NodeName} at {cluster.Host}:{cluster.Port}",
            Patience = _options.StopGrace + TimeSpan.FromSeconds(7),
            Silence = cluster.BearableSilence + TimeSpan.FromSeconds(2),
            Witnesses = OtherOrchestrators,
            Files = _files?.ForCoordinator(sources),
            Metrics = _metrics.Lead,
            Events = events,
        };
        _system.ActorOf(
            WitnessActor.Props(cluster.NodeName, () => leases.ReadAsync(fence.Lease, CancellationToken.None)), WitnessActor.Name);
        var owner = $"{cluster.NodeName} {Environment.ProcessId} {writer}";
        var lead = new PreparedLead(
            new PostgreSqlLead(
                // Several tries before it lapses, also where there is no answer at all.
                new PostgreSqlLeases(_options.Store.Postgresql, time) { Patience = cluster.LeaseDuration / 4 }, fence, owner,
                cluster.LeaseDuration),
            journal.Run(ClusterStream.Name), owner);
        var settings = ClusterSingletonManagerSettings.Create(_system).WithRole(ClusterOptions.Orchestrator)
            .WithSingletonName("leader").WithHandOverRetryInterval(TimeSpan.FromMilliseconds(500));
        _system.ActorOf(ClusterSingletonManager.Props(LeaderActor.Props(plan, lead, Fail), StandDown.Instance, settings), "leader");
    }

    private void RunDevices(IReadOnlyList<DeviceSpec> devices, IDeviceLauncher launcher)
    {
        var name = _options.Cluster.NodeName;
        var named = devices.Select(device => device with
        {
            Name = NodePlan.DeviceName(name, device.Name),
            Memory = device.Memory is { } memory ? NodePlan.DeviceName(name, memory) : null,
        }).ToList();
        var plan = new NodePlan(name, named, launcher, _options, () => ClusterFolder.Read(_options.Cluster.Folder))
        {
            Files = _files?.Own,
        };
        var process = _system.ActorOf(Streams.ActorProps.Of(() => new ProcessActor(this)), "process");
        _node = _system.ActorOf(NodeActor.Props(plan, _coordinator, process), "node");
    }

    private IReadOnlyCollection<Address> OtherOrchestrators()
    {
        var state = Akka.Cluster.Cluster.Get(_system).State;
        var self = Akka.Cluster.Cluster.Get(_system).SelfAddress;
        return
        [
            .. state.Members.Where(member => member.Status == MemberStatus.Up && member.HasRole(ClusterOptions.Orchestrator)
                && !state.Unreachable.Contains(member) && member.Address != self).Select(member => member.Address),
        ];
    }

    private void CutOff(string reason)
    {
        _end.TrySetResult(new NodeEnd.CutOff(reason));
        _ = CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    private void Fail(Exception cause)
    {
        _end.TrySetResult(CoordinatorActor.HasLostLead(cause) ? new NodeEnd.CutOff(cause.Message) : new NodeEnd.Failed(cause));
        _ = CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    /// <summary>The lead, with the cluster's own stream made ready by whoever gets it.</summary>
    private sealed class PreparedLead(ILead lead, ClusterRun run, string owner) : ILead
    {
        public TimeSpan Pace => lead.Pace;

        public TimeSpan Duration => lead.Duration;

        public async Task<Lead?> TryTakeAsync(CancellationToken cancellation)
        {
            if (await lead.TryTakeAsync(cancellation).ConfigureAwait(false) is not { } taken) return null;
            await run.PrepareAsync(owner, mustExist: false, cancellation).ConfigureAwait(false);
            return taken;
        }

        public Task<bool> RenewAsync(long term, CancellationToken cancellation) => lead.RenewAsync(term, cancellation);

        public Task ReleaseAsync(long term, CancellationToken cancellation) => lead.ReleaseAsync(term, cancellation);
    }

    /// <summary>What the node tells its process.</summary>
    private sealed class ProcessActor(ClusterNode node) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case NodeWorks: node._hasWorked = true; break;
                case NodeLeft:
                    node._devicesLeft.TrySetResult();
                    // Told to by the cluster.
                    if (node._leaving == 0) _ = node.LeaveAsync();
                    break;
                case NodeRefused m:
                    node._end.TrySetResult(new NodeEnd.Refused(m.Reason));
                    _ = node.LeaveAsync();
                    break;
                case NodeBroken m:
                    node._end.TrySetResult(new NodeEnd.Failed(new IOException($"no device is left: {m.Reasons}")));
                    _ = node.LeaveAsync();
                    break;
                case SweepProgress m: node._feed.Writer.TryWrite(m); break;
                default: Unhandled(message); break;
            }
        }
    }
}
