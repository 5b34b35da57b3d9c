namespace Sweeps.Simulator;

/// <summary>Takes one safeguard after the other away, to see that what judges a run notices.</summary>
internal static class MutationCheck
{
    /// <summary>
    /// Seeds to try. About half of them notice a mutation; that of the lease only those of clusters whose coordinator stands still for
    /// long.
    /// </summary>
    public const int Seeds = 1500;

    /// <summary>The first seed from 1 whose verdict on a mutation has a violation with <paramref name="text"/> in it, or null.</summary>
    public static Verdict? FirstViolated(Mutation mutation, string text = "") =>
        Enumerable.Range(1, Seeds)
        .Where(seed => mutation != Mutation.NoLease || Scenario.Draw((ulong)seed).Cluster is { LongFreezes: > 0 })
        .Select(seed => Verdict.Of((ulong)seed, mutation))
        .FirstOrDefault(verdict => verdict.Violations.Any(violation => violation.Contains(text, StringComparison.Ordinal)));

    /// <summary>Whether each mutation is noticed; writes where.</summary>
    public static bool Run(TextWriter output)
    {
        var mutations = Enum.GetValues<Mutation>().Where(m => m != Mutation.None).ToList();
        var noticed = 0;
        foreach (var mutation in mutations)
        {
            var verdict = FirstViolated(mutation);
            if (verdict is not null) noticed++;
            output.WriteLine(
                verdict is null
                    ? $"{mutation}: not noticed within {Seeds} seeds"
                    : $"{mutation}: noticed at seed {verdict.Seed}: {verdict.Violations[0]}");
        }
        output.WriteLine($"mutation check: {noticed} of {mutations.Count} fail, as they should");
        return noticed == mutations.Count;
    }
}
