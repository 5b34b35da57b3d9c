using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// What a feature means, as far as rules can say it, and how well that holds on tokens that the rules were not made from. Correlations are
/// Pearson's between what a description predicts and the activation; null where the feature is not active on the tokens of the test.
/// </summary>
/// <param name="Feature">its number in the dictionary</param>
/// <param name="Density">fraction of the tokens on which it is active</param>
/// <param name="MaxActivation">its largest activation</param>
/// <param name="RuleR">of the rule, on fragments with the largest activations and others in which it is active</param>
/// <param name="RuleRandomR">of the rule, on fragments that were drawn whatever the feature does</param>
/// <param name="DepthOneR">of the rule's first test alone, on the fragments of <paramref name="RuleR"/></param>
/// <param name="NullRuleR">of a rule that was made for activations whose tokens were exchanged: chance's share</param>
/// <param name="NgramR">of the suffix patterns, on the fragments of <paramref name="RuleR"/></param>
/// <param name="NullNgramR">of suffix patterns for exchanged tokens</param>
/// <param name="Purity">
/// 1 less the entropy of the tokens with the largest activations, as a fraction of that of the text's; null where fewer than two are active
/// </param>
/// <param name="ConceptMatthews">Matthews correlation with the concept, on the tokens that it was not chosen on</param>
/// <param name="Rule">the rule in words</param>
/// <param name="Concept">the one property of the context that the feature is most like, in words; null where it is never active</param>
/// <param name="Patterns">the suffix patterns with their mean activation, the one that explains most first</param>
/// <param name="Contexts">where it is most active, one place of a window</param>
public sealed record FeatureScores(
    int Feature, double Density, double MaxActivation, double? RuleR, double? RuleRandomR, double? DepthOneR, double? NullRuleR,
    double? NgramR, double? NullNgramR, double? Purity, double? ConceptMatthews, string Rule, string? Concept,
    IReadOnlyList<PatternActivation> Patterns, IReadOnlyList<ActivationContext> Contexts);

/// <summary>A suffix pattern.</summary>
/// <param name="Pattern">tokens from left to right, * for anything</param>
/// <param name="Activation">mean activation where it is the most specific that matches</param>
public sealed record PatternActivation(string Pattern, double Activation);

/// <summary>A place in the text.</summary>
/// <param name="Before">the text before the token</param>
/// <param name="Token">the token</param>
/// <param name="Activation">the activation there</param>
public sealed record ActivationContext(string Before, string Token, double Activation)
{
    /// <summary>The same tokens one by one, and some behind; empty in files that were written without them.</summary>
    [JsonConverter(typeof(OneLine<string>))]
    public IReadOnlyList<string> Tokens { get; init; } = [];

    /// <summary>The activation on each of them.</summary>
    [JsonConverter(typeof(OneLine<float>))]
    public IReadOnlyList<float> Activations { get; init; } = [];
}
