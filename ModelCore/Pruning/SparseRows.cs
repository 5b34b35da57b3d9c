namespace Sweeps.ModelCore.Pruning;

/// <summary>The nonzeros of a matrix, row by row.</summary>
/// <param name="RowStarts">where each row begins among the nonzeros, and their number at the end</param>
/// <param name="Columns">of each nonzero, rising within a row</param>
/// <param name="Values">of each nonzero</param>
internal sealed record SparseRows(int[] RowStarts, int[] Columns, float[] Values)
{
    /// <summary>Of a matrix in row-major order.</summary>
    internal static SparseRows Of(ReadOnlySpan<float> elements, int columns)
    {
        var starts = new int[(elements.Length / columns) + 1];
        var (at, values) = (new List<int>(), new List<float>());
        for (var row = 0; row + 1 < starts.Length; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                if (elements[(row * columns) + column] == 0) continue;
                at.Add(column);
                values.Add(elements[(row * columns) + column]);
            }
            starts[row + 1] = at.Count;
        }
        return new SparseRows(starts, [.. at], [.. values]);
    }
}
