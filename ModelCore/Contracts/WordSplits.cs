namespace Sweeps.Contracts;

/// <summary>The words of a slot, for each split of a task's pairs; no word may be in two splits.</summary>
public sealed record WordSplits
{
    /// <summary>Words of the pairs that masks are trained on.</summary>
    public required IReadOnlyList<string> Train { get; init; }

    /// <summary>Words of the pairs that bisection and the search look at.</summary>
    public required IReadOnlyList<string> Validation { get; init; }

    /// <summary>Words of the pairs that are only reported.</summary>
    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>The number of words in the split that has the fewest.</summary>
    internal int Least => Enum.GetValues<TaskSplit>().Min(split => Of(split).Count);

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (var split in Enum.GetValues<TaskSplit>())
        {
            if (Of(split).Count == 0) yield return $"{split.ToString().ToLowerInvariant()} is empty: expected at least one word";
            foreach (var twice in Of(split).GroupBy(word => word).Where(same => same.Count() > 1))
                yield return $"{split.ToString().ToLowerInvariant()} has \"{twice.Key}\" {twice.Count()} times: expected each word once";
        }
    }

    /// <summary>The words of a split.</summary>
    internal IReadOnlyList<string> Of(TaskSplit split) => split switch
    {
        TaskSplit.Train => Train,
        TaskSplit.Validation => Validation,
        TaskSplit.Test => Test,
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "expected Train, Validation or Test"),
    };
}
