namespace Sweeps.Contracts;

/// <summary>A file of a sweep, written once: temporary name, sync, rename.</summary>
/// <param name="Path">relative to the sweep's folder, with forward slashes</param>
/// <param name="Sha256">lower-case hex digest of the content; whoever reads the file checks it</param>
/// <param name="Bytes">length of the file</param>
public sealed record ArtifactRef(string Path, string Sha256, long Bytes);

/// <summary>The encoded corpus and its tokenizer.</summary>
/// <param name="TokenizerEncoder">encoder.json</param>
/// <param name="TokenizerMerges">vocab.bpe</param>
/// <param name="TrainTokens">training tokens, uint16 little-endian</param>
/// <param name="ValidationTokens">validation tokens, uint16 little-endian</param>
public sealed record CorpusArtifacts(
    ArtifactRef TokenizerEncoder, ArtifactRef TokenizerMerges, ArtifactRef TrainTokens, ArtifactRef ValidationTokens);
