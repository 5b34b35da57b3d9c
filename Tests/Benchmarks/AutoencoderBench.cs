using System.Globalization;
using Sweeps.ModelCore;
using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.Benchmarks;

/// <summary>
/// Training steps of sparse autoencoders, by the code that jobs run, against the same autoencoders written plainly in TorchSharp with its
/// automatic gradients and its Adam; and how many known features they find.
/// </summary>
internal static class AutoencoderBench
{
    // What public code trains is dense at first; here both are trained for a while, so that codes are as sparse as they will be.
    private const int WarmUpSteps = 400;
    private const int StepsOfRun = 20;
    private const double Goal = 2;

    public static void Run(int runs, int threads)
    {
        Threads.Set(threads);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Sparse autoencoders ({TorchInfo.Read().KernelCapability}), {StepsOfRun} steps of 1,024 activations, {threads} threads"));
        Comparison.PrintHeader();
        foreach (var (d, ratio) in new[] { (64, 4), (128, 8) })
            foreach (var kind in Enum.GetValues<AutoencoderKind>()) Compare(kind, d, ratio, runs);
        foreach (var kind in Enum.GetValues<AutoencoderKind>()) FindFeatures(kind);
    }

    private static void Compare(AutoencoderKind kind, int d, int ratio, int runs)
    {
        using var scope = torch.NewDisposeScope();
        var options = new AutoencoderOptions
        {
            Kind = kind,
            Ratio = ratio,
            K = 16,
            TargetL0 = 16,
            Alpha = 8e-3,
            Dead = DeadFeatureRemedy.None,
            SparsityWarmupFraction = 0.001,
            WarmupFraction = 0.001,
        };
        using var generator = new torch.Generator(1);
        var data = ToyInputs(d, 2 * d, 16, generator, 32 * options.Batch).split(options.Batch);
        using var ours = State(options, data[0]);
        using var plain = new PlainAutoencoder(options, ours.Parameters);
        var schedule = new AutoencoderSchedule(options);
        var (ourStep, plainStep) = (0, 0);
        Side.Take(kernels: true);
        for (var i = 0; i < WarmUpSteps; i++) Ours();
        Side.Take(kernels: false);
        for (var i = 0; i < WarmUpSteps; i++) Plain();
        var l0 = 0.0;
        Comparison.Run(
            $"  {Autoencoder.NameOf(kind)}, d {d}, {ratio * d} features", runs, Goal, () => Repeat(Plain), () => Repeat(() => l0 = Ours()));
        Side.Take(kernels: true);
        var seconds = Stopwatches.Seconds(() => Repeat(() => Ours()));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"    {StepsOfRun * options.Batch / seconds / 1000:F0} thousand activations/s, {l0:F1} features active; plain code "
                + $"has {plain.L0:F1}"));

        double Ours()
        {
            using var step = torch.NewDisposeScope();
            return ours.Train(data[ourStep++ % data.Length], schedule).Loss.L0;
        }

        void Plain()
        {
            using var step = torch.NewDisposeScope();
            plain.Train(data[plainStep++ % data.Length]);
        }

        void Repeat(Action step)
        {
            for (var i = 0; i < StepsOfRun; i++) step();
        }
    }

    // The whole form of the test on known features: 2 million inputs.
    private static void FindFeatures(AutoencoderKind kind)
    {
        var best = (Mmcs: 0.0, What: "");
        foreach (var alpha in kind is AutoencoderKind.L1 or AutoencoderKind.L1Tied ? new[] { 1e-2, 2e-2, 4e-2 } : [0])
        {
            using var scope = torch.NewDisposeScope();
            using var generator = new torch.Generator(4);
            var options = new AutoencoderOptions
            {
                Kind = kind,
                Ratio = 2,
                K = 5,
                TargetL0 = 5,
                Alpha = alpha,
                Tokens = 2_000_000,
                Lr = alpha > 0 ? 5e-3 : 1e-3,
                DecoderBias = kind != AutoencoderKind.L1Tied,
            };
            var (inputs, truth) = (ToyInputs(64, 128, 5, generator, 200 * options.Batch), ToyTruth(64, 128));
            var batches = inputs.split(options.Batch);
            using var state = State(options, inputs);
            var schedule = new AutoencoderSchedule(options);
            var seconds = Stopwatches.Seconds(() =>
            {
                while (state.Step < options.Steps)
                {
                    using var step = torch.NewDisposeScope();
                    state.Train(batches[state.Step % batches.Length], schedule);
                    if (schedule.Resamples(state.Step) && options.Remedy == DeadFeatureRemedy.Resample)
                        FeatureResampling.Run(state, options, inputs.narrow(0, 0, FeatureResampling.Candidates), 3);
                }
            });
            var mmcs = DictionaryComparison.Compare("truth", truth, "learned", state.Parameters.Dictionary.detach()).Mean;
            if (mmcs > best.Mmcs)
                best = (mmcs, string.Create(CultureInfo.InvariantCulture, $"{(alpha > 0 ? $"α {alpha}, " : "")}{seconds:F1} s"));
        }
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  128 known features in 64 channels: {Autoencoder.NameOf(kind)} finds them with MMCS {best.Mmcs:F3} ({best.What})"));
    }

    private static AutoencoderState State(AutoencoderOptions options, Tensor inputs)
    {
        using var mean = inputs.mean([0]);
        return new AutoencoderState(options, AutoencoderParameters.Create(options, mean, 1, torch.CPU));
    }

    private static Tensor ToyTruth(int d, int features) => RandomDirections.Draw(features, d, 11);

    // Sums of a few of many directions, some more often than others, divided by their root mean square.
    private static Tensor ToyInputs(int d, int features, double active, torch.Generator generator, int n)
    {
        using var scope = torch.NewDisposeScope();
        var weights = torch.pow(torch.full([features], 0.99), torch.arange(features).to(ScalarType.Float32));
        var chances = (weights * active / weights.sum()).clamp(max: 1);
        var sizes = torch.rand([n, features], generator: generator) * (torch.rand([n, features], generator: generator) < chances);
        var inputs = sizes.mm(ToyTruth(d, features));
        return (inputs / Math.Sqrt(inputs.square().mean().ToDouble())).MoveToOuterDisposeScope();
    }

    /// <summary>The same autoencoder, as one writes it with TorchSharp.</summary>
    private sealed class PlainAutoencoder : IDisposable
    {
        private readonly AutoencoderOptions _options;
        private readonly TorchSharp.Modules.Parameter _dictionary, _encoderBias, _decoderBias;
        private readonly TorchSharp.Modules.Parameter? _encoder, _threshold;
        private readonly List<TorchSharp.Modules.Parameter> _all;
        private readonly torch.optim.Optimizer _adam;

        internal PlainAutoencoder(AutoencoderOptions options, AutoencoderParameters from)
        {
            _options = options;
            _dictionary = Leaf(from.Dictionary);
            _encoder = from.TrainedEncoder is { } encoder ? Leaf(encoder) : null;
            _encoderBias = Leaf(from.EncoderBias);
            _decoderBias = Leaf(from.DecoderBias);
            _threshold = from.Threshold is { } threshold ? Leaf(threshold) : null;
            _all = [.. new[] { _dictionary, _encoder, _encoderBias, _decoderBias, _threshold }.OfType<TorchSharp.Modules.Parameter>()];
            _adam = torch.optim.Adam(
                _all, options.Lr, options.Kind == AutoencoderKind.Jumprelu ? 0 : 0.9, 0.999);

            static TorchSharp.Modules.Parameter Leaf(Tensor value) => new(value.detach().clone().DetachFromDisposeScope());
        }

        /// <summary>Active features per input, of the last step.</summary>
        internal double L0 { get; private set; }

        internal void Train(Tensor x)
        {
            var isTopK = _options.Kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk;
            var z = torch.nn.functional.linear(isTopK ? x - _decoderBias : x, _encoder ?? _dictionary, _encoderBias);
            Tensor? slope = null;
            if (_threshold is not null)
            {
                // The step with a rectangle's slope, as what differs from itself without a gradient.
                var near = ((z - _threshold).abs() < _options.Bandwidth / 2).to(x.dtype).detach();
                slope = (_threshold - _threshold.detach()) * near / -_options.Bandwidth;
            }
            var c = _options.Kind switch
            {
                AutoencoderKind.Topk => Top(z.relu(), _options.K),
                AutoencoderKind.Batchtopk => Top(z.relu().view(1, -1), (int)(_options.K * x.size(0))).view(z.shape),
                AutoencoderKind.Jumprelu => (z * (z > _threshold!)) + (slope! * _threshold!.detach()),
                _ => z.relu(),
            };
            var loss = (c.mm(_dictionary) + _decoderBias - x).square().mean();
            if (_options.Kind is AutoencoderKind.L1 or AutoencoderKind.L1Tied) loss = loss + (_options.Alpha * c.sum(1).mean());
            if (slope is not null)
            {
                var l0 = ((z > _threshold!).to(x.dtype) + slope).sum(1).mean();
                loss = loss + (_options.L0Coef * ((l0 / _options.TargetL0!.Value) - 1).square());
            }
            _adam.zero_grad();
            loss.backward();
            using var noGradient = torch.no_grad();
            var along = (_dictionary.grad! * _dictionary).sum(1, keepdim: true);
            _dictionary.grad!.sub_(along * _dictionary);
            torch.nn.utils.clip_grad_norm_(_all, _options.ClipNorm);
            _adam.step();
            _dictionary.div_(_dictionary.square().sum(1, keepdim: true).sqrt());
            _threshold?.clamp_(min: 0);
            L0 = (double)c.count_nonzero().ToInt64() / x.size(0);
        }

        public void Dispose()
        {
            _adam.Dispose();
            foreach (var value in _all) value.Dispose();
        }

        private static Tensor Top(Tensor values, int k)
        {
            var (largest, places) = values.topk(k, -1);
            return torch.zeros_like(values).scatter(-1, places, largest);
        }
    }
}
