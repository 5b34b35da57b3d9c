namespace Sweeps.ModelCore.Interpretability;

/// <summary>
/// Which tokens of a text end in the same suffix, for every choice of which of the last four tokens count. Made once for all features.
/// </summary>
internal sealed class SuffixIndex
{
    /// <summary>How many choices there are, with the one in which no token counts.</summary>
    public const int Masks = 1 << ContextFields.Tokens;

    private readonly ContextTable _contexts;
    private readonly int[] _rows;
    private readonly int[][] _ids = new int[Masks][];
    private readonly int[][] _starts = new int[Masks][];
    private readonly int[][] _members = new int[Masks][];

    /// <summary>The index of some tokens of a table.</summary>
    public SuffixIndex(ContextTable contexts, int[] rows)
    {
        (_contexts, _rows) = (contexts, rows);
        _ids[0] = new int[rows.Length];
        var known = new Dictionary<(int Before, int Token), int>();
        for (var mask = 1; mask < Masks; mask++)
        {
            var last = System.Numerics.BitOperations.Log2((uint)mask);
            var rest = _ids[mask & ~(1 << last)];
            var column = contexts.Column(last);
            known.Clear();
            var ids = _ids[mask] = new int[rows.Length];
            for (var at = 0; at < rows.Length; at++)
            {
                var key = (rest[at], column[rows[at]]);
                if (!known.TryGetValue(key, out ids[at])) known.Add(key, ids[at] = known.Count);
            }
            Group(mask, known.Count);
        }
    }

    public int Count => _rows.Length;

    /// <summary>How many different suffixes there are.</summary>
    public int Suffixes(int mask) => _starts[mask].Length - 1;

    /// <summary>The number of each token's suffix, in the order of the rows.</summary>
    public ReadOnlySpan<int> Ids(int mask) => _ids[mask];

    /// <summary>The places, in the order of the rows, that have a suffix.</summary>
    public ReadOnlySpan<int> Matches(int mask, int id) => _members[mask].AsSpan(_starts[mask][id].._starts[mask][id + 1]);

    /// <summary>The values of a suffix in the table's token fields, the current token first; 0 where the token does not count.</summary>
    public IReadOnlyList<int> Tokens(int mask, int id)
    {
        var row = _rows[Matches(mask, id)[0]];
        return [.. Enumerable.Range(0, ContextFields.Tokens).Select(back => (mask >> back & 1) != 0 ? _contexts.Column(back)[row] : 0)];
    }

    private void Group(int mask, int suffixes)
    {
        var (starts, members) = (new int[suffixes + 1], new int[_rows.Length]);
        foreach (var id in _ids[mask]) starts[id + 1]++;
        for (var id = 0; id < suffixes; id++) starts[id + 1] += starts[id];
        var next = (int[])starts.Clone();
        for (var at = 0; at < members.Length; at++) members[next[_ids[mask][at]]++] = at;
        (_starts[mask], _members[mask]) = (starts, members);
    }
}
