using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>
/// Which entries of each row AbsTopK keeps, for contiguous float32 rows in memory. libtorch's topk takes some 20 ns per entry, more than half of a
/// training step of a small model; this takes about 3.
/// </summary>
/// <remarks>
/// Without its sign bit a float orders as the integer of the same bits, so the threshold is found by halving an interval of integers. Every comparison
/// counts a whole row, and the search ends as soon as k entries lie above.
/// </remarks>
internal static class AbsTopKMask
{
    /// <summary>Writes 1 at the k entries largest in magnitude of each row and 0 elsewhere. Among equal magnitudes the first ones are kept; NaN counts as largest.</summary>
    /// <param name="input">rows of <paramref name="width"/> entries</param>
    /// <param name="mask">as long as <paramref name="input"/></param>
    /// <param name="width">entries of a row</param>
    /// <param name="k">1 to <paramref name="width"/></param>
    internal static void Fill(ReadOnlySpan<float> input, Span<float> mask, int width, int k)
    {
        // Whole vectors; the rest of the last one holds −1, below every magnitude.
        var padded = (width + Vector<int>.Count - 1) / Vector<int>.Count * Vector<int>.Count;
        Span<int> magnitudes = padded <= 4096 ? stackalloc int[padded] : new int[padded];
        magnitudes[width..].Fill(-1);
        for (var row = 0; row < input.Length; row += width)
        {
            var largest = TakeMagnitudes(input.Slice(row, width), magnitudes);
            var threshold = Threshold(MemoryMarshal.Cast<int, Vector<int>>(magnitudes), largest, k, out var above);
            Write(mask.Slice(row, width), magnitudes, threshold, k - above);
        }
    }

    // Fills the scratch row and gives its largest magnitude.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int TakeMagnitudes(ReadOnlySpan<float> row, Span<int> magnitudes)
    {
        var bits = MemoryMarshal.Cast<float, int>(row);
        var vectors = MemoryMarshal.Cast<int, Vector<int>>(bits);
        var output = MemoryMarshal.Cast<int, Vector<int>>(magnitudes);
        var clear = new Vector<int>(int.MaxValue);
        var most = Vector<int>.Zero;
        for (var i = 0; i < vectors.Length; i++)
        {
            var m = vectors[i] & clear;
            output[i] = m;
            most = Vector.Max(most, m);
        }
        var largest = 0;
        for (var i = 0; i < Vector<int>.Count; i++) largest = Math.Max(largest, most[i]);
        for (var i = vectors.Length * Vector<int>.Count; i < bits.Length; i++)
        {
            magnitudes[i] = bits[i] & int.MaxValue;
            largest = Math.Max(largest, magnitudes[i]);
        }
        return largest;
    }

    // The magnitude that k entries lie above; or where no such magnitude exists, that of the k-th largest entry. above counts the entries above it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Threshold(ReadOnlySpan<Vector<int>> vectors, int largest, int k, out int above)
    {
        // More than k entries lie above low, fewer than k above high.
        int low = -1, high = largest;
        above = 0;
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            var bound = new Vector<int>(middle);
            var counts = Vector<int>.Zero;
            foreach (var vector in vectors) counts -= Vector.GreaterThan(vector, bound);
            var count = Vector.Sum(counts);
            if (count == k)
            {
                above = k;
                return middle;
            }
            if (count > k)
            {
                low = middle;
            }
            else
            {
                high = middle;
                above = count;
            }
        }
        return high;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write(Span<float> mask, ReadOnlySpan<int> magnitudes, int threshold, int ties)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(mask);
        var from = MemoryMarshal.Cast<int, Vector<int>>(magnitudes);
        var bound = new Vector<int>(threshold);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] = Vector.ConditionalSelect(Vector.GreaterThan(from[i], bound), Vector<float>.One, Vector<float>.Zero);
        for (var i = vectors.Length * Vector<int>.Count; i < mask.Length; i++) mask[i] = magnitudes[i] > threshold ? 1 : 0;
        for (var i = 0; ties > 0; i++)
        {
            if (magnitudes[i] != threshold) continue;
            mask[i] = 1;
            ties--;
        }
    }
}
