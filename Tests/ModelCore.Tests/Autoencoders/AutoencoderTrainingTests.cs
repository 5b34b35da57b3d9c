using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public sealed class AutoencoderTrainingTests : TorchTest
{
    private readonly torch.Generator _generator = new(9);

    public static TheoryData<AutoencoderKind> Kinds => [.. Enum.GetValues<AutoencoderKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void After_every_step_the_rows_of_the_dictionary_are_unit_vectors_and_codes_have_no_more_than_k(AutoencoderKind kind)
    {
        var options = new AutoencoderOptions { Kind = kind, K = 3, Tokens = 3000, Batch = 100, DeadTokens = 500, Lr = 0.02 };
        using var state = State(options, 24);
        var schedule = new AutoencoderSchedule(options);
        for (var step = 1; step <= options.Steps; step++)
        {
            var x = torch.randn([100, 24], generator: _generator);
            var (loss, _) = state.Train(x, schedule);
            var lengths = state.Parameters.Dictionary.to(ScalarType.Float64).square().sum(1).sqrt().Values<double>();
            Assert.All(lengths, length => Assert.InRange(length, 1 - 1e-6, 1 + 1e-6));
            if (kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk) Assert.InRange(loss.L0, 0, 3);
        }
        using var trained = Fold(options, state, 1.7);
        var codes = trained.Encode(torch.randn([300, 24], generator: _generator));
        if (kind == AutoencoderKind.Topk) Assert.InRange(codes.ne(0).sum(1).max().ToInt64(), 1, 3);
        Assert.True(codes.min().ToDouble() >= 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Folded_saved_and_read_it_reconstructs_raw_activations_as_it_did_normalised_ones(AutoencoderKind kind)
    {
        const double Scale = 3.5;
        var options = new AutoencoderOptions
        {
            Kind = kind,
            K = 4,
            Tokens = 4000,
            Batch = 100,
            Buffer = 1000,
            ThresholdStart = 0,
            Location = "1.resid_in",
        };
        using var state = State(options, 24);
        var schedule = new AutoencoderSchedule(options);
        for (var step = 1; step <= 40; step++) state.Train(torch.randn([100, 24], generator: _generator) + 0.5, schedule);
        var x = torch.randn([200, 24], generator: _generator) + 0.5;
        var p = state.Parameters;
        Tensor expected;
        using (torch.no_grad())
        {
            // What training computes, at the threshold of evaluation.
            var read = kind is AutoencoderKind.Topk or AutoencoderKind.Batchtopk ? x - p.DecoderBias : x;
            var z = read.mm(p.Encoder.t()) + p.EncoderBias;
            var c = kind switch
            {
                AutoencoderKind.Topk => Sweeps.ModelCore.Kernels.Functions.abs_topk(z.relu(), 4),
                AutoencoderKind.Batchtopk => z.relu() * (z > state.LeastActive!.Value),
                AutoencoderKind.Jumprelu => z * (z > p.Threshold!),
                _ => z.relu(),
            };
            expected = (c.mm(p.Dictionary) + p.DecoderBias) * Scale;
        }
        var path = Path.GetTempFileName();
        using (var folded = Fold(options, state, Scale))
        {
            folded.Firings = [.. Enumerable.Range(0, folded.Features).Select(i => (long)i)];
            using var file = File.Create(path);
            DictionaryFile.Save(file, folded);
        }
        using var read2 = Assert.IsType<Autoencoder>(DictionaryFile.Load(path, 1));
        var given = read2.Decode(read2.Encode(x * Scale));
        Assert.True((given - expected).abs().max().ToDouble() <= 1e-5 * Scale, $"{(given - expected).abs().max().ToDouble()}");
        Assert.Equal(options.Location, read2.Origin.Location.Name);
        Assert.Equal(kind, read2.Options.Kind);
        Assert.Equal(5, read2.Firings![5]);
        File.Delete(path);
    }

    // With few inputs and a high learning rate; `make autoencoder-bench` has 2 million inputs and the default one.
    [Theory]
    [InlineData(AutoencoderKind.Topk, 0, 3e-3, 400_000)]
    [InlineData(AutoencoderKind.Batchtopk, 0, 3e-3, 400_000)]
    [InlineData(AutoencoderKind.Jumprelu, 0, 1e-2, 400_000)]
    [InlineData(AutoencoderKind.L1, 0.02, 1e-2, 400_000)]
    [InlineData(AutoencoderKind.L1Tied, 0.02, 2e-2, 700_000)]
    public void Features_that_inputs_were_made_of_are_found(AutoencoderKind kind, double alpha, double lr, long tokens)
    {
        var toy = new ToyFeatures(64, 128, 5, _generator);
        var found = toy.Recovered(new AutoencoderOptions
        {
            Kind = kind,
            Ratio = 2,
            K = 5,
            TargetL0 = 5,
            Alpha = alpha,
            Tokens = tokens,
            DeadTokens = 50_000,
            Lr = lr,
            DecoderBias = kind != AutoencoderKind.L1Tied,
        });
        Assert.True(found >= 0.9, $"{found}");
    }

    [Fact]
    public void Dead_features_begin_anew_at_inputs_that_are_badly_reconstructed()
    {
        var options = new AutoencoderOptions { Kind = AutoencoderKind.L1, Tokens = 100_000, Batch = 50, DeadTokens = 100 };
        using var state = State(options, 16);
        var x = torch.randn([50, 16], generator: _generator) * 0.01;
        // One input is far from what the others need.
        x[7] = torch.ones([16]) * 5;
        for (var step = 0; step < 3; step++) state.Train(x, new AutoencoderSchedule(options));
        Array.Clear(state.Idle);
        state.Idle[3] = 100;
        var norms = state.Parameters.TrainedEncoder!.square().sum(1).sqrt().Values<float>();
        var before = state.Parameters.Dictionary.clone();
        Assert.Equal(1, FeatureResampling.Run(state, options, x, 4));
        var p = state.Parameters;
        Near([.. Enumerable.Repeat(0.25, 16)], p.Dictionary[3]);
        var others = norms.Where((_, i) => i != 3).Average();
        Near([.. Enumerable.Repeat(0.25 * 0.2 * others, 16)], p.TrainedEncoder![3], 1e-5);
        Assert.Equal(0, p.EncoderBias[3].ToDouble());
        Assert.Equal(0, state.Idle[3]);
        foreach (var (name, moment) in state.Adam.StateDict())
        {
            if (name.Contains("coder.weight", StringComparison.Ordinal) && moment.dim() > 0)
                Assert.Equal(0, moment[3].abs().sum().ToDouble());
        }
        Assert.True(p.Dictionary.narrow(0, 4, 60).IsSame(before.narrow(0, 4, 60)));
    }

    [Fact]
    public void The_auxiliary_loss_brings_dead_features_back()
    {
        var (with, without) = (Dead(DeadFeatureRemedy.Aux), Dead(DeadFeatureRemedy.None));
        Assert.True(with < without, $"{with} with, {without} without");

        int Dead(DeadFeatureRemedy remedy)
        {
            using var generator = new torch.Generator(2);
            var toy = new ToyFeatures(32, 96, 4, generator);
            var options = new AutoencoderOptions { K = 4, Ratio = 3, Tokens = 100_000, Batch = 500, DeadTokens = 5_000, Dead = remedy };
            using var state = State(options, 32);
            // Half of the features are positive now and then, but hardly ever among the largest.
            using (torch.no_grad()) state.Parameters.EncoderBias.narrow(0, 0, 48).fill_(-2);
            var schedule = new AutoencoderSchedule(options);
            while (state.Step < options.Steps)
            {
                using var scope = torch.NewDisposeScope();
                state.Train(toy.Draw(500) * 4, schedule);
            }
            return state.Dead().Length;
        }
    }

    [Fact]
    public void The_schedule_rises_stays_and_falls_to_nothing()
    {
        var schedule = new AutoencoderSchedule(new AutoencoderOptions { Tokens = 1000, Batch = 10, Lr = 2 });
        Assert.Equal([0.4, 2, 2, 2, 0.1], new[] { 1, 5, 50, 81, 100 }.Select(schedule.LearningRate), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.2, 1, 1], new[] { 1, 5, 100 }.Select(schedule.Sparsity), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([25, 50, 75], Enumerable.Range(1, 100).Where(schedule.Resamples));
        Assert.Equal(6, Enumerable.Range(1, 100).First(schedule.LearnsThreshold));
    }

    private static AutoencoderState State(AutoencoderOptions options, int d)
    {
        using var mean = torch.zeros([d]);
        return new AutoencoderState(options, AutoencoderParameters.Create(options, mean, 3, torch.CPU));
    }

    private static Autoencoder Fold(AutoencoderOptions options, AutoencoderState state, double scale) => Autoencoder.Fold(
        new DictionaryOrigin(Autoencoder.NameOf(options.Kind), options.At, "model"), options, state.Parameters, scale, state.LeastActive);
}
