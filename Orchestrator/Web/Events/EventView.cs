using Sweeps.Orchestrator.Cli.Running;

namespace Sweeps.Orchestrator.Web.Events;

/// <summary>Passes what happens in one run on to those who look on by the API.</summary>
/// <param name="hub">to whom</param>
/// <param name="sweep">the sweep's id</param>
/// <param name="progress">how far the run is; this view's own</param>
/// <param name="time">of the events</param>
internal sealed class EventView(EventHub hub, string sweep, RunProgress progress, TimeProvider time) : IRunView
{
    private static readonly TimeSpan _runPace = TimeSpan.FromSeconds(5);
    private readonly ProgressPace _pace = new(time);
    private long? _lastRun;

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        progress.Apply(value);
        if (_pace.Passes(value)) hub.Publish(ProgressJson.Name(value), sweep, () => ProgressJson.Fields(value));
        if (_lastRun is { } last && time.GetElapsedTime(last) < _runPace) return;
        _lastRun = time.GetTimestamp();
        // It is another run's tomorrow: what it says is of this moment.
        var now = ProgressJson.Fields(progress);
        hub.Publish("runProgressed", sweep, () => (System.Text.Json.Nodes.JsonObject)now.DeepClone());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
