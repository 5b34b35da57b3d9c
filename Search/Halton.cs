using System.Globalization;

namespace Sweeps.Search;

/// <summary>
/// The Halton sequence (Halton 1960), scrambled: each digit of a coordinate in the dimension's prime base goes through a random permutation
/// of its own
/// (Owen 2017, "A randomized Halton algorithm in R", arXiv 1706.02808). Every coordinate is uniform in 0 to 1, and any stretch of points
/// fills the cube
/// more evenly than chance. Unlike Sobol's sequence it needs no table and is not tied to powers of two, which batches and budgets seldom
/// are.
/// </summary>
internal sealed class Halton
{
    private readonly int[] _bases;
    private readonly int[][][] _permutations;

    /// <param name="dimensions">coordinates of a point; the sequence is at its best up to about 20</param>
    /// <param name="seed">of the permutations</param>
    public Halton(int dimensions, ulong seed)
    {
        (_bases, _permutations) = (Primes(dimensions), new int[dimensions][][]);
        for (var d = 0; d < dimensions; d++)
        {
            var random = new KeyedRandom(seed, "halton", d.ToString(CultureInfo.InvariantCulture));
            // As many digits as a double has.
            _permutations[d] = new int[(int)Math.Ceiling(53 / Math.Log2(_bases[d]))][];
            for (var digit = 0; digit < _permutations[d].Length; digit++)
            {
                int[] permutation = [.. Enumerable.Range(0, _bases[d])];
                random.Shuffle<int>(permutation);
                _permutations[d][digit] = permutation;
            }
        }
    }

    /// <summary>Coordinate <paramref name="dimension"/> of point <paramref name="index"/>, above 0 and below 1.</summary>
    public double this[int index, int dimension]
    {
        get
        {
            var (radix, rest, place, sum) = (_bases[dimension], index, 1.0, 0.0);
            foreach (var permutation in _permutations[dimension])
            {
                place /= radix;
                sum += place * permutation[rest % radix];
                rest /= radix;
            }
            // The middle of the last digit's cell: neither end is met.
            return Math.Clamp(sum + (0.5 * place), double.Epsilon, Math.BitDecrement(1.0));
        }
    }

    private static int[] Primes(int count)
    {
        var primes = new List<int>(count);
        for (var candidate = 2; primes.Count < count; candidate++)
            if (primes.TrueForAll(p => candidate % p != 0)) primes.Add(candidate);
        return [.. primes];
    }
}
