using Akka;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Reuse;
using Sweeps.Actors.Streams;
using Sweeps.Files;

namespace Sweeps.Actors.Sweeps;

/// <summary>A process's actor system, with the journal that its actors write to.</summary>
internal sealed class SweepSystem : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly NodeOptions _options;
    private readonly RunJournal _journal;
    private readonly ProgressFeed _progress;

    private SweepSystem(IHost host, NodeOptions options, RunJournal journal, ProgressFeed progress)
        => (_host, _options, _journal, _progress) = (host, options, journal, progress);

    /// <summary>Starts the system.</summary>
    /// <param name="options">the node's</param>
    /// <param name="journal">disposed by the caller, after this</param>
    /// <param name="progress">is told warnings and errors; disposed by the caller, after this</param>
    /// <param name="cancellation">gives up waiting</param>
    /// <exception cref="AkkaSettingsException">Akka does not accept the options' section of it</exception>
    public static async Task<SweepSystem> StartAsync(
        NodeOptions options, RunJournal journal, ProgressFeed progress, CancellationToken cancellation)
    {
        var host = Build(options, journal, progress);
        try
        {
            // Made before it is asked for: the host would write what fails to the standard output.
            host.Services.GetRequiredService<ActorSystem>();
            await host.StartAsync(cancellation).ConfigureAwait(false);
            return new SweepSystem(host, options, journal, progress);
        }
        catch (Exception e)
        {
            host.Dispose();
            // Akka has exceptions of many kinds for what it cannot read; our own settings it can.
            if (options.Akka.Length == 0 || e is OperationCanceledException) throw;
            throw new AkkaSettingsException(e);
        }
    }

    /// <summary>Makes the actors of the journal's sweep, without devices, and gives the sweep its first command.</summary>
    /// <param name="spec">the sweep</param>
    /// <param name="first">the command</param>
    /// <param name="launcher">starts device processes, if there will be devices</param>
    /// <param name="artifacts">the sweep's files</param>
    /// <param name="time">the clock of waits outside of actors</param>
    public SweepRun Begin(SweepSpec spec, SweepCommand first, IDeviceLauncher launcher, ArtifactStore artifacts, TimeProvider time)
    {
        var system = _host.Services.GetRequiredService<ActorSystem>();
        var streams = new StreamSettings(_journal.Location, SweepJournal.Registry, _journal.Stream, Guid.NewGuid().ToString("N"))
        {
            Explain = _journal.Explain,
            IsFinal = _journal.IsFinal,
        };
        var progress = system.ActorOf(ProgressActor.Props(_progress.Writer), "progress");
        var files = system.ActorOf(FilesActor.Props(artifacts.Delete, DiskRetries.Policy.Build(time)), "files");
        var plan = new RunPlan(spec, [], launcher, _options, streams, progress, files) { First = first };
        if (spec.Reuse.Count > 0)
        {
            var results = ReusableRuns.Read(spec.Reuse, _options.Store, _progress.Warn);
            plan = plan with { Reuse = broker => ReuseActor.Props(broker, results, artifacts, progress) };
        }
        var run = new SweepRun(system, plan);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeServiceUnbind, "stop-devices", async () =>
        {
            await run.StopDevicesAsync().ConfigureAwait(false);
            return Done.Instance;
        });
        _ = system.WhenTerminated.ContinueWith(
            _ => run.End(new SweepOutcome(SweepEnd.Failed, [], "the actor system was terminated")),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return run;
    }

    /// <summary>Stops the devices of its run in order, and ends the system.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        _host.Dispose();
    }

    private static IHost Build(NodeOptions options, RunJournal journal, ProgressFeed progress)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new ProgressLogger(progress.Writer)).SetMinimumLevel(LogLevel.Warning)
            // What fails to start is thrown, and told by whoever catches it.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Akka.Hosting", LogLevel.None);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = options.StopGrace + TimeSpan.FromSeconds(30));
        builder.Services.AddAkka(
            "sweeps", akka => journal.Configure(akka, SystemConfig.Of(options)).ConfigureLoggers(ActorLogger.Configure));
        return builder.Build();
    }
}
