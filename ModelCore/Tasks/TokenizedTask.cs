using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>A pair in tokens.</summary>
/// <param name="Index">its number in the split</param>
/// <param name="PromptA">ids of prompt A</param>
/// <param name="PromptB">ids of prompt B</param>
/// <param name="TokenA">first token of A's completion after its prompt: the target of A, the foil of B</param>
/// <param name="TokenB">first token of B's completion after its prompt: the target of B, the foil of A</param>
internal sealed record TokenizedPair(long Index, IReadOnlyList<int> PromptA, IReadOnlyList<int> PromptB, int TokenA, int TokenB);

/// <summary>Pairs of a task as one tokenizer reads them.</summary>
internal static class TokenizedTask
{
    /// <summary>Shortest prompt, in tokens; shorter ones are left out.</summary>
    public const int MinPromptTokens = 8;

    /// <summary>Longest prompt, in tokens, whatever the context.</summary>
    public const int MaxPromptTokens = 256;

    /// <summary>
    /// The first <paramref name="count"/> pairs of a split that fit: both prompts have 8 to min(256, context) tokens, each is a prefix, in
    /// tokens too, of itself with its completion (else the completion's first token is not what a model would predict there), and the two
    /// completions begin with different tokens.
    /// </summary>
    /// <param name="task">from <see cref="TaskCatalog"/></param>
    /// <param name="tokenizer">the model's</param>
    /// <param name="split">which pairs</param>
    /// <param name="seed">keys the pairs</param>
    /// <param name="count">how many, at least 1</param>
    /// <param name="maxContext">the model's context, in tokens</param>
    /// <returns>in order of index, as many as were asked for</returns>
    /// <exception cref="TaskException">
    /// the context is shorter than a prompt may be, or more than three in four pairs do not fit; the message has the reasons, and an
    /// example's
    /// tokens where it is the tokenizer
    /// </exception>
    public static IReadOnlyList<TokenizedPair> Create(
        TaskDefinition task, Tokenizer tokenizer, TaskSplit split, ulong seed, int count, int maxContext)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (maxContext < MinPromptTokens)
        {
            throw new TaskException($"task {task.Name}: the model's n_ctx is {maxContext}: expected at least {MinPromptTokens}, "
                + "the tokens of the shortest prompt");
        }
        var longest = Math.Min(maxContext, MaxPromptTokens);
        var pairs = new List<TokenizedPair>(count);
        var (tooLong, tooShort) = (0, 0);
        var (joined, alike) = (new List<TaskPair>(), new List<TaskPair>());
        for (long index = 0; pairs.Count < count; index++)
        {
            if (index >= (4L * count) + 64)
            {
                throw new TaskException(
                    $"task {task.Name} ({TaskText.NameOf(split)}): only {pairs.Count} of {index} pairs fit, {count} were asked for: "
                    + $"{tooLong} have more than {longest} tokens, {tooShort} fewer than "
                    + $"{MinPromptTokens}{Joined(joined, tokenizer)}{Alike(alike, tokenizer)}");
            }
            var pair = task.Pair(seed, split, index);
            var (a, b) = (tokenizer.Encode(pair.PromptA), tokenizer.Encode(pair.PromptB));
            if (Math.Max(a.Length, b.Length) > longest) tooLong++;
            else if (Math.Min(a.Length, b.Length) < MinPromptTokens) tooShort++;
            else if (Completion(a, pair.PromptA + pair.CompletionA, tokenizer) is not { Length: > 0 } afterA
                || Completion(b, pair.PromptB + pair.CompletionB, tokenizer) is not { Length: > 0 } afterB) joined.Add(pair);
            else if (afterA[0] == afterB[0]) alike.Add(pair);
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

    private static string Joined(List<TaskPair> pairs, Tokenizer tokenizer)
    {
        if (pairs.Count == 0) return "";
        var (first, a, b) = (pairs[0], tokenizer.Encode(pairs[0].PromptA), tokenizer.Encode(pairs[0].PromptB));
        var (prompt, completion, ids) = Completion(a, first.PromptA + first.CompletionA, tokenizer) is { Length: > 0 }
            ? (first.PromptB, first.CompletionB, b) : (first.PromptA, first.CompletionA, a);
        return $"; in {pairs.Count} this tokenizer joins the prompt's end with its completion {TaskText.Quoted(completion)}: "
            + $"{Shown(ids, tokenizer)} becomes {Shown(tokenizer.Encode(prompt + completion), tokenizer)}";
    }

    private static string Alike(List<TaskPair> pairs, Tokenizer tokenizer) => pairs.Count == 0 ? "" :
        $"; in {pairs.Count} both completions begin with the same token of this tokenizer: "
            + $"{After(pairs[0].PromptA, pairs[0].CompletionA, tokenizer)}, "
        + After(pairs[0].PromptB, pairs[0].CompletionB, tokenizer);

    private static string After(string prompt, string completion, Tokenizer tokenizer) =>
        $"{TaskText.Quoted(completion)} is {Shown(Completion(tokenizer.Encode(prompt), prompt + completion, tokenizer)!, tokenizer)}";

    private static string Shown(int[] ids, Tokenizer tokenizer) => $"[{string.Join('|', ids.Select(tokenizer.Display))}]";
}
