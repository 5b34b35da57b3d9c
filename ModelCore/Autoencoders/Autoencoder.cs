using System.Text.Json;
using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// A trained sparse autoencoder in the activations' own units: z = x Mᵀ + b; the code is what its kind keeps of ReLU(z).
/// </summary>
internal sealed class Autoencoder : FeatureDictionary
{
    private readonly int? _k;

    /// <param name="origin">what it belongs to</param>
    /// <param name="options">how it was trained</param>
    /// <param name="atoms">(F, d) of unit rows</param>
    /// <param name="bias">(d)</param>
    /// <param name="encoder">(F, d)</param>
    /// <param name="encoderBias">(F)</param>
    /// <param name="threshold">(F) of jumprelu and batchtopk, else null</param>
    internal Autoencoder(
        DictionaryOrigin origin, AutoencoderOptions options, Tensor atoms, Tensor bias, Tensor encoder, Tensor encoderBias,
        Tensor? threshold)
        : base(origin, atoms, bias)
    {
        Options = options;
        _k = options.Kind == AutoencoderKind.Topk ? options.K : null;
        Encoder = encoder.DetachFromDisposeScope();
        EncoderBias = encoderBias.DetachFromDisposeScope();
        Threshold = threshold?.DetachFromDisposeScope();
    }

    internal AutoencoderOptions Options { get; }

    /// <summary>M (F, d).</summary>
    internal Tensor Encoder { get; }

    /// <summary>b (F).</summary>
    internal Tensor EncoderBias { get; }

    /// <summary>What a value must be above to be in the code (F); null where that is 0.</summary>
    internal Tensor? Threshold { get; }

    /// <inheritdoc/>
    internal override IEnumerable<(string Name, Tensor Value)> Others =>
    [
        ("encoder.weight", Encoder), ("encoder.bias", EncoderBias),
        .. Threshold is { } threshold ? [("threshold", threshold)] : Array.Empty<(string, Tensor)>(),
    ];

    /// <summary>What was learned from inputs that were divided by <paramref name="scale"/>, for those inputs themselves.</summary>
    /// <param name="origin">what it belongs to</param>
    /// <param name="options">how it was trained</param>
    /// <param name="learned">the values; copied</param>
    /// <param name="scale">by what inputs were divided</param>
    /// <param name="leastActive">batchtopk's threshold; null of the others, and where none was learned</param>
    internal static Autoencoder Fold(
        DictionaryOrigin origin, AutoencoderOptions options, AutoencoderParameters learned, double scale, double? leastActive)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        // In double precision: what is subtracted may be larger than what is left.
        var encoderBias = learned.EncoderBias.to(ScalarType.Float64);
        if (options.Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk)
            encoderBias = encoderBias - learned.Encoder.to(ScalarType.Float64).mv(learned.DecoderBias.to(ScalarType.Float64));
        var threshold = options.Kind switch
        {
            AutoencoderKind.Jumprelu => Raw(learned.Threshold!),
            AutoencoderKind.Batchtopk => torch.full(
                [learned.Features], (leastActive ?? 0) * scale, ScalarType.Float32, learned.Dictionary.device),
            _ => null,
        };
        return new Autoencoder(
            origin, options, learned.Dictionary.detach().clone(), Raw(learned.DecoderBias), learned.Encoder.detach().clone(),
            Raw(encoderBias), threshold);

        Tensor Raw(Tensor tensor) => tensor.detach().to(ScalarType.Float64).mul(scale).to(ScalarType.Float32);
    }

    /// <inheritdoc/>
    internal override Tensor Encode(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        return Activate(EncoderBias.addmm(x, Encoder.t())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override LinearEncoder Linear => new(Encoder, EncoderBias, Activate);

    // (…, F) → (…, F)
    private Tensor Activate(Tensor z)
    {
        using var scope = torch.NewDisposeScope();
        var c = z.relu();
        if (_k is { } k) c = Functions.abs_topk(c, k);
        if (Threshold is { } threshold) c = c * (z > threshold);
        return c.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        Encoder.Dispose();
        EncoderBias.Dispose();
        Threshold?.Dispose();
    }

    internal static string NameOf(AutoencoderKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
