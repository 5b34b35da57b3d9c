namespace Sweeps.Orchestrator.Configuration;

/// <summary>Finds what was meant by a misspelt name.</summary>
internal static class NearestName
{
    /// <summary>The known name nearest to <paramref name="name"/>; null when none differs by at most a third of its letters.</summary>
    public static string? Of(string name, IEnumerable<string> known) => known
        .Select(candidate => (Name: candidate, Distance: Distance(name.ToLowerInvariant(), candidate)))
        .Where(candidate => candidate.Distance <= Math.Max(1, Math.Max(name.Length, candidate.Name.Length) / 3))
        .OrderBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
        .Select(candidate => candidate.Name)
        .FirstOrDefault();

    /// <summary>What to say of a name that is not known: the nearest known one, or all.</summary>
    public static string Expected(string name, IReadOnlyList<string> known) =>
        Of(name, known) is { } near ? $"did you mean {near}?" : $"expected one of {string.Join(", ", known)}";

    /// <summary>The known names by nearness to <paramref name="name"/>, whatever the distance, <paramref name="most"/> at most.</summary>
    public static IReadOnlyList<string> Near(string name, IEnumerable<string> known, int most) =>
        [.. known.OrderBy(candidate => Distance(name, candidate)).ThenBy(candidate => candidate, StringComparer.Ordinal).Take(most)];

    /// <summary>
    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other (optimal string alignment).
    /// </summary>
    public static int Distance(string from, string to)
    {
        var cost = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++) cost[i, 0] = i;
        for (var j = 0; j <= to.Length; j++) cost[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[from.Length, to.Length];
    }
}
