using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>
/// Writes each message as a line of JSON, its kind in "event" and its time in "time"; of a trial's progress at most one line a second, and
/// of
/// the run's as a whole one every few seconds.
/// </summary>
internal sealed class JsonRunView(RunProgress progress, Terminal terminal, TimeProvider time) : IRunView
{
    private static readonly TimeSpan _runPace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(1);
    private readonly Dictionary<TrialId, long> _lastProgress = [];
    private long? _lastRun;

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        progress.Apply(value);
        SayHowFar();
        switch (value)
        {
            case TrialProgressed { Trial: var trial }:
                if (_lastProgress.TryGetValue(trial, out var last) && time.GetElapsedTime(last) < _pace) return;
                _lastProgress[trial] = time.GetTimestamp();
                break;
            case TrialChanged { Phase: not TrialPhase.Running } changed:
                _lastProgress.Remove(changed.Trial);
                break;
        }
        Write(
            JsonNamingPolicy.CamelCase.ConvertName(value.GetType().Name),
            (JsonObject)JsonSerializer.SerializeToNode(value, value.GetType(), JobJson.Options)!);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void SayHowFar()
    {
        if (_lastRun is { } last && time.GetElapsedTime(last) < _runPace) return;
        _lastRun = time.GetTimestamp();
        Write("runProgressed", new JsonObject
        {
            ["fraction"] = progress.Fraction,
            ["elapsedSeconds"] = progress.Elapsed.TotalSeconds,
            ["secondsLeft"] = progress.TimeLeft?.TotalSeconds,
        });
    }

    private void Write(string name, JsonObject fields)
    {
        fields.Insert(0, "event", name);
        fields.Insert(1, "time", time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        terminal.Json(fields);
    }
}
