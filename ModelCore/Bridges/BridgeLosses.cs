namespace Sweeps.ModelCore.Bridges;

/// <summary>The losses of a step, without their weights.</summary>
/// <param name="CrossEntropy">of the sparse model, nats per token</param>
/// <param name="Divergence">of the sparse model from the dense one, nats per token; null where it has no weight</param>
/// <param name="Sites">of each site that was drawn, by its number</param>
internal sealed record BridgeLosses(double CrossEntropy, double? Divergence, IReadOnlyDictionary<int, BridgeSiteLosses> Sites);

/// <summary>The losses at one site; null where a loss has no weight, or the site was not drawn.</summary>
/// <param name="EncoderNmse">normalised squared error of what the encoder makes of the dense model's residual</param>
/// <param name="DecoderNmse">of what the decoder makes of the sparse model's</param>
/// <param name="DenseToSparse">divergence of the sparse model that goes on from the encoder's output, nats per token</param>
/// <param name="SparseToDense">of the dense model that goes on from the decoder's</param>
public sealed record BridgeSiteLosses(double? EncoderNmse, double? DecoderNmse, double? DenseToSparse, double? SparseToDense);
