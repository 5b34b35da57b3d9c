using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public sealed class AutoencoderPassTests : TorchTest
{
    public static TheoryData<AutoencoderKind> Kinds => [.. Enum.GetValues<AutoencoderKind>()];

    public static TheoryData<string> Sets => Tests.Kernels.Kernels.Sets;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_are_the_differences_of_the_loss(AutoencoderKind kind)
    {
        var options = Options(kind);
        using var parameters = Parameters(options, 7, 12, ScalarType.Float64);
        var x = Inputs(9, 7, ScalarType.Float64);
        var pass = new AutoencoderPass(options, parameters);
        pass.Run(x);
        foreach (var (name, value) in parameters.Trained(options))
        {
            // What moves the step itself has a gradient that no difference shows: it is tested below.
            if (name == "threshold") continue;
            var gradient = value.grad!.Values<double>();
            var values = value.Values<double>();
            for (var i = 0; i < values.Length; i++)
            {
                const double Step = 1e-6;
                var slope = (At(i, Step) - At(i, -Step)) / (2 * Step);
                Assert.True(
                    Math.Abs(slope - gradient[i]) <= 1e-3 * Math.Max(1e-4, Math.Abs(slope)),
                    $"{name} {i}: {gradient[i]}, expected {slope}");
            }

            double At(int i, double step)
            {
                using var moved = Copy(parameters, (other, tensor) =>
                {
                    if (other != name) return tensor;
                    var changed = tensor.clone();
                    changed.view(-1)[i] = torch.tensor(values[i] + step);
                    return other == "decoder.weight" ? Unit(changed) : changed;
                });
                return new AutoencoderPass(options, moved).Run(x).Total;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_are_those_that_libtorch_finds_for_the_plain_loss_also_of_dead_features(AutoencoderKind kind)
    {
        foreach (var dead in (long[]?[])[null, [1, 4, 5, 9, 11]])
        {
            var options = Options(kind) with { AuxK = 2 };
            using var parameters = Parameters(options, 7, 12, ScalarType.Float64);
            var x = Inputs(9, 7, ScalarType.Float64);
            var found = new AutoencoderPass(options, parameters).Run(x, 1, dead);
            using var leaves = Copy(parameters, (_, tensor) => tensor);
            var loss = PlainAutoencoder.Loss(
                options, x, leaves.Dictionary, leaves.TrainedEncoder, leaves.EncoderBias, leaves.DecoderBias, leaves.Threshold, dead);
            loss.backward();
            Assert.Equal(loss.ToDouble(), found.Total, 1e-10);
            foreach (var ((name, ours), (_, theirs)) in parameters.Trained(options).Zip(leaves.Trained(options)))
                if (name != "threshold") Near(theirs.grad!.Values<double>(), ours.grad!, 1e-10);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void By_entries_or_by_dense_products_the_pass_gives_the_same(string set)
    {
        using var _ = Tests.Kernels.Kernels.Use(set);
        foreach (var kind in Enum.GetValues<AutoencoderKind>())
            foreach (var (n, d, features) in new[] { (70, 20, 80), (131, 64, 96), (5, 3, 40) }) Agree(kind, n, d, features);
    }

    private static void Agree(AutoencoderKind kind, int n, int d, int features)
    {
        using var scope = torch.NewDisposeScope();
        // Most features of the kinds without a k are off.
        var options = Options(kind) with { ThresholdInit = 1.3 };
        using var parameters = Parameters(options, d, features, ScalarType.Float32, bias: -1.2);
        var x = Inputs(n, d, ScalarType.Float32);
        long[] dead = [2, 3, 17];
        var sparse = new AutoencoderPass(options, parameters).Run(x, 0.5, dead);
        Assert.InRange(sparse.L0, 1e-3, AutoencoderPass.DenseFrom * features);
        var gradients = parameters.Trained(options).Select(p => p.Value.grad!.clone()).ToList();
        Functions.enabled = false;
        AutoencoderLoss dense;
        try
        {
            dense = new AutoencoderPass(options, parameters).Run(x, 0.5, dead);
        }
        finally
        {
            Functions.enabled = true;
        }
        Assert.Equal(dense.Total, sparse.Total, 1e-5 * Math.Max(1, dense.Total));
        Assert.Equal(dense.Fired, sparse.Fired);
        Assert.Equal(dense.L0, sparse.L0, 1e-9);
        Assert.Equal(dense.LeastActive, sparse.LeastActive, 1e-5);
        foreach (var ((name, value), gradient) in parameters.Trained(options).Zip(gradients))
        {
            var largest = Math.Max(1e-3, value.grad!.abs().max().ToDouble());
            Assert.True((value.grad! - gradient).abs().max().ToDouble() <= 1e-5 * largest, $"{name} of {n} × {d}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Everything_has_the_same_bits_with_any_number_of_threads(AutoencoderKind kind)
    {
        var options = Options(kind) with { ThresholdInit = 1.3 };
        using var parameters = Parameters(options, 48, 96, ScalarType.Float32, bias: -1.2);
        var x = Inputs(300, 48, ScalarType.Float32);
        var before = Sweeps.ModelCore.Kernels.Threads.Get();
        try
        {
            var one = Run(1);
            Assert.Equal(one, Run(3));
        }
        finally
        {
            Sweeps.ModelCore.Kernels.Threads.Set(before);
        }

        List<float> Run(int threads)
        {
            Sweeps.ModelCore.Kernels.Threads.Set(threads);
            new AutoencoderPass(options, parameters).Run(x);
            return [.. parameters.Trained(options).SelectMany(p => p.Value.grad!.Values<float>())];
        }
    }

    [Fact]
    public void With_the_same_alpha_for_a_sum_the_two_reductions_differ_by_the_width_exactly()
    {
        const int d = 16;
        foreach (var kind in (AutoencoderKind[])[AutoencoderKind.L1, AutoencoderKind.L1Tied])
        {
            var mean = Options(kind) with { Alpha = 0.125, Reduction = LossReduction.Mean };
            var sum = mean with { Alpha = 0.125 * d, Reduction = LossReduction.Sum };
            Assert.Equal(mean.AlphaSum(d), sum.AlphaSum(d));
            using var parameters = Parameters(mean, d, 40, ScalarType.Float32);
            var x = Inputs(32, d, ScalarType.Float32);
            new AutoencoderPass(mean, parameters).Run(x);
            var ofMean = parameters.Trained(mean).Select(p => p.Value.grad!.clone()).ToList();
            new AutoencoderPass(sum, parameters).Run(x);
            foreach (var ((_, value), gradient) in parameters.Trained(mean).Zip(ofMean))
                Assert.True(value.grad!.IsSame(gradient * d));
        }
    }

    [Fact]
    public void The_slope_of_a_threshold_is_the_stated_one()
    {
        foreach (var target in (double?[])[null, 4])
        {
            var options = Options(AutoencoderKind.Jumprelu) with { TargetL0 = target, Bandwidth = 0.8 };
            using var parameters = Parameters(options, 7, 12, ScalarType.Float64);
            var x = Inputs(9, 7, ScalarType.Float64);
            var found = new AutoencoderPass(options, parameters).Run(x);
            using var noGradient = torch.no_grad();
            var p = parameters;
            var z = (x.matmul(p.Encoder.t()) + p.EncoderBias).Values<double>();
            var theta = p.Threshold!.Values<double>();
            var c = torch.tensor(z.Select((value, i) => value > theta[i % 12] ? value : 0).ToArray(), [9, 12]);
            var byCode = ((c.matmul(p.Dictionary) + p.DecoderBias - x) * (2.0 / x.numel())).matmul(p.Dictionary.t()).Values<double>();
            var byL0 = target is { } t ? options.L0Coef * 2 * ((found.L0 / t) - 1) / t : options.L0Coef;
            var expected = new double[12];
            for (var i = 0; i < z.Length; i++)
            {
                var feature = i % 12;
                if (Math.Abs(z[i] - theta[feature]) >= 0.4) continue;
                expected[feature] -= ((theta[feature] * byCode[i]) + (byL0 / 9)) / 0.8;
            }
            Assert.Contains(expected, slope => slope != 0);
            Near(expected, p.Threshold!.grad!, 1e-12);
        }
    }

    internal static AutoencoderOptions Options(AutoencoderKind kind) => new()
    {
        Kind = kind,
        K = 3,
        Alpha = 0.02,
        ThresholdInit = 0.3,
        TargetL0 = 2,
        L0Coef = 0.1,
        AuxCoef = 0.25,
    };

    private static AutoencoderParameters Parameters(AutoencoderOptions options, int d, int features, ScalarType type, double bias = 0.1)
    {
        using var generator = new torch.Generator(5);
        Tensor Draw(params long[] shape) => torch.randn(shape, ScalarType.Float64, generator: generator);
        var dictionary = Draw(features, d);
        return AutoencoderParameters.Of(
            Unit(dictionary).to(type),
            options.Kind == AutoencoderKind.L1Tied ? null : (Draw(features, d) / Math.Sqrt(d)).to(type),
            ((Draw(features) * 0.1) + bias).to(type), (Draw(d) * 0.2).to(type),
            options.Kind == AutoencoderKind.Jumprelu
                ? ((Draw(features).abs() * 0.1) + options.ThresholdInit + Math.Min(0, bias)).clamp(min: 0).to(type)
                : null);
    }

    private static AutoencoderParameters Copy(AutoencoderParameters from, Func<string, Tensor, Tensor> change)
    {
        using var noGradient = torch.no_grad();
        return AutoencoderParameters.Of(
            change("decoder.weight", from.Dictionary),
            from.TrainedEncoder is { } encoder ? change("encoder.weight", encoder) : null, change("encoder.bias", from.EncoderBias),
            change("decoder.bias", from.DecoderBias), from.Threshold is { } threshold ? change("threshold", threshold) : null);
    }

    private static Tensor Unit(Tensor rows) => rows / rows.square().sum(1, keepdim: true).sqrt();

    private static Tensor Inputs(int n, int d, ScalarType type)
    {
        using var generator = new torch.Generator(6);
        return torch.randn([n, d], ScalarType.Float64, generator: generator).to(type);
    }
}
