using System.Globalization;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// Measures bridges on validation tokens: their errors, and what it costs to go from one model to the other and back at each pair of sites.
/// </summary>
public sealed record BridgeEvaluateJob : Job
{
    /// <summary>The dense model.</summary>
    public required ArtifactRef Dense { get; init; }

    /// <summary>The sparse model that the bridges were trained with.</summary>
    public required ArtifactRef Sparse { get; init; }

    /// <summary>The bridges.</summary>
    public required ArtifactRef Bridges { get; init; }

    /// <summary>The encoded corpus that both models were trained on.</summary>
    public required CorpusArtifacts Corpus { get; init; }

    /// <summary>Validation tokens, about; default 65,536.</summary>
    public int EvalTokens { get; init; } = 65_536;

    /// <summary>Sequences of n_ctx tokens that are run at once; default 16.</summary>
    public int BatchSize { get; init; } = 16;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? Affinity => Sparse.Sha256;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Size => string.Create(CultureInfo.InvariantCulture, $"{Dense.Bytes}, {Sparse.Bytes}, {BatchSize}");

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (EvalTokens < 1) yield return $"eval_tokens is {EvalTokens}: expected at least 1";
        if (BatchSize < 1) yield return $"batch_size is {BatchSize}: expected at least 1";
    }
}

/// <summary>Bridges on validation tokens. Losses are cross-entropies, in nats per token, divergences from the dense model too.</summary>
/// <param name="Tokens">how many</param>
/// <param name="DenseLoss">of the dense model</param>
/// <param name="SparseLoss">of the sparse one</param>
/// <param name="SparseDivergence">of the sparse one</param>
/// <param name="Sites">each site, in the order a token meets them</param>
/// <param name="Hybrids">by where the sparse model is entered, then where it is left</param>
public sealed record BridgeEvaluateResult(
    long Tokens, double DenseLoss, double SparseLoss, double SparseDivergence, IReadOnlyList<BridgeSiteMetrics> Sites,
    IReadOnlyList<BridgeHybrid> Hybrids) : JobResult;

/// <summary>The bridge of one site.</summary>
/// <param name="Site">e.g. 0.resid_mid</param>
/// <param name="EncoderNmse">
/// Σ‖f(h^d) − h^s‖² / Σ‖h^s − mean‖²: the error of the encoder relative to the variance of the sparse model's residual
/// </param>
/// <param name="DecoderNmse">the same of the decoder and the dense model's residual</param>
/// <param name="TopKFloor">
/// the error that an encoder which keeps as many channels cannot go below: that of the sparse model's own residual with as many
/// </param>
/// <param name="DenseToSparseLoss">of the dense model up to the site, and the sparse one from there on</param>
/// <param name="DenseToSparseDivergence">the same one's divergence</param>
/// <param name="SparseToDenseLoss">of the sparse model up to the site, and the dense one from there on</param>
/// <param name="SparseToDenseDivergence">the same one's divergence</param>
public sealed record BridgeSiteMetrics(
    string Site, double EncoderNmse, double DecoderNmse, double TopKFloor, double DenseToSparseLoss, double DenseToSparseDivergence,
    double SparseToDenseLoss, double SparseToDenseDivergence);

/// <summary>The dense model, with the sparse one's layers between two sites in the place of its own.</summary>
/// <param name="Enter">the site where the encoder is</param>
/// <param name="Leave">the site where the decoder is: the same or a later one</param>
/// <param name="Loss">its cross-entropy</param>
/// <param name="Divergence">from the dense model</param>
public sealed record BridgeHybrid(string Enter, string Leave, double Loss, double Divergence);
