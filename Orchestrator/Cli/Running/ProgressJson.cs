using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Messages of a run as JSON, for <c>--json</c> and for the events of the API.</summary>
internal static class ProgressJson
{
    /// <summary>What a message is called, such as <c>trialChanged</c>.</summary>
    public static string Name(SweepProgress value) => JsonNamingPolicy.CamelCase.ConvertName(value.GetType().Name);

    public static JsonObject Fields(SweepProgress value) =>
        (JsonObject)JsonSerializer.SerializeToNode(value, value.GetType(), JobJson.Options)!;

    public static JsonObject Fields(RunProgress progress) => new()
    {
        ["fraction"] = progress.Fraction,
        ["elapsedSeconds"] = progress.Elapsed.TotalSeconds,
        ["secondsLeft"] = progress.TimeLeft?.TotalSeconds,
    };
}
