using System.Text.Json.Serialization;

namespace Sweeps.Search;

/// <summary>
/// The values of one parameter and the map to its <em>basic</em> space, where a search works: distances there have no
/// unit, and a radius means the same in every dimension (carbs: 0.3 basic units of a Log space of scale 1 are 0.3 decades).
/// </summary>
/// <remarks>
/// Bounds are strict, except for integers, which are rounded to a multiple of <see cref="RoundingFactor"/> (half to even),
/// moved to the nearest multiple inside [min, max], and only then transformed.
/// A value survives the way to basic space and back with a relative error of at most 1e-13.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(LinearSpace), "linear")]
[JsonDerivedType(typeof(LogSpace), "log")]
[JsonDerivedType(typeof(LogitSpace), "logit")]
public abstract record ParameterSpace
{
    /// <summary>
    /// User units per basic unit (Linear), decades or base powers per basic unit (Log, Logit); above 0, default 1. Larger reaches wider.
    /// </summary>
    public double Scale { get; init; } = 1;

    /// <summary>Lower bound in user units; may be −∞ in a Linear space.</summary>
    public abstract double Min { get; init; }

    /// <summary>Upper bound in user units; may be +∞ except in a Logit space.</summary>
    public abstract double Max { get; init; }

    /// <summary>Whether values are integers; not in a Logit space.</summary>
    public bool IsInteger { get; init; }

    /// <summary>What integers are multiples of; at least 1, default 1.</summary>
    public int RoundingFactor { get; init; } = 1;

    /// <summary>The basic coordinate of <paramref name="value"/> (user units); ±∞ at the ends of an open range.</summary>
    /// <exception cref="SearchException">the value is outside the range of the transform</exception>
    public abstract double ToBasic(double value);

    /// <summary>The value in user units at <paramref name="basic"/>, neither rounded nor bounded.</summary>
    public abstract double FromBasic(double basic);

    /// <summary>Whether a search may suggest <paramref name="value"/> (user units).</summary>
    public bool Contains(double value) => IsInteger
        ? value >= Min && value <= Max && Math.IEEERemainder(value, RoundingFactor) == 0
        : value > Min && value < Max;

    /// <summary>
    /// The point that a draw at <paramref name="basic"/> stands for: for integers the nearest allowed one, otherwise itself.
    /// </summary>
    /// <returns>basic coordinate and user value; check the value with <see cref="Contains"/></returns>
    public (double Basic, double Value) Snap(double basic)
    {
        var value = FromBasic(basic);
        if (!IsInteger) return (basic, value);
        value = Round(value);
        return (ToBasic(value), value);
    }

    /// <summary>What is wrong with this space, one sentence each; empty when nothing is.</summary>
    public virtual IEnumerable<string> Validate()
    {
        if (!(Scale > 0 && double.IsFinite(Scale))) yield return $"scale is {Scale}: expected a positive number";
        if (!(Min < Max)) yield return $"bounds are {Min} and {Max}: expected min below max";
        if (RoundingFactor < 1) yield return $"rounding_factor is {RoundingFactor}: expected at least 1";
        else if (RoundingFactor > 1 && !IsInteger)
            yield return $"rounding_factor is {RoundingFactor}: expected 1 unless values are integers";
        else if (IsInteger && LowestMultiple > HighestMultiple)
            yield return $"bounds are {Min} and {Max}: no multiple of {RoundingFactor} lies between";
    }

    private double LowestMultiple => Math.Ceiling(Min / RoundingFactor) * RoundingFactor;

    private double HighestMultiple => Math.Floor(Max / RoundingFactor) * RoundingFactor;

    private double Round(double value) => Math.Clamp(
        Math.Round(value / RoundingFactor, MidpointRounding.ToEven) * RoundingFactor, LowestMultiple, HighestMultiple);
}

/// <summary>
/// Values on a linear scale: basic = value / scale. An integer space wants a scale of about 3 or more, or neighbours are out of reach.
/// </summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record LinearSpace : ParameterSpace
{
    /// <inheritdoc/>
    public override double Min { get; init; } = double.NegativeInfinity;

    /// <inheritdoc/>
    public override double Max { get; init; } = double.PositiveInfinity;

    /// <inheritdoc/>
    public override double ToBasic(double value) => value / Scale;

    /// <inheritdoc/>
    public override double FromBasic(double basic) => basic * Scale;
}

/// <summary>Positive values on a logarithmic scale: basic = log_base(value) / scale; 0 is at −∞.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record LogSpace : ParameterSpace
{
    /// <inheritdoc/>
    public override double Min { get; init; }

    /// <inheritdoc/>
    public override double Max { get; init; } = double.PositiveInfinity;

    /// <summary>The base of the logarithm; above 1, default 10.</summary>
    public double Base { get; init; } = 10;

    /// <inheritdoc/>
    public override double ToBasic(double value)
    {
        if (!(value >= 0)) throw new SearchException($"{value} has no place in a log space: expected 0 or more");
        // Log10 is exact at powers of ten, the quotient of two logarithms is not.
        return (Base == 10 ? Math.Log10(value) : Math.Log(value) / Math.Log(Base)) / Scale;
    }

    /// <inheritdoc/>
    public override double FromBasic(double basic) => Math.Pow(Base, basic * Scale);

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (var problem in base.Validate()) yield return problem;
        if (!(Base > 1 && double.IsFinite(Base))) yield return $"base is {Base}: expected a number above 1";
        if (!(Min >= 0)) yield return $"min is {Min}: expected 0 or more in a log space";
        else if (IsInteger && Min == 0) yield return "min is 0: expected a positive bound in a log space of integers";
    }
}

/// <summary>Fractions on a log-odds scale: basic = log10(value / (1 − value)) / scale; 0 and 1 are at ∓∞. No integers.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record LogitSpace : ParameterSpace
{
    /// <inheritdoc/>
    public override double Min { get; init; }

    /// <inheritdoc/>
    public override double Max { get; init; } = 1;

    /// <inheritdoc/>
    public override double ToBasic(double value)
    {
        if (!(value >= 0 && value <= 1)) throw new SearchException($"{value} has no place in a logit space: expected 0 to 1");
        return Math.Log10(value / (1 - value)) / Scale;
    }

    /// <inheritdoc/>
    public override double FromBasic(double basic)
    {
        // The power is taken of a negative number on either side, so that neither extreme overflows.
        var odds = Math.Pow(10, -Math.Abs(basic * Scale));
        return basic < 0 ? odds / (1 + odds) : 1 / (1 + odds);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Validate()
    {
        foreach (var problem in base.Validate()) yield return problem;
        if (!(Min >= 0 && Max <= 1)) yield return $"bounds are {Min} and {Max}: expected 0 to 1 in a logit space";
        if (IsInteger) yield return "values are integers: expected fractions in a logit space";
    }
}
