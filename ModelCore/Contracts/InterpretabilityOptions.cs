namespace Sweeps.Contracts;

/// <summary>
/// How features are described, and how the descriptions are tested on text that they were not made from (Cunningham et al. 2023, section 3,
/// with rules in the place of a language model).
/// </summary>
public sealed record InterpretabilityOptions
{
    /// <summary>Features of a dictionary, drawn from those that are alive; default 200.</summary>
    public int Features { get; init; } = 200;

    /// <summary>Validation tokens; default 131,072. Half of them describe a feature, the other half test the description.</summary>
    public int Tokens { get; init; } = 131_072;

    /// <summary>Tokens of a fragment; default 64.</summary>
    public int FragmentTokens { get; init; } = 64;

    /// <summary>
    /// Fragments with the largest activations by which a description is tested, and as many in which the feature is active; default 10.
    /// </summary>
    public int TopFragments { get; init; } = 10;

    /// <summary>Tests from the root of a rule's tree to a leaf, at most; default 3.</summary>
    public int TreeDepth { get; init; } = 3;

    /// <summary>Leaves of a rule's tree, at most; default 8.</summary>
    public int TreeLeaves { get; init; } = 8;

    /// <summary>Tokens of a leaf, at least; default 20.</summary>
    public int MinLeaf { get; init; } = 20;

    /// <summary>Suffix patterns of a feature, at most; default 8.</summary>
    public int Patterns { get; init; } = 8;

    /// <summary>Tokens for which a suffix pattern speaks, at least; default 5.</summary>
    public int MinMatches { get; init; } = 5;

    /// <summary>Fraction of the variance that a split or a pattern explains, at least; default 0.001.</summary>
    public double MinGain { get; init; } = 1e-3;

    /// <summary>Fraction of the tokens, those with the largest activations, whose purity is taken; default 0.01.</summary>
    public double TopFraction { get; init; } = 0.01;

    /// <summary>Places that are shown of each feature; default 8.</summary>
    public int Contexts { get; init; } = 8;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (Features < 1) yield return $"features is {Features}: expected at least 1";
        if (FragmentTokens < 2) yield return $"fragment_tokens is {FragmentTokens}: expected at least 2";
        else if (Tokens < 4 * FragmentTokens)
            yield return $"tokens is {Tokens}: expected at least four fragments of {FragmentTokens} (fragment_tokens)";
        if (TopFragments < 1) yield return $"top_fragments is {TopFragments}: expected at least 1";
        if (TreeDepth is < 1 or > 16) yield return $"tree_depth is {TreeDepth}: expected 1 to 16";
        if (TreeLeaves < 2) yield return $"tree_leaves is {TreeLeaves}: expected at least 2";
        if (MinLeaf < 1) yield return $"min_leaf is {MinLeaf}: expected at least 1";
        if (Patterns is < 1 or > 64) yield return $"patterns is {Patterns}: expected 1 to 64";
        if (MinMatches < 1) yield return $"min_matches is {MinMatches}: expected at least 1";
        if (!(MinGain >= 0 && MinGain < 1)) yield return $"min_gain is {MinGain}: expected 0 to below 1";
        if (!(TopFraction > 0 && TopFraction <= 1)) yield return $"top_fraction is {TopFraction}: expected above 0 and at most 1";
        if (Contexts < 0) yield return $"contexts is {Contexts}: expected 0 or more";
    }
}
