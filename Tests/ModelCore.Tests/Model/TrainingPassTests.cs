using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Autograd;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;
using Native = Sweeps.ModelCore.Tests.Kernels.Kernels;

namespace Sweeps.ModelCore.Tests.Model;

/// <summary>The native pass through a whole model in training, against the composition of libtorch's operators.</summary>
public sealed class TrainingPassTests : TorchTest
{
    public static TheoryData<string, string, int> Cases()
    {
        var cases = new TheoryData<string, string, int>();
        foreach (var set in Native.Sets)
            foreach (var config in SparseModel.Names)
                foreach (var length in new[] { 1, 16, 17, 40 })
                    cases.Add(set, config, length);
        return cases;
    }

    private static Tensor Tokens(ulong seed, int sequences, int length)
    {
        using var generator = new torch.Generator(seed);
        return torch.randint(0, SparseModel.VocabSize, [sequences, length], dtype: ScalarType.Int64, generator: generator);
    }

    private static Transformer Model(string config, KernelChoice kernels = KernelChoice.Sparse)
    {
        var model = SparseModel.Create(config);
        model.Kernels = kernels;
        return model;
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Run(Transformer model, int sequences = 3, int length = 40)
        => Gradients(model, () => model.LossAndGradients(Tokens(1, sequences, length), Tokens(2, sequences, length)));

    // By libtorch's graph over functions of single operators.
    private static (double Loss, Dictionary<string, Tensor> Gradients) RunGraph(Transformer model, int sequences = 3, int length = 40) =>
        Gradients(model, () =>
    {
        var loss = model.Loss(Tokens(1, sequences, length), Tokens(2, sequences, length));
        KernelBackward.Run(() => loss.backward());
        return loss.ToDouble();
    });

    private static (double Loss, Dictionary<string, Tensor> Gradients) Gradients(Transformer model, Func<double> pass)
    {
        foreach (var parameter in model.Parameters) parameter.Value.grad = null;
        var loss = pass();
        return (loss, model.Parameters.ToDictionary(p => p.Spec.Name, p => p.Value.grad!.clone(), StringComparer.Ordinal));
    }

    private static void AssertNear(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual, double tolerance)
    {
        foreach (var (name, gradient) in expected)
        {
            Assert.Equal(gradient.shape, actual[name].shape);
            var error = (gradient - actual[name]).norm().ToDouble();
            Assert.True(error <= tolerance * (gradient.norm().ToDouble() + 1e-6), $"{name}: {error} of {gradient.norm().ToDouble()}");
        }
    }

    // By single kernels, or by libtorch's operators alone.
    private static void AssertIsOfGraph(
        Transformer model, double loss, Dictionary<string, Tensor> gradients, int length, bool kernels)
    {
        Functions.enabled = kernels;
        try
        {
            var (plainLoss, plain) = RunGraph(model, length: length);
            Assert.Equal(plainLoss, loss, 1e-5 * plainLoss);
            AssertNear(plain, gradients, 2e-5);
        }
        finally
        {
            Functions.enabled = true;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_all_gradients_are_those_of_the_plain_composition(string set, string config, int length)
    {
        using var _ = Native.Use(set);
        using var model = Model(config);
        var (loss, gradients) = Run(model, length: length);
        Assert.Equal(model.LinearMaps, model.SparseMaps);
        // The same by dense products, layer by layer.
        model.Kernels = KernelChoice.Dense;
        var (denseLoss, dense) = Run(model, length: length);
        Assert.Equal(0, model.SparseMaps);
        Assert.Equal(loss, denseLoss, 1e-5 * loss);
        AssertNear(gradients, dense, 2e-5);
        // Of equal magnitudes libtorch keeps any: where there are such, the composition of the single kernels, each of which has its own
        // tests, says which.
        AssertIsOfGraph(model, loss, gradients, length, kernels: config == "ties");
    }

    [Theory]
    [InlineData(KernelChoice.Sparse)]
    [InlineData(KernelChoice.Dense)]
    public void A_model_with_AbsTopK_on_the_residual_is_differentiated_sublayer_by_sublayer(KernelChoice kernels)
    {
        using var model = Model("residual", kernels);
        var (loss, gradients) = Run(model);
        Assert.Equal(kernels == KernelChoice.Sparse ? model.LinearMaps : 0, model.SparseMaps);
        AssertIsOfGraph(model, loss, gradients, length: 40, kernels: false);
    }

    [Theory]
    [InlineData(KernelChoice.Sparse)]
    [InlineData(KernelChoice.Dense)]
    public void Results_do_not_depend_on_the_number_of_threads(KernelChoice kernels)
    {
        using var model = Model("with options", kernels);
        var before = Threads.Get();
        try
        {
            var results = new[] { 1, 2, 3 }.Select(threads =>
            {
                Threads.Set(threads);
                return Run(model, sequences: 7);
            }).ToList();
            Assert.All(results, result => Assert.Equal(results[0].Loss, result.Loss));
            Assert.All(
                results,
                result =>
                    Assert.All(result.Gradients, g => Assert.Equal(results[0].Gradients[g.Key].Values<float>(), g.Value.Values<float>())));
        }
        finally
        {
            Threads.Set(before);
        }
    }

    [Fact]
    public void The_loss_is_the_same_where_no_gradient_is_wanted()
    {
        using var model = Model("plain");
        var (loss, _) = Run(model);
        using var noGradient = torch.no_grad();
        Assert.Equal((float)loss, model.Loss(Tokens(1, 3, 40), Tokens(2, 3, 40)).ToDouble());
    }

    [Fact]
    public void Gradients_take_the_place_of_those_before()
    {
        using var model = Model("plain");
        var first = Run(model).Gradients;
        model.LossAndGradients(Tokens(1, 3, 40), Tokens(2, 3, 40));
        AssertNear(first, model.Parameters.ToDictionary(p => p.Spec.Name, p => p.Value.grad!, StringComparer.Ordinal), 0);
    }

    [Fact]
    public void Factors_of_the_weights_gradients_are_rounded_to_bfloat16_when_asked_for()
    {
        using var model = Model("plain");
        var exact = Run(model).Gradients;
        model.WeightGradient = WeightGradient.Bfloat16;
        var rounded = Run(model).Gradients;
        AssertNear(exact, rounded, 0.01);
        foreach (var (spec, _) in model.Parameters)
        {
            var isMatrix = spec.Kind is ParameterKind.Matrix or ParameterKind.OutputProjection || spec.Name == "lm_head.weight";
            Assert.Equal(isMatrix, !exact[spec.Name].Values<float>().SequenceEqual(rounded[spec.Name].Values<float>()));
        }
    }

    [Fact]
    public void A_model_with_one_dense_matrix_goes_operator_by_operator()
    {
        using var model = Model("plain", KernelChoice.Auto);
        using (torch.no_grad()) model["lm_head.weight"].mul_(Tokens(5, SparseModel.VocabSize, 48).lt(5).to(ScalarType.Float32));
        Run(model);
        Assert.Equal(model.LinearMaps, model.SparseMaps);
        using (torch.no_grad()) model["transformer.h.1.mlp.c_fc.weight"].fill_(1);
        Run(model);
        Assert.Equal(model.LinearMaps - 1, model.SparseMaps);
    }

    [Fact]
    public void A_weight_that_is_not_finite_shows_in_the_loss()
    {
        using var model = Model("plain");
        using (torch.no_grad()) model["transformer.h.1.attn.c_proj.weight"].fill_(float.NaN);
        Assert.True(double.IsNaN(Run(model).Loss));
    }

    [Fact]
    public void A_pass_over_the_memory_budget_fails_and_the_next_one_works()
    {
        using var model = Model("plain");
        var loss = Run(model).Loss;
        Memory.SetBudget(Memory.Allocated + (1 << 18));
        try
        {
            var e = Record.Exception(() => Run(model));
            Assert.True((e as OutOfMemoryOnDeviceException ?? Memory.TakeShortage())?.IsOverBudget, $"{e}");
        }
        finally
        {
            Memory.SetBudget(0);
        }
        Assert.Equal(loss, Run(model).Loss);
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_are_refused()
    {
        using var model = Model("plain");
        Assert.Contains(
            "targets: 50, expected 0 to 49", Assert.Throws<ArgumentException>(
                () => model.LossAndGradients(Tokens(1, 1, 2), torch.tensor(new long[] { 50L, 1L }, [1, 2]))).Message,
                StringComparison.Ordinal);
    }
}
