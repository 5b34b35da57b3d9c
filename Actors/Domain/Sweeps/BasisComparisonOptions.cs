using System.Globalization;
using System.Text.Json.Serialization;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// Circuits of the same models and tasks in different bases: of the model's channels, and of the features of its autoencoders at residual
/// reads and writes. All bases have the same prunings, hyperparameters, pairs, target and calibration.
/// </summary>
public sealed record BasisComparisonOptions
{
    /// <summary>
    /// Prunings for each model, task and basis, the first with the search's centre, the others around it by a Halton sequence; default 0:
    /// no comparison.
    /// </summary>
    public int Prunings { get; init; }

    /// <summary>
    /// Of the autoencoders of a location the one with the lowest L0 is taken whose FVU is at most this, or where there is none, the one
    /// with the lowest FVU; default 0.1.
    /// </summary>
    public double MaxFvu { get; init; } = 0.1;

    /// <summary>Whether there is a comparison.</summary>
    [JsonIgnore]
    public bool IsOn => Prunings > 0;

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Prunings < 0) yield return string.Create(CultureInfo.InvariantCulture, $"prunings is {Prunings}: expected 0 (none) or more");
        if (!(MaxFvu > 0 && double.IsFinite(MaxFvu)))
            yield return string.Create(CultureInfo.InvariantCulture, $"max_fvu is {MaxFvu}: expected above 0");
    }
}
