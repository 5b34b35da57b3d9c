using MathNet.Numerics;

namespace Sweeps.Search.Carbs;

/// <summary>The standard normal distribution φ, Φ where their plain forms run out of digits.</summary>
internal static class NormalDistribution
{
    private const double HalfLog2Pi = 0.918938533204672742;

    public static double Cdf(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    /// <summary>ln Φ(x), finite for every finite x: below −1 by Φ(x) = φ(x) √(π/2) erfcx(−x/√2).</summary>
    public static double LogCdf(double x) =>
        x > -1 ? Math.Log(Cdf(x)) : (-0.5 * x * x) + Math.Log(0.5 * ScaledErfc(-x / Math.Sqrt(2)));

    /// <summary>Φ⁻¹(p); ±∞ at 1 and 0.</summary>
    public static double InverseCdf(double p) => -Math.Sqrt(2) * SpecialFunctions.ErfcInv(2 * p);

    /// <summary>
    /// ln h(z), h(z) = φ(z) + z Φ(z): the logarithm of expected improvement in units of σ, in three ranges (after Ament et al. 2023,
    /// "Unexpected improvements
    /// to expected improvement", arXiv 2310.20708): as written; through erfcx, where φ and zΦ nearly cancel; and by the tail's series h ≈
    /// φ(z) (z⁻² − 3 z⁻⁴ + 15 z⁻⁶).
    /// </summary>
    public static double LogImprovement(double z)
    {
        if (z > -1) return Math.Log((Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI)) + (z * Cdf(z)));
        var logDensity = (-0.5 * z * z) - HalfLog2Pi;
        // Here 1 + x is exact, so that its logarithm needs no log1p.
        if (z > -50) return logDensity + Math.Log(1 + (z * Math.Sqrt(Math.PI / 2) * ScaledErfc(-z / Math.Sqrt(2))));
        var inverseSquare = 1 / (z * z);
        return logDensity + Math.Log(inverseSquare * (1 - (inverseSquare * (3 - (15 * inverseSquare)))));
    }

    /// <summary>
    /// erfcx(x) = exp(x²) erfc(x) for x ≥ 0. From 8 on, where erfc nears underflow, by the asymptotic series
    /// 1 / (x√π) Σ (−1)ᵏ (2k−1)!! / (2x²)ᵏ (Abramowitz and Stegun 7.1.23), whose first term left out is below 1e-16 there.
    /// </summary>
    internal static double ScaledErfc(double x)
    {
        if (x < 8) return Math.Exp(x * x) * SpecialFunctions.Erfc(x);
        var (sum, term, step) = (1.0, 1.0, 1 / (2 * x * x));
        for (var k = 1; k <= 20; k++)
        {
            term *= -((2 * k) - 1) * step;
            sum += term;
        }
        return sum / (x * Math.Sqrt(Math.PI));
    }
}
