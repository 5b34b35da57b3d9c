using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>How the evaluation of a suggestion ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ObservationStatus>))]
public enum ObservationStatus
{
    /// <summary>It gave a finite number.</summary>
    Success,

    /// <summary>The point is bad: it gave no number, or none that is finite.</summary>
    Failure,
}

/// <summary>What came of a suggestion.</summary>
/// <param name="Index">the suggestion's index</param>
/// <param name="Status">how it ended</param>
/// <param name="Output">the number to optimise, finite; null for a failure</param>
/// <param name="Cost">what it cost, in any unit that is not wall time; finite and above 0</param>
public sealed record Observation(int Index, ObservationStatus Status, double? Output, double Cost);
