namespace Sweeps.ModelCore.Autoencoders;

/// <summary>What a dictionary of features is, and of what.</summary>
/// <param name="Kind">
/// as its file says it: topk, batchtopk, jumprelu, l1, l1_tied, or a baseline's pca, pca_first, ica, random, neurons
/// </param>
/// <param name="Location">of the activations</param>
/// <param name="Model">SHA-256 of the model's file</param>
internal sealed record DictionaryOrigin(string Kind, ValueLocation Location, string Model);
