using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>A pair in tokens.</summary>
/// <param name="Index">its number in the split</param>
/// <param name="PromptA">ids of prompt A</param>
/// <param name="PromptB">ids of prompt B</param>
/// <param name="TokenA">first token of A's completion after its prompt: the target of A, the foil of B</param>
/// <param name="TokenB">first token of B's completion after its prompt: the target of B, the foil of A</param>
public sealed record TokenizedPair(long Index, IReadOnlyList<int> PromptA, IReadOnlyList<int> PromptB, int TokenA, int TokenB);

/// <summary>Pairs of a task as one tokenizer reads them.</summary>
public static class TokenizedTask
{
    /// <summary>Shortest prompt, in tokens; shorter ones are left out.</summary>
    public const int MinPromptTokens = 8;

    /// <summary>Longest prompt, in tokens, whatever the context.</summary>
    public const int MaxPromptTokens = 256;

    /// <summary>
    /// The first <paramref name="count"/> pairs of a split that fit: both prompts have 8 to min(256, context) tokens, and each is a prefix, in
    /// tokens too, of itself with its completion (else the completion's first token is not what a model would predict there).
    /// </summary>
    /// <param name="task">from <see cref="TaskCatalog"/></param>
    /// <param name="tokenizer">the model's</param>
    /// <param name="split">which pairs</param>
    /// <param name="seed">keys the pairs</param>
    /// <param name="count">how many, at least 1</param>
    /// <param name="maxContext">the model's context, in tokens</param>
    /// <returns>in order of index, as many as were asked for</returns>
    /// <exception cref="TaskException">the two completions begin with the same token (both tokenisations are shown), or more than three in four pairs do not fit</exception>
    public static IReadOnlyList<TokenizedPair> Create(TaskDefinition task, Tokenizer tokenizer, TaskSplit split, ulong seed, int count, int maxContext)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxContext, MinPromptTokens);
        var pairs = new List<TokenizedPair>(count);
        var (tooLong, tooShort, merged) = (0, 0, 0);
        for (long index = 0; pairs.Count < count; index++)
        {
            if (index >= (4L * count) + 64)
            {
                throw new TaskException($"task {task.Name} ({split}): only {pairs.Count} of {index} pairs fit, {count} were asked for: "
                    + $"{tooLong} have more than {Math.Min(maxContext, MaxPromptTokens)} tokens, {tooShort} fewer than {MinPromptTokens}, "
                    + $"in {merged} the tokenizer joins the prompt's end with its completion, e.g. {Example(task.Pair(seed, split, 0), tokenizer)}");
            }
            var pair = task.Pair(seed, split, index);
            var (a, b) = (tokenizer.Encode(pair.PromptA), tokenizer.Encode(pair.PromptB));
            if (Math.Max(a.Length, b.Length) > Math.Min(maxContext, MaxPromptTokens)) tooLong++;
            else if (Math.Min(a.Length, b.Length) < MinPromptTokens) tooShort++;
            else if (Completion(a, pair.PromptA + pair.CompletionA, tokenizer) is not { Length: > 0 } afterA
                || Completion(b, pair.PromptB + pair.CompletionB, tokenizer) is not { Length: > 0 } afterB) merged++;
            else if (afterA[0] == afterB[0])
            {
                throw new TaskException($"task {task.Name}: with this tokenizer both completions begin with the same token: "
                    + $"{Shown(pair.CompletionA)} is {Shown(afterA, tokenizer)}, {Shown(pair.CompletionB)} is {Shown(afterB, tokenizer)}");
            }
            else pairs.Add(new TokenizedPair(index, a, b, afterA[0], afterB[0]));
        }
        return pairs;
    }

    // The tokens after the prompt, or null when the prompt is not a prefix in tokens.
    private static int[]? Completion(int[] prompt, string whole, Tokenizer tokenizer)
    {
        var ids = tokenizer.Encode(whole);
        return ids.AsSpan().StartsWith(prompt) ? ids[prompt.Length..] : null;
    }

    private static string Example(TaskPair pair, Tokenizer tokenizer) =>
        $"{Shown(tokenizer.Encode(pair.PromptA), tokenizer)} becomes {Shown(tokenizer.Encode(pair.PromptA + pair.CompletionA), tokenizer)}";

    private static string Shown(int[] ids, Tokenizer tokenizer) => $"[{string.Join('|', ids.Select(tokenizer.Display))}]";

    private static string Shown(string text) => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
