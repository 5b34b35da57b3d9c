namespace Sweeps.Orchestrator.Reports;

/// <summary>What reports call dictionaries.</summary>
internal static class DictionaryWords
{
    public static string Of(AutoencoderKind kind) => kind switch
    {
        AutoencoderKind.Topk => "TopK",
        AutoencoderKind.Batchtopk => "BatchTopK",
        AutoencoderKind.Jumprelu => "JumpReLU",
        AutoencoderKind.L1 => "L1",
        AutoencoderKind.L1Tied => "L1 tied",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "expected a kind that reports have a word for"),
    };

    public static string Of(BaselineKind kind) => kind switch
    {
        BaselineKind.PcaFirst => "PCA, the first",
        BaselineKind.Pca => "PCA, the largest",
        BaselineKind.Ica => "ICA",
        BaselineKind.Random => "random directions",
        BaselineKind.Neurons => "neurons",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "expected a baseline that reports have a word for"),
    };
}
