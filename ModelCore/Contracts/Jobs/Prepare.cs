using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>Builds the corpus and the tokenizer of a sweep.</summary>
public sealed record PrepareJob : Job
{
    /// <summary>The documents.</summary>
    public required CorpusOptions Corpus { get; init; }

    /// <summary>The tokenizer to train or load.</summary>
    public required TokenizerOptions Tokenizer { get; init; }

    /// <summary>
    /// A file with the <see cref="JobSources"/> that hold what the corpus's folder has, on a machine that does not see it; null (default)
    /// on one that does.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Listing { get; init; }
}

/// <summary>The corpus.</summary>
/// <param name="Corpus">its files</param>
/// <param name="VocabSize">entries of the tokenizer</param>
/// <param name="Documents">documents read</param>
/// <param name="Bytes">bytes of text read</param>
/// <param name="TrainTokens">training tokens</param>
/// <param name="ValidationTokens">validation tokens</param>
/// <param name="BigramLoss">validation loss of the smoothed bigram baseline, nats per token</param>
public sealed record PrepareResult(
    CorpusArtifacts Corpus, int VocabSize, long Documents, long Bytes, long TrainTokens, long ValidationTokens,
    double BigramLoss) : JobResult
{
    /// <summary>What of the corpus's files is not in it, by reason; corpus.json has examples.</summary>
    public IReadOnlyList<CorpusLeftOut> LeftOut { get; init; } = [];
}
