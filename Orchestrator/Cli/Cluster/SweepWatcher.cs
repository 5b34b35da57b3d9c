using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Web.Events;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>Looks on at a sweep of a cluster as <c>sweeps run</c> does at its own: logs, status.json, and the report at its end.</summary>
internal sealed class SweepWatcher : ISweepWatcher
{
    private readonly string _folder;
    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    private readonly RunViews _views;

    /// <param name="spec">the sweep</param>
    /// <param name="folder">its folder, which is there</param>
    /// <param name="options">the node's</param>
    /// <param name="events">who looks on by the API</param>
    /// <param name="time">the clock of what is shown</param>
    public SweepWatcher(SweepSpec spec, string folder, NodeOptions options, EventHub events, TimeProvider time)
    {
        (_folder, _options, _time) = (folder, options, time);
        _views = new RunViews([.. new RunBeginning(spec, folder, options, time).Views(spec.Name, events)]);
    }

    /// <inheritdoc/>
    public IObserver<SweepProgress> Progress => _views;

    /// <inheritdoc/>
    public Task ReportAsync(SweepOutcome outcome)
    {
        var sweep = SweepFolder.Load(_folder, _options.Store);
        var trials = TrialHistory.Read(SweepFolder.Read(_folder, _options.Store));
        try
        {
            ReportWriter.Write(sweep, _folder, times: ReportTimes.Describe(trials, _time.GetUtcNow()));
        }
        catch (JobFailedException e)
        {
            throw new IOException($"the sweep is complete, but its report cannot be written: {e.Message}", e);
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _views.DisposeAsync();
}
