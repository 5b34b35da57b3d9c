using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>Where a suggestion comes from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SuggestionKind>))]
public enum SuggestionKind
{
    /// <summary>The centre itself.</summary>
    Center,

    /// <summary>Drawn without regard to observations.</summary>
    Random,

    /// <summary>Drawn in view of the observations.</summary>
    Model,

    /// <summary>An observed point again, to average out luck.</summary>
    Resample,

    /// <summary>Drawn around the best points because the model had no candidate to offer.</summary>
    Fallback,
}

/// <summary>A point to evaluate. Once issued it is authoritative: replay never computes it again.</summary>
/// <param name="Index">0-based number in its search; its round is index / batch size</param>
/// <param name="Kind">where it comes from</param>
/// <param name="Basic">exact basic coordinates, in the space's order</param>
/// <param name="Values">the same point in user units: what to run</param>
/// <param name="ResampleOf">the suggestion that this one repeats, for <see cref="SuggestionKind.Resample"/></param>
public sealed record Suggestion(int Index, SuggestionKind Kind, ValueList<double> Basic, ValueList<double> Values, int? ResampleOf = null);
