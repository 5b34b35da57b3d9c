namespace Sweeps.Contracts;

/// <summary>
/// The rule that cuts text into pieces before byte pairs are merged, inside a piece only. A tokenizer gives its makers' tokens only with
/// its makers' rule.
/// </summary>
public enum TokenizerPattern
{
    /// <summary>
    /// That of OpenAI's circuit_sparsity tokenizer:
    /// <c>[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
    /// </summary>
    Tinypython,

    /// <summary>That of GPT-2: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.</summary>
    Gpt2,
}
