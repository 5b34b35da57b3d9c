using System.Globalization;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>
/// Writes each message as a line of JSON, its kind in "event" and its time in "time"; of a trial's progress at most one line a second, and
/// of the run's as a whole one every few seconds.
/// </summary>
internal sealed class JsonRunView(RunProgress progress, Terminal terminal, TimeProvider time) : IRunView
{
    private static readonly TimeSpan _runPace = TimeSpan.FromSeconds(5);
    private readonly ProgressPace _pace = new(time);
    private long? _lastRun;

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        progress.Apply(value);
        SayHowFar();
        if (_pace.Passes(value)) Write(ProgressJson.Name(value), ProgressJson.Fields(value));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void SayHowFar()
    {
        if (_lastRun is { } last && time.GetElapsedTime(last) < _runPace) return;
        _lastRun = time.GetTimestamp();
        Write("runProgressed", ProgressJson.Fields(progress));
    }

    private void Write(string name, JsonObject fields)
    {
        fields.Insert(0, "event", name);
        fields.Insert(1, "time", time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        terminal.Json(fields);
    }
}
