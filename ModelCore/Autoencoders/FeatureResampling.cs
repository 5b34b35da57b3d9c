using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// Lets dead features begin anew at inputs that the others reconstruct badly: drawn with a chance proportional to their squared error, each
/// at most once. Directions are those of the inputs; encoders are short, so that the features first fire where they are wanted.
/// </summary>
internal static class FeatureResampling
{
    /// <summary>Inputs whose errors are looked at.</summary>
    internal const int Candidates = 8192;

    /// <summary>Does it.</summary>
    /// <param name="state">of the training</param>
    /// <param name="options">how it is trained</param>
    /// <param name="x">normalised inputs, (n, d)</param>
    /// <param name="seed">of the draws, together with the step</param>
    /// <returns>how many features began anew: the dead ones, as far as there are inputs with an error</returns>
    internal static int Run(AutoencoderState state, AutoencoderOptions options, Tensor x, ulong seed)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var dead = state.Dead();
        if (dead.Length == 0) return 0;
        var p = state.Parameters;
        var random = new KeyedRandom(seed, "autoencoder", "resample", state.Step.ToString(CultureInfo.InvariantCulture));
        var chosen = Draw(Errors(p, options, x), dead.Length, random);
        if (chosen.Length == 0) return 0;
        var features = dead[..chosen.Length];
        var index = features.ToDevice(x.device);
        var inputs = x.index_select(0, chosen.ToDevice(x.device));
        var directions = inputs / inputs.square().sum(1, keepdim: true).sqrt();
        Set(p.Dictionary, directions);
        if (p.TrainedEncoder is { } encoder)
        {
            var isAlive = torch.ones([p.Features], ScalarType.Bool, x.device).index_fill_(0, dead.ToDevice(x.device), false);
            var norms = encoder.square().sum(1).sqrt().masked_select(isAlive);
            var norm = norms.numel() == 0 ? 1 : norms.mean().ToDouble();
            Set(encoder, directions * (options.ResampleScale * norm));
        }
        Set(p.EncoderBias, torch.zeros([features.Length], ScalarType.Float32, x.device));
        if (p.Threshold is { } threshold)
            Set(threshold, torch.full([features.Length], options.ThresholdInit, ScalarType.Float32, x.device));
        foreach (var (name, moment) in state.Adam.StateDict())
        {
            // Steps, which have no dimension, and the dictionary's bias belong to no feature.
            if (name.EndsWith("decoder.bias", StringComparison.Ordinal)) continue;
            if (moment.dim() > 0) moment.index_fill_(0, index, 0);
            else moment.Dispose();
        }
        foreach (var feature in features) state.Idle[feature] = 0;
        return features.Length;

        void Set(Tensor parameter, Tensor rows) => parameter.index_copy_(0, index, rows);
    }

    internal static float[] Errors(AutoencoderParameters p, AutoencoderOptions options, Tensor x)
    {
        var isTopK = options.Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk;
        var z = p.EncoderBias.addmm(isTopK ? x - p.DecoderBias : x, p.Encoder.t());
        var c = options.Kind switch
        {
            AutoencoderKind.Topk or AutoencoderKind.Batchtopk => Kernels.Functions.abs_topk(z.relu(), options.K),
            AutoencoderKind.Jumprelu => z * (z > p.Threshold!),
            _ => z.relu(),
        };
        return p.DecoderBias.addmm(c, p.Dictionary).sub_(x).square().sum(1).cpu().Values<float>();
    }

    // Without replacement, with chances proportional to the weights; fewer where fewer weights are above 0.
    private static long[] Draw(float[] weights, int count, KeyedRandom random)
    {
        // The largest of u^(1/w) (Efraimidis and Spirakis 2006), by logarithms.
        var keys = new (double Key, long Index)[weights.Length];
        for (var i = 0; i < weights.Length; i++)
        {
            var u = 1 - random.NextDouble();
            keys[i] = (weights[i] > 0 ? Math.Log(u) / weights[i] : double.NegativeInfinity, i);
        }
        return
        [
            .. keys.Where(one => !double.IsNegativeInfinity(one.Key)).OrderByDescending(one => one.Key).ThenBy(one => one.Index)
                .Take(count).Select(one => one.Index),
        ];
    }
}
