using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

/// <summary>The losses of sparse autoencoders written plainly, for libtorch to differentiate.</summary>
internal static class PlainAutoencoder
{
    /// <summary>The loss; the rows of the dictionary are normalised in it.</summary>
    /// <param name="options">kind and coefficients</param>
    /// <param name="x">(n, d)</param>
    /// <param name="dictionary">(F, d)</param>
    /// <param name="encoder">(F, d), or null where it is the dictionary</param>
    /// <param name="encoderBias">(F)</param>
    /// <param name="decoderBias">(d)</param>
    /// <param name="threshold">(F), of jumprelu</param>
    /// <param name="dead">features of the auxiliary loss, or null</param>
    internal static Tensor Loss(
        AutoencoderOptions options, Tensor x, Tensor dictionary, Tensor? encoder, Tensor encoderBias, Tensor decoderBias,
        Tensor? threshold, long[]? dead = null)
    {
        long n = x.size(0), d = x.size(1);
        var unit = dictionary / dictionary.square().sum(1, keepdim: true).sqrt();
        var isTopK = options.Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk;
        var z = (isTopK ? x - decoderBias : x).matmul((encoder ?? unit).t()) + encoderBias;
        var c = options.Kind switch
        {
            AutoencoderKind.Topk => Top(z.relu(), options.K),
            AutoencoderKind.Batchtopk => Top(z.relu().reshape(1, -1), (int)(options.K * n)).view(z.shape),
            AutoencoderKind.Jumprelu => z * (z > threshold!),
            _ => z.relu(),
        };
        var error = c.matmul(unit) + decoderBias - x;
        var loss = options.Reduction == LossReduction.Mean ? error.square().mean() : error.square().sum() / n;
        if (options.Kind is AutoencoderKind.L1 or AutoencoderKind.L1Tied) loss = loss + (options.Alpha * c.abs().sum() / n);
        if (options.Kind == AutoencoderKind.Jumprelu)
        {
            var l0 = (c > 0).to(x.dtype).sum() / n;
            loss = loss + (options.TargetL0 is { } target
                ? options.L0Coef * ((l0 / target) - 1).square()
                : options.L0Coef * l0);
        }
        if (dead is not null)
        {
            var index = torch.tensor(dead);
            var left = error.detach().neg();
            var of = Top(z.index_select(1, index).relu(), options.AuxK ?? (int)(d / 2)).matmul(unit.index_select(0, index));
            loss = loss + (options.AuxCoef * (left - of).square().sum() / (left - left.mean([0])).square().sum());
        }
        return loss;
    }

    // Keeps the k largest of each row.
    private static Tensor Top(Tensor values, int k)
    {
        var (_, places) = values.topk((int)Math.Min(k, values.size(1)), 1);
        return values * torch.zeros_like(values).scatter(1, places, torch.ones_like(values));
    }
}
