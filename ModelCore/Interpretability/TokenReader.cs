namespace Sweeps.ModelCore.Interpretability;

/// <summary>Copies tokens of a corpus.</summary>
/// <param name="offset">of the first</param>
/// <param name="tokens">where to; all of it is filled</param>
internal delegate void TokenReader(long offset, Span<int> tokens);
