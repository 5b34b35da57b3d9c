namespace Sweeps.ModelCore.Interpretability;

/// <summary>The last tokens of a text, some of which may be anything.</summary>
/// <param name="Mask">which are fixed: bit 0 the current token, bit 1 the one before it, and so on</param>
/// <param name="Tokens">their values in the table's token fields, the current token first; 0 where anything may stand</param>
/// <param name="Mean">mean activation over the matches for which no more specific pattern speaks</param>
internal sealed record SuffixPattern(int Mask, IReadOnlyList<int> Tokens, double Mean)
{
    /// <summary>How many tokens are fixed: the pattern with more speaks.</summary>
    public int Fixed => System.Numerics.BitOperations.PopCount((uint)Mask);

    /// <summary>Whether a token of a table, with those before it, matches.</summary>
    public bool Matches(ContextTable contexts, int row)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        for (var back = 0; back < Tokens.Count; back++)
            if ((Mask >> back & 1) != 0 && contexts.Column(back)[row] != Tokens[back]) return false;
        return true;
    }

    /// <summary>The pattern as text: tokens from left to right, <c>*</c> for anything.</summary>
    public string Shown(Func<int, string> token)
    {
        var first = 31 - System.Numerics.BitOperations.LeadingZeroCount((uint)Mask);
        return string.Join(
            ' ', Enumerable.Range(0, first + 1).Reverse().Select(back => (Mask >> back & 1) == 0 ? "*"
                : Tokens[back] == 0 ? "the start of the window" : $"`{token(Tokens[back] - 1)}`"));
    }
}
