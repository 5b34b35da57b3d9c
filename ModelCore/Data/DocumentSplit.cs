namespace Sweeps.ModelCore.Data;

/// <summary>
/// Which side of the split a document is on: a seeded draw that its text keys, so that equal documents, of one source or of several, are
/// never on both sides.
/// </summary>
internal static class DocumentSplit
{
    /// <summary>Uniform in 0 (inclusive) to 1 (exclusive); below the fraction for validation means validation.</summary>
    public static double Draw(ulong seed, string text) => Of(seed, text).NextDouble();

    /// <summary>The draw, and 128 bits that stand for the text: equal for equal texts, and for others as good as never.</summary>
    public static (double Draw, UInt128 Key) DrawAndKey(ulong seed, string text)
    {
        var random = Of(seed, text);
        return (random.NextDouble(), new UInt128(random.NextUInt64(), random.NextUInt64()));
    }

    private static KeyedRandom Of(ulong seed, string text) => new(seed, "split", text);
}
