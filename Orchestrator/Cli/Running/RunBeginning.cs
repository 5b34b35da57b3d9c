using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Planning;
using Sweeps.Orchestrator.Web.Events;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>What a run begins with, and what looks on at every run, on one machine and in a cluster.</summary>
/// <param name="spec">the sweep</param>
/// <param name="folder">its folder; what is stored there is taken in at once</param>
/// <param name="options">the node</param>
/// <param name="time">the clock of what is shown</param>
internal sealed class RunBeginning(SweepSpec spec, string folder, NodeOptions options, TimeProvider time)
{
    private readonly SweepWork _work = SweepWork.Of(spec);

    private readonly IReadOnlyList<TrialHistory> _past =
        SweepFolder.HasSweep(folder) ? TrialHistory.Read(SweepFolder.Read(folder, options.Store)) : [];

    /// <summary>How far the run is at its beginning; each view has its own.</summary>
    public RunProgress Progress() => new(_work, time, _past);

    /// <summary>Those that keep logs, status.json, the events of the API and metrics.</summary>
    /// <param name="id">by which the API knows the sweep</param>
    /// <param name="events">who looks on by the API</param>
    public IEnumerable<IRunView> Views(string id, EventHub events) =>
    [
        new TrialLogs(folder, time), new StatusFileView(new RunWatch(Progress()), folder, time),
        new EventView(events, id, Progress(), time),
        new MetricsView(
            spec.Name, folder, Progress(), _past.Count == 0 ? null : () => SweepFolder.Load(folder, options.Store), time),
    ];
}
