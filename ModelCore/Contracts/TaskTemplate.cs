namespace Sweeps.Contracts;

/// <summary>
/// A task written as text: how most of the built-in ones are written, and how users write their own. The syntax is that of docs/tasks.md.
/// </summary>
public sealed record TaskTemplate
{
    /// <summary>What tells A from B, in words.</summary>
    public required string Rule { get; init; }

    /// <summary>Prompts with slots and at least one alternative; a pair is made from one of them, drawn evenly.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>What rightly follows prompt A; may have the slots of the prompts.</summary>
    public required string CompletionA { get; init; }

    /// <summary>What rightly follows prompt B.</summary>
    public required string CompletionB { get; init; }

    /// <summary>Pools of words by the name of their slots, beside the built-in ones; default none.</summary>
    public IReadOnlyDictionary<string, WordSplits> Words { get; init; } = new Dictionary<string, WordSplits>();
}
