namespace Sweeps.Contracts;

/// <summary>
/// The scores of a dictionary's features, the mean over those that have one; null where none has. The words are those of <see
/// cref="FeatureScores"/>.
/// </summary>
/// <param name="Features">features that were drawn</param>
/// <param name="Rule">of the rules</param>
/// <param name="RuleRandom">of the rules, on fragments that were drawn whatever a feature does</param>
/// <param name="DepthOne">of the rules' first tests</param>
/// <param name="NullRule">of rules for exchanged tokens</param>
/// <param name="Ngram">of the suffix patterns</param>
/// <param name="NullNgram">of suffix patterns for exchanged tokens</param>
/// <param name="Purity">of the tokens with the largest activations</param>
/// <param name="Concept">Matthews correlation with the best concept</param>
public sealed record DictionaryScores(
    int Features, MeanWithInterval? Rule, MeanWithInterval? RuleRandom, MeanWithInterval? DepthOne, MeanWithInterval? NullRule,
    MeanWithInterval? Ngram, MeanWithInterval? NullNgram, MeanWithInterval? Purity, MeanWithInterval? Concept);
