using System.Text.Json.Serialization;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>A trial that a device works on.</summary>
/// <param name="Id">which</param>
/// <param name="Kind">prepare, train, evaluate, prune, probe or circuit</param>
/// <param name="Device">where it runs</param>
/// <param name="Progress">how far it is; null until it has said so</param>
/// <param name="StepsPerSecond">over this attempt; null until there are two reports</param>
internal sealed record RunningTrial(TrialId Id, string Kind, string Device, JobProgress? Progress = null, double? StepsPerSecond = null)
{
    /// <summary>At the present rate; null when that is not known.</summary>
    [JsonIgnore]
    public TimeSpan? TimeLeft => Progress is { } progress && StepsPerSecond is > 0 and var rate
        ? TimeSpan.FromSeconds(Math.Min((progress.Steps - progress.Step) / rate, TimeSpan.FromDays(999).TotalSeconds))
        : null;

    /// <summary>When the device began, by the clock that rates are measured with.</summary>
    [JsonIgnore]
    public long Began { get; init; }

    /// <summary>Where this attempt's first report was, and when: a resumed attempt does not begin at 0.</summary>
    [JsonIgnore]
    public (int Step, int Steps, long Timestamp)? First { get; init; }

    /// <summary>How much of it is done, 0 to 1; it does not fall when other steps are counted, as after a training.</summary>
    public double Part { get; init; }

    /// <summary>How much of it was done when this attempt first reported, 0 to 1.</summary>
    [JsonIgnore]
    public double FirstPart { get; init; }
}
