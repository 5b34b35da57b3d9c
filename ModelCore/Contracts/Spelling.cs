namespace Sweeps.Contracts;

/// <summary>The known name that is nearest to a mistyped one, for error messages.</summary>
internal static class Spelling
{
    /// <summary>The least edit distance wins, the first of equals. <paramref name="known"/> is not empty.</summary>
    public static string Nearest(string name, IEnumerable<string> known) => known.MinBy(k => Distance(name, k))!;

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
