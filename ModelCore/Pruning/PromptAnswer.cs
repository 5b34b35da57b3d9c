namespace Sweeps.ModelCore.Pruning;

/// <summary>What a model and circuits in it say to a prompt.</summary>
/// <param name="Tokens">of the prompt, as shown to people</param>
/// <param name="Next">the model's likeliest next tokens, the likeliest first</param>
/// <param name="Circuits">what each circuit says, in the order in which they were asked</param>
/// <param name="Heads">where the whole model's heads look that the circuits have nodes of; none unless patterns were asked for</param>
public sealed record PromptAnswer(
    IReadOnlyList<string> Tokens, IReadOnlyList<TokenProbability> Next, IReadOnlyList<CircuitAnswer> Circuits,
    IReadOnlyList<HeadPattern> Heads);

/// <summary>A token and how likely it is next.</summary>
/// <param name="Token">as shown to people</param>
/// <param name="Id">its id</param>
/// <param name="Probability">over the whole vocabulary, 0 to 1</param>
public sealed record TokenProbability(string Token, int Id, double Probability);

/// <summary>What a circuit alone says, every other node at its mean, and the whole model beside it.</summary>
/// <param name="Task">the circuit's task</param>
/// <param name="A">its completion A, as shown to people</param>
/// <param name="B">its completion B</param>
/// <param name="Model">the whole model's probability of A, of the two</param>
/// <param name="Circuit">the circuit's, calibrated</param>
/// <param name="Nodes">the circuit's nodes, in the order a token meets them</param>
/// <param name="Heads">where the heads look that it has nodes of, when only the circuit runs; none unless patterns were asked for</param>
public sealed record CircuitAnswer(
    string Task, string A, string B, double Model, double Circuit, IReadOnlyList<NodeActivation> Nodes, IReadOnlyList<HeadPattern> Heads);

/// <summary>A node's values on a prompt, when only the circuit runs.</summary>
/// <param name="Node">e.g. 0.mlp.post_act:17</param>
/// <param name="Mean">over the corpus</param>
/// <param name="Last">at the prompt's last token</param>
/// <param name="Farthest">the value farthest from the mean</param>
/// <param name="At">at which token that is, from 0</param>
/// <param name="Values">at each token</param>
public sealed record NodeActivation(string Node, double Mean, double Last, double Farthest, int At, IReadOnlyList<float> Values);

/// <summary>Where an attention head looks on a prompt.</summary>
/// <param name="Layer">its layer, from 0</param>
/// <param name="Head">its number in the layer, from 0</param>
/// <param name="Weights">
/// of each token the weights that it gives to the tokens up to itself, 0 to 1; what they lack to 1 is the sink's, where the model has one
/// </param>
public sealed record HeadPattern(int Layer, int Head, IReadOnlyList<IReadOnlyList<float>> Weights);
