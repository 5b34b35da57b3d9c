namespace Sweeps.ModelCore.Data;

/// <summary>Counts what a corpus leaves out, by reason, with the first examples of each. Not thread-safe.</summary>
internal sealed class LeftOutTally
{
    /// <summary>Examples that are kept of a reason.</summary>
    public const int MostExamples = 5;

    private readonly SortedDictionary<LeftOutReason, (long Count, long Bytes, List<string> Examples)> _reasons = [];

    /// <summary>Everything counted, in the order of the reasons.</summary>
    public IReadOnlyList<CorpusLeftOut> All =>
        [.. _reasons.Select(reason => new CorpusLeftOut(reason.Key, reason.Value.Count, reason.Value.Bytes))];

    /// <summary>Is told of everything that is counted, and may write it down.</summary>
    public Action<LeftOutReason, string, long>? Added { get; init; }

    /// <summary>How many there are of <paramref name="reason"/>.</summary>
    public long this[LeftOutReason reason] => _reasons.TryGetValue(reason, out var known) ? known.Count : 0;

    /// <summary>The first of <paramref name="reason"/>, with their place where they have one.</summary>
    public IReadOnlyList<string> Examples(LeftOutReason reason) => _reasons.TryGetValue(reason, out var known) ? known.Examples : [];

    /// <summary>Counts one more.</summary>
    /// <param name="reason">why</param>
    /// <param name="example">its place below the folder, and what is wrong where the reason does not say it</param>
    /// <param name="bytes">its size, as far as it is known</param>
    public void Add(LeftOutReason reason, string example, long bytes)
    {
        Added?.Invoke(reason, example, bytes);
        var (count, sum, examples) = _reasons.TryGetValue(reason, out var known) ? known : (0, 0, []);
        if (examples.Count < MostExamples) examples.Add(example);
        _reasons[reason] = (count + 1, sum + bytes, examples);
    }
}
