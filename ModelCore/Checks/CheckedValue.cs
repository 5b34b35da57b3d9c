namespace Sweeps.ModelCore.Checks;

/// <summary>One number that a device gave, beside what it should be.</summary>
/// <param name="What">which number, for people</param>
/// <param name="Here">the device's</param>
/// <param name="Expected">what it is compared with</param>
/// <param name="Difference">how far they are apart; of tensors, whose norms the two numbers are, as said in <paramref name="What"/></param>
/// <param name="Allowed">the most that rounding explains</param>
/// <param name="Seconds">what the device took for this and what was computed with it</param>
public sealed record CheckedValue(string What, double Here, double Expected, double Difference, double Allowed, double Seconds)
{
    /// <summary>Whether the device gave what it should.</summary>
    public bool Agrees => Difference <= Allowed; // not where it is not a number
}
