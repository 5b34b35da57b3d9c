namespace Sweeps.Contracts;

/// <summary>
/// How bridges between a frozen dense model and a sparse one are trained, together with the sparse one (Gao et al. 2025, sections 2.3, A.3
/// and A.4). They stand at the residual before each attention and each MLP, and at the final one.
/// </summary>
public sealed record BridgeOptions
{
    /// <summary>Fraction of the sparse model's channels that an encoder gives, the largest in magnitude; paper 0.25.</summary>
    public double EncoderFraction { get; init; } = 0.25;

    /// <summary>Whether there is a bridge at the final residual too; default yes (the paper has none).</summary>
    public bool FinalSite { get; init; } = true;

    /// <summary>Weight of the normalised squared errors of encoders and decoders; paper 1.</summary>
    public double CoefNmse { get; init; } = 1;

    /// <summary>Weight of the divergence of the sparse model that goes on from an encoder's output; paper 1.</summary>
    public double CoefKlDenseToSparse { get; init; } = 1;

    /// <summary>Weight of the divergence of the dense model that goes on from a decoder's output; paper 1.</summary>
    public double CoefKlSparseToDense { get; init; } = 1;

    /// <summary>Weight of the divergence of the sparse model itself from the dense one; default 0, as in the paper's text.</summary>
    public double CoefKlSparse { get; init; }

    /// <summary>How squared errors are normalised; default by the sums over a batch.</summary>
    public NmseKind Nmse { get; init; }

    /// <summary>
    /// Sites that a step trains, drawn without replacement and weighted so that the gradient is right on average; null (default) for all.
    /// </summary>
    public int? SitesPerStep { get; init; }

    /// <summary>Number of sites between models of so many layers.</summary>
    public int Sites(int layers) => (2 * layers) + (FinalSite ? 1 : 0);

    /// <summary>Channels that an encoder gives, of the sparse model's <paramref name="width"/>; at least 1.</summary>
    public int EncoderChannels(int width) => Math.Max(1, (int)Math.Floor(EncoderFraction * width));

    /// <summary>The sites between models of so many layers, in the order a token meets them.</summary>
    public IReadOnlyList<ValueLocation> Locations(int layers) =>
        [.. ValueLocation.All(layers).Where(at => at.IsResidual && (FinalSite || at.Site != ValueSite.FinalResid))];

    /// <summary>What is wrong with these values, one sentence each; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(EncoderFraction > 0 && EncoderFraction <= 1))
            yield return $"encoder_fraction is {EncoderFraction}: expected above 0 and at most 1";
        foreach (var (name, value) in new[]
        {
            ("coef_nmse", CoefNmse), ("coef_kl_dense_to_sparse", CoefKlDenseToSparse), ("coef_kl_sparse_to_dense", CoefKlSparseToDense),
            ("coef_kl_sparse", CoefKlSparse),
        })
        {
            if (!(value >= 0 && double.IsFinite(value))) yield return $"{name} is {value}: expected 0 or more";
        }
        if (SitesPerStep is < 1) yield return $"sites_per_step is {SitesPerStep}: expected at least 1, or null for all";
    }

    /// <summary>What is wrong with these values between two models; empty when nothing is.</summary>
    /// <param name="dense">the dense model's shape</param>
    /// <param name="sparse">the sparse one's</param>
    public IEnumerable<string> Validate(ModelConfig dense, ModelConfig sparse)
    {
        ArgumentNullException.ThrowIfNull(dense);
        ArgumentNullException.ThrowIfNull(sparse);
        if (dense.NLayer != sparse.NLayer)
            yield return $"n_layer of the sparse model is {sparse.NLayer}: expected the dense model's, {dense.NLayer}";
        if (dense.VocabSize != sparse.VocabSize)
            yield return $"vocab_size of the sparse model is {sparse.VocabSize}: expected the dense model's, {dense.VocabSize}";
        if (dense.NCtx != sparse.NCtx)
            yield return $"n_ctx of the sparse model is {sparse.NCtx}: expected the dense model's, {dense.NCtx}";
        if (dense.TopKOfResidual() < dense.DModel || NodeLocation.Sites.Any(site => dense.TopK(site) < dense.Width(site)))
            yield return $"activation_fraction of the dense model is {dense.ActivationFraction}: expected 1";
        if (SitesPerStep > Sites(sparse.NLayer))
            yield return $"sites_per_step is {SitesPerStep}: expected at most the number of sites, {Sites(sparse.NLayer)}";
    }
}
