using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>What a sparse autoencoder in training has learned, for normalised inputs of width d. F is the number of features.</summary>
internal sealed class AutoencoderParameters : IDisposable
{
    private AutoencoderParameters(Tensor dictionary, Tensor? encoder, Tensor encoderBias, Tensor decoderBias, Tensor? threshold)
    {
        Dictionary = Own(dictionary)!;
        TrainedEncoder = Own(encoder);
        EncoderBias = Own(encoderBias)!;
        DecoderBias = Own(decoderBias)!;
        Threshold = Own(threshold);

        static Tensor? Own(Tensor? tensor) => tensor?.DetachFromDisposeScope().requires_grad_();
    }

    /// <summary>D (F, d), rows of length 1.</summary>
    internal Tensor Dictionary { get; }

    /// <summary>M (F, d); the dictionary where they are tied.</summary>
    internal Tensor Encoder => TrainedEncoder ?? Dictionary;

    /// <summary>M (F, d), or null where it is the dictionary.</summary>
    internal Tensor? TrainedEncoder { get; }

    /// <summary>b (F).</summary>
    internal Tensor EncoderBias { get; }

    /// <summary>b_d (d); stays 0 where the options want none.</summary>
    internal Tensor DecoderBias { get; }

    /// <summary>θ (F), of jumprelu; null of the others.</summary>
    internal Tensor? Threshold { get; }

    internal int Features => (int)Dictionary.size(0);

    internal int Width => (int)Dictionary.size(1);

    /// <summary>
    /// Initial values: random unit directions, which are the encoder's rows too; biases are 0, but for the dictionary's, which is the mean
    /// input.
    /// </summary>
    /// <param name="options">kind, ratio and what else the values depend on</param>
    /// <param name="mean">the mean normalised input, (d)</param>
    /// <param name="seed">of the directions</param>
    /// <param name="device">where they will be; the directions do not depend on it</param>
    internal static AutoencoderParameters Create(AutoencoderOptions options, Tensor mean, ulong seed, Device device)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var d = mean.numel();
        long features = options.Features((int)d);
        using var generator = new torch.Generator(seed);
        var rows = torch.randn([features, d], ScalarType.Float32, generator: generator);
        var dictionary = rows.div(rows.square().sum(1, keepdim: true).sqrt()).to(device);
        return new AutoencoderParameters(
            dictionary,
            options.Kind == AutoencoderKind.L1Tied ? null : dictionary.clone(),
            torch.zeros([features], ScalarType.Float32, device),
            options.DecoderBias ? mean.to(ScalarType.Float32).to(device, copy: true) : torch.zeros([d], ScalarType.Float32, device),
            options.Kind == AutoencoderKind.Jumprelu
                ? torch.full([features], options.ThresholdInit, ScalarType.Float32, device)
                : null);
    }

    /// <summary>Copies of given values, of their type and on their device.</summary>
    internal static AutoencoderParameters Of(
        Tensor dictionary, Tensor? encoder, Tensor encoderBias, Tensor decoderBias, Tensor? threshold)
    {
        using var noGradient = torch.no_grad();
        return new AutoencoderParameters(
            dictionary.clone(), encoder?.clone(), encoderBias.clone(), decoderBias.clone(), threshold?.clone());
    }

    /// <summary>Those that are trained, in a fixed order, under their names in checkpoints.</summary>
    internal IReadOnlyList<(string Name, Tensor Value)> Trained(AutoencoderOptions options) =>
    [
        ("decoder.weight", Dictionary),
        .. TrainedEncoder is { } encoder ? [("encoder.weight", encoder)] : Array.Empty<(string, Tensor)>(),
        ("encoder.bias", EncoderBias),
        .. options.DecoderBias ? [("decoder.bias", DecoderBias)] : Array.Empty<(string, Tensor)>(),
        .. Threshold is { } threshold ? [("threshold", threshold)] : Array.Empty<(string, Tensor)>(),
    ];

    /// <summary>After a step: rows of the dictionary get the length 1, and thresholds are at least 0.</summary>
    internal void Project()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        Dictionary.div_(Dictionary.square().sum(1, keepdim: true).sqrt());
        Threshold?.relu_();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dictionary.Dispose();
        TrainedEncoder?.Dispose();
        EncoderBias.Dispose();
        DecoderBias.Dispose();
        Threshold?.Dispose();
    }
}
