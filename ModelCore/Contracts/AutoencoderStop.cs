using System.Globalization;

namespace Sweeps.Contracts;

/// <summary>Where and why the training of an autoencoder ended before its last step.</summary>
/// <param name="Step">after which step</param>
/// <param name="Fvu">fraction of variance unexplained there, of training activations</param>
/// <param name="DeadFraction">features that were dead there, as a fraction</param>
/// <param name="MaxFvu">what the former was above, or null where it was not</param>
/// <param name="MaxDead">what the latter was above, or null where it was not</param>
public sealed record AutoencoderStop(int Step, double Fvu, double DeadFraction, double? MaxFvu, double? MaxDead)
{
    /// <summary>The same in words, one sentence without its end.</summary>
    public override string ToString()
    {
        IEnumerable<string?> reasons =
        [
            MaxFvu is { } fvu ? string.Create(CultureInfo.InvariantCulture, $"FVU {Fvu:0.000} is above {fvu}") : null,
            MaxDead is { } dead
                ? string.Create(CultureInfo.InvariantCulture, $"a fraction of {DeadFraction:0.000} of the features is dead, above {dead}")
                : null,
        ];
        return string.Create(
            CultureInfo.InvariantCulture, $"stopped early at step {Step}: {string.Join(", and ", reasons.OfType<string>())}");
    }
}
