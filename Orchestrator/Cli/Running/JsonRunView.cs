using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Writes each message as a line of JSON, its kind in "event"; of a trial's progress at most one line a second.</summary>
internal sealed class JsonRunView(Terminal terminal, TimeProvider time) : IRunView
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(1);
    private readonly Dictionary<TrialId, long> _lastProgress = [];

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
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
        var fields = (JsonObject)JsonSerializer.SerializeToNode(value, value.GetType(), JobJson.Options)!;
        fields.Insert(0, "event", JsonNamingPolicy.CamelCase.ConvertName(value.GetType().Name));
        terminal.Json(fields);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
