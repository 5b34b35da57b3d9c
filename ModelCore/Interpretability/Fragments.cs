using System.Globalization;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// A text in fragments, of which half are there to find out what a feature means and half to see how far that holds. The tokens at the
/// start of a window, whose activations are unlike all others, are in neither.
/// </summary>
internal sealed class Fragments
{
    private readonly int _length;
    private readonly ContextTable _contexts;
    private readonly int _skipped;
    private readonly ulong _seed;
    private readonly int[] _test;

    /// <summary>The fragments of a text.</summary>
    /// <param name="contexts">its tokens</param>
    /// <param name="length">tokens of a fragment</param>
    /// <param name="skipped">tokens at the start of each window that are left out</param>
    /// <param name="seed">keys which half a fragment is in, and what is drawn</param>
    public Fragments(ContextTable contexts, int length, int skipped, ulong seed)
    {
        (_contexts, _length, _skipped, _seed) = (contexts, length, skipped, seed);
        var order = Enumerable.Range(0, contexts.Length / length).ToArray();
        new KeyedRandom(seed, "fragments").Shuffle<int>(order);
        _test = [.. order[(order.Length / 2)..].Order()];
        TrainRows = Rows([.. order[..(order.Length / 2)].Order()]);
        TestRows = Rows(_test);
    }

    /// <summary>The tokens of the one half, in the text's order.</summary>
    public int[] TrainRows { get; }

    public int[] TestRows { get; }

    /// <summary>
    /// The fragments of the other half by which a feature is judged [C]: those with its largest activations, and some that are drawn from
    /// the others in which it is active.
    /// </summary>
    /// <param name="activations">the feature's, token by token</param>
    /// <param name="each">how many of either kind, at most</param>
    /// <param name="feature">keys the draw</param>
    /// <returns>their tokens</returns>
    public int[] TopAndRandom(ReadOnlySpan<float> activations, int each, int feature)
    {
        var active = new List<(int Fragment, float Largest)>();
        foreach (var fragment in _test)
        {
            var largest = 0f;
            foreach (var row in Rows([fragment])) largest = Math.Max(largest, activations[row]);
            if (largest > 0) active.Add((fragment, largest));
        }
        var sorted = active.OrderByDescending(one => one.Largest).ThenBy(one => one.Fragment).Select(one => one.Fragment).ToArray();
        var others = sorted.Skip(each).Order().ToArray();
        Random("top-and-random", feature).Shuffle<int>(others);
        return Rows([.. sorted.Take(each), .. others.Take(each)]);
    }

    /// <summary>Fragments of the other half that are drawn whatever the feature does.</summary>
    /// <param name="count">how many, at most</param>
    /// <param name="feature">keys the draw</param>
    /// <returns>their tokens</returns>
    public int[] RandomOnly(int count, int feature)
    {
        var drawn = (int[])_test.Clone();
        Random("random", feature).Shuffle<int>(drawn);
        return Rows([.. drawn.Take(count)]);
    }

    private KeyedRandom Random(string what, int feature) => new(_seed, what, feature.ToString(CultureInfo.InvariantCulture));

    private int[] Rows(int[] fragments) =>
    [
        .. fragments.SelectMany(fragment => Enumerable.Range(fragment * _length, _length)).Where(row => row % _contexts.Window >= _skipped),
    ];
}
