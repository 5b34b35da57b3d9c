using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>How much of one dictionary is found in another.</summary>
internal static class DictionaryComparison
{
    /// <summary>A cosine above this is the same feature, for <see cref="DictionarySimilarity.Above"/>.</summary>
    internal const double Same = 0.9;

    private const int RowsOfPart = 1024;

    /// <summary>The largest cosine of each row of <paramref name="a"/> with a row of <paramref name="b"/>, with its sign.</summary>
    /// <param name="a">(A, d)</param>
    /// <param name="b">(B, d), at least one row</param>
    internal static double[] MaxCosines(Tensor a, Tensor b)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var others = Unit(b).t();
        var largest = new double[a.size(0)];
        for (var first = 0; first < largest.Length; first += RowsOfPart)
        {
            using var partScope = torch.NewDisposeScope();
            var part = Unit(a.narrow(0, first, Math.Min(RowsOfPart, largest.Length - first)));
            part.mm(others).amax([1]).cpu().Values<double>().CopyTo(largest, first);
        }
        return largest;

        static Tensor Unit(Tensor rows)
        {
            var wide = rows.to(ScalarType.Float64);
            return wide / wide.square().sum(1, keepdim: true).sqrt().clamp(min: 1e-300);
        }
    }

    /// <summary>The similarity of two dictionaries, from A to B.</summary>
    /// <param name="nameA">A's name</param>
    /// <param name="a">A's rows that are alive, (A, d)</param>
    /// <param name="nameB">B's name</param>
    /// <param name="b">B's rows, (B, d)</param>
    internal static DictionarySimilarity Compare(string nameA, Tensor a, string nameB, Tensor b)
    {
        if (a.size(0) == 0 || b.size(0) == 0) return new DictionarySimilarity(nameA, nameB, double.NaN, 0);
        var largest = MaxCosines(a, b);
        return new DictionarySimilarity(nameA, nameB, largest.Average(), (double)largest.Count(c => c > Same) / largest.Length);
    }
}
