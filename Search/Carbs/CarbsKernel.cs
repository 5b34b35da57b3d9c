using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sweeps.Search.Carbs;

/// <summary>
/// Covariance of two points: k(x, x′) = a x·x′ + v (1 + √3 R) exp(−√3 R), R² = Σ ((x_d − x′_d) / ℓ_d)² + 1e-12 (public CARBS, model.py;
/// Rasmussen and Williams 2006, eq. 4.17 with ν = 3/2, and the dot product of §4.2.2; the reference sums both without centring the inputs).
/// </summary>
internal sealed class CarbsKernel
{
    private const int Chunk = 32;

    private readonly double[] _lengths, _inverseLengths;

    /// <param name="lengths">ℓ, one per dimension, basic units</param>
    /// <param name="linear">a</param>
    /// <param name="matern">v</param>
    public CarbsKernel(ReadOnlySpan<double> lengths, double linear = 1, double matern = 1)
    {
        _lengths = lengths.ToArray();
        _inverseLengths = [.. _lengths.Select(l => 1 / l)];
        (Linear, Matern) = (linear, matern);
    }

    public int Dimensions => _lengths.Length;

    public ReadOnlySpan<double> Lengths => _lengths;

    public double Linear { get; }

    public double Matern { get; }

    /// <summary>k(x, x).</summary>
    public double Variance(ReadOnlySpan<double> x)
    {
        var square = 0.0;
        foreach (var value in x) square = Math.FusedMultiplyAdd(value, value, square);
        return (Linear * square) + Matern;
    }

    /// <summary>The covariances of points with <see cref="Cholesky.Lanes"/> others.</summary>
    /// <param name="points">(n, D), row-major, basic units</param>
    /// <param name="lanes">the others, (D, Lanes): coordinates side by side</param>
    /// <param name="covariances">out, (n, Lanes)</param>
    public void Evaluate(ReadOnlySpan<double> points, ReadOnlySpan<double> lanes, Span<double> covariances)
    {
        var d = Dimensions;
        ReadOnlySpan<double> inverseLengths = _inverseLengths;
        ref var others = ref Unsafe.As<double, Vector256<double>>(ref MemoryMarshal.GetReference(lanes[..(d * Cholesky.Lanes)]));
        var result = MemoryMarshal.Cast<double, Vector256<double>>(covariances)[..(points.Length / d * 2)];
        // Distances and exponentials apart, some points at a time: each is a long chain, and in one loop few of them would overlap.
        Span<Vector256<double>> squares = stackalloc Vector256<double>[2 * Chunk];
        for (var first = 0; first < points.Length / d; first += Chunk)
        {
            var size = Math.Min(Chunk, (points.Length / d) - first);
            var chunk = points.Slice(first * d, size * d);
            var dots = result.Slice(2 * first, 2 * size);
            for (var i = 0; i < size; i++)
            {
                var point = chunk.Slice(i * d, d);
                var (dot0, dot1) = (Vector256<double>.Zero, Vector256<double>.Zero);
                var (square0, square1) = (Vector256.Create(1e-12), Vector256.Create(1e-12));
                for (var k = 0; k < point.Length; k++)
                {
                    var x = Vector256.Create(point[k]);
                    var inverse = Vector256.Create(inverseLengths[k]);
                    var y0 = Unsafe.Add(ref others, 2 * k);
                    var y1 = Unsafe.Add(ref others, (2 * k) + 1);
                    dot0 = Vector256.FusedMultiplyAdd(x, y0, dot0);
                    dot1 = Vector256.FusedMultiplyAdd(x, y1, dot1);
                    y0 = (x - y0) * inverse;
                    y1 = (x - y1) * inverse;
                    square0 = Vector256.FusedMultiplyAdd(y0, y0, square0);
                    square1 = Vector256.FusedMultiplyAdd(y1, y1, square1);
                }
                dots[2 * i] = dot0;
                dots[(2 * i) + 1] = dot1;
                squares[2 * i] = square0;
                squares[(2 * i) + 1] = square1;
            }
            for (var i = 0; i < dots.Length; i++)
            {
                var t = Math.Sqrt(3) * Vector256.Sqrt(squares[i]);
                dots[i] = Vector256.FusedMultiplyAdd(
                    Vector256.Create(Linear), dots[i], Matern * ((Vector256<double>.One + t) * ExpOfNegative(t)));
            }
        }
    }

    /// <summary>
    /// exp(−t) for t ≥ 0 to about one unit in the last place: −t = n ln 2 + r with |r| ≤ ln 2 / 2, the series of exp r, times 2ⁿ. Below
    /// exp(−700) it stays there.
    /// Written out because the library's is free to round differently on another processor or in another version.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<double> ExpOfNegative(Vector256<double> t)
    {
        // Adding 1.5 · 2⁵² rounds to an integer, which is then in the low bits.
        var shift = Vector256.Create(6755399441055744.0);
        var x = -Vector256.Min(t, Vector256.Create(700.0));
        var shifted = Vector256.FusedMultiplyAdd(x, Vector256.Create(1.4426950408889634), shift);
        var n = shifted - shift;
        // ln 2 in two parts, the first with trailing zeros, so that n times it is exact (Cody and Waite 1980).
        var r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-0.6931471803691238), x);
        r = Vector256.FusedMultiplyAdd(n, Vector256.Create(-1.9082149292705877e-10), r);
        var sum = Vector256.Create(1 / 6227020800.0);
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 479001600.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 39916800.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 3628800.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 362880.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 40320.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 5040.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 720.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 120.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 24.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(1 / 6.0));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256.Create(0.5));
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256<double>.One);
        sum = Vector256.FusedMultiplyAdd(sum, r, Vector256<double>.One);
        return (sum.AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
    }
}
