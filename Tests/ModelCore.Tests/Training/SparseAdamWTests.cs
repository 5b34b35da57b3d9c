using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;
using Cpu = Sweeps.ModelCore.Tests.Kernels.Kernels;

namespace Sweeps.ModelCore.Tests.Training;

/// <summary>The optimiser as a kernel, against sorting and against the plain composition of operators.</summary>
public sealed class SparseAdamWTests : TorchTest
{
    private static readonly TrainingOptions s_options = new()
    {
        Epsilon = 1e-3,
        WeightDecay = 0.1,
        GradientScale = GradientScale.Clip,
        ClipRms = 0.5,
    };

    public static TheoryData<string> Sets => Cpu.Sets;

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_largest_entries_stay_units_keep_their_floor_and_of_equal_entries_those_with_the_lowest_index(string set)
    {
        using var _ = Cpu.Use(set);
        for (var seed = 0UL; seed < 150; seed++)
        {
            var random = new KeyedRandom(seed, "projection");
            int rows = 1 + random.Next(40), columns = 1 + random.Next(70), floor = new[] { 0, 1, 4, 9 }[random.Next(4)];
            int? axis = random.Next(3) switch { 0 => 0, 1 => 1, _ => null };
            long[] shape = axis is null && random.Next(2) == 0 ? [rows * columns] : [rows, columns];
            var density = random.Next(5) switch { 0 => 0.0, 1 => 1.0, 2 => 0.02, _ => random.NextDouble() };
            var target = WeightProjection.TargetNonzeros(shape, density, axis, floor);

            using var scope = torch.NewDisposeScope();
            var parameter = Leaf(new("w", ParameterKind.Matrix, shape, axis), new float[rows * columns]);
            using var optimizer = new SparseAdamW([parameter], s_options with { MinNonzerosPerUnit = floor });
            float[] first = Values(rows * columns, random), second = Values(rows * columns, random);
            // The search for the threshold begins where the last one ended: at the right place, and at a wrong one.
            foreach (var values in new[] { first, first, second, first })
            {
                Set(parameter.Value, values);
                optimizer.Step(0.1, _ => density);
                var expected = Projected(
                    values, axis switch { 0 => i => i / columns, 1 => i => i % columns, _ => null }, floor, (int)target);
                Assert.True(
                    expected.SequenceEqual(parameter.Value.Values<float>()),
                    $"seed {seed}: [{rows}, {columns}], density {density}, floor {floor} along {axis}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_step_is_that_of_the_plain_composition_but_for_rounding(string set)
    {
        using var _ = Cpu.Use(set);
        for (var seed = 0UL; seed < 12; seed++)
        {
            var random = new KeyedRandom(seed, "steps");
            var options = s_options with
            {
                MinNonzerosPerUnit = new[] { 0, 1, 4 }[random.Next(3)],
                GradientScale = random.Next(2) == 0 ? GradientScale.Clip : GradientScale.Normalize,
                ClipRms = random.Next(2) == 0 ? 0.5 : 50,
                Beta1 = random.Next(2) == 0 ? 0.9 : 0.3,
            };
            var density = random.Next(3) switch { 0 => 0.98, 1 => 0.03, _ => random.NextDouble() };
            using var scope = torch.NewDisposeScope();
            var (ours, theirs) = (Model(), Model());
            double Density(ParameterKind kind) => kind switch
            {
                ParameterKind.Matrix or ParameterKind.OutputProjection => density,
                ParameterKind.Embedding => Math.Sqrt(density),
                ParameterKind.Bias => seed % 2 == 0 ? density : 1,
                _ => 1,
            };
            using var fused = new SparseAdamW(ours, options);
            using var plain = Plain(() => new SparseAdamW(theirs, options));
            for (var step = 1; step <= 4; step++)
            {
                using var stepScope = torch.NewDisposeScope();
                // Each step from the same place: rounding that chooses another of two equal weights must not grow.
                Copy(ours, theirs);
                plain.Adam.LoadStateDict(fused.Adam.StateDict().ToDictionary());
                SetGradients(ours, theirs, random, 1 + random.NextDouble());

                Near(plain.ScaleGradient(), fused.ScaleGradient());
                var lr = 0.05 * random.NextDouble();
                fused.Step(lr, Density);
                Plain(() =>
                {
                    plain.Step(lr, Density);
                    return 0;
                });

                foreach (var (a, b) in ours.Zip(theirs)) NearWeights(b.Value, a.Value, $"seed {seed}, step {step}: {a.Name}");
                foreach (var (a, b) in fused.Adam.StateDict().Zip(plain.Adam.StateDict()))
                    Near(b.Tensor, a.Tensor, $"seed {seed}, step {step}: {a.Name}");
                foreach (var (spec, value) in ours.Where(p => Density(p.Spec.Kind) < 1))
                    Assert.Equal(
                        WeightProjection.TargetNonzeros(spec.Shape, Density(spec.Kind), spec.FloorAxis, options.MinNonzerosPerUnit),
                        value.count_nonzero().ToInt64());
                Assert.All(ours, p => Assert.Null(p.Value.grad));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_number_of_threads_does_not_show_in_the_result(string set)
    {
        using var _ = Cpu.Use(set);
        var before = Threads.Get();
        try
        {
            var expected = Run(1);
            Assert.Equal(expected, Run(2));
            Assert.Equal(expected, Run(3));
        }
        finally
        {
            Threads.Set(before);
        }

        static List<float> Run(int threads)
        {
            Threads.Set(threads);
            using var scope = torch.NewDisposeScope();
            var random = new KeyedRandom(1, "threads");
            using var generator = new torch.Generator(1);
            List<Parameter> model =
            [
                Normal(new("rows", ParameterKind.Matrix, [190, 257], FloorAxis: 0), generator),
                Normal(new("columns", ParameterKind.Matrix, [257, 190], FloorAxis: 1), generator),
                Normal(new("embedding", ParameterKind.Embedding, [190, 100]), generator),
                Normal(new("dense", ParameterKind.BigramTable, [600, 600]), generator),
            ];
            using var optimizer = new SparseAdamW(model, s_options);
            var rms = new List<float>();
            for (var step = 0; step < 3; step++)
            {
                SetGradients(model, model, random, 3);
                rms.Add((float)optimizer.ScaleGradient());
                optimizer.Step(0.01, kind => kind == ParameterKind.BigramTable ? 1 : 0.1);
            }
            return [.. model.SelectMany(p => p.Value.Values<float>()), .. optimizer.Adam.StateDict().SelectMany(
                t => t.Tensor.to(ScalarType.Float32).Values<float>()), .. rms];
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_gradient_is_divided_by_its_RMS_over_all_parameters_jointly(bool isFused)
    {
        // So small that the constant that is added to the RMS shows, too.
        float[] first = [3e-5f, 0, -1e-5f, 2e-5f], second = [0.5e-5f, -0.25e-5f, 8e-5f];
        using var scope = torch.NewDisposeScope();
        var matrix = Leaf(new("matrix", ParameterKind.Matrix, [2, 2], FloorAxis: 0), new float[4]);
        var bias = Leaf(new("bias", ParameterKind.Bias, [3]), new float[3]);
        (matrix.Value.grad, bias.Value.grad) = (torch.tensor(first, [2, 2]), torch.tensor(second, [3]));
        var (rms, moments) = isFused ? Step() : Plain(Step);
        var expected = Math.Sqrt(first.Concat(second).Average(g => (double)g * g));
        Near(expected, rms);
        Near([.. first.Concat(second).Select(g => (float)((1 - 0.9) * g / (expected + 1e-5)))], moments, "first moment");

        (double Rms, float[] Moments) Step()
        {
            using var optimizer = new SparseAdamW(
                [matrix, bias], s_options with { GradientScale = GradientScale.Normalize, Beta1 = 0.9, GradientRmsEps = 1e-5 });
            Assert.Equal(isFused, Functions.enabled && optimizer.Adam.CanFuse);
            var before = optimizer.ScaleGradient();
            optimizer.Step(0, _ => 1);
            var state = optimizer.Adam.StateDict().ToDictionary();
            return (before, [.. state["exp_avg.matrix"].Values<float>(), .. state["exp_avg.bias"].Values<float>()]);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_gradient_that_is_not_finite_shows_in_its_RMS_as_without_kernels(float bad)
    {
        var values = new float[100];
        values[57] = bad;
        var parameter = Leaf(new("w", ParameterKind.Matrix, [10, 10], FloorAxis: 0), new float[100]);
        parameter.Value.grad = torch.tensor(values, [10, 10]);
        using var fused = new SparseAdamW([parameter], s_options);
        using var plain = Plain(() => new SparseAdamW([parameter], s_options));
        Assert.Equal(plain.ScaleGradient(), fused.ScaleGradient());
    }

    [Fact]
    public void A_parameter_without_gradient_is_projected_and_its_moments_stay()
    {
        var with = Leaf(new("with", ParameterKind.Matrix, [1, 4]), [1, 2, 3, 4]);
        var without = Leaf(new("without", ParameterKind.Matrix, [1, 4]), [1, 2, 3, 4]);
        with.Value.grad = torch.tensor(new float[] { 0, 0, 1, 1 }, [1, 4]);
        using var optimizer = new SparseAdamW([with, without], s_options with { WeightDecay = 0 });
        optimizer.Step(0, _ => 0.5);
        Assert.Equal([0, 0, 3, 4], with.Value.Values<float>());
        Assert.Equal([0, 0, 3, 4], without.Value.Values<float>());
        var state = optimizer.Adam.StateDict().ToDictionary();
        Assert.Equal((1, 0), (state["step.with"].ToInt64(), state["step.without"].ToInt64()));
        Assert.Equal([0, 0, 0, 0], state["exp_avg.without"].Values<float>());
    }

    [Fact]
    public void Training_ends_where_it_does_without_kernels()
    {
        using var folder = new TrainingFolder();
        var fused = Trainer.Run(folder.Job, folder);
        using var other = new TrainingFolder();
        var plain = Plain(() => Trainer.Run(other.Job, other));
        Assert.Equal(plain.Nonzeros, fused.Nonzeros);
        Assert.Equal(plain.ValidationLoss, fused.ValidationLoss, 1e-3);
    }

    // Many equal values, many zeros, one value only, one class of magnitudes, many magnitudes, infinities.
    private static float[] Values(int count, KeyedRandom random)
    {
        var kind = random.Next(7);
        return [.. Enumerable.Range(0, count).Select(_ => kind switch
        {
            0 => random.Next(7) - 3,
            1 => random.Next(10) == 0 ? (float)random.NextGaussian() : 0,
            2 => -0.3f,
            3 => 1 + ((float)random.NextDouble() * 0.01f),
            4 => (float)(random.NextGaussian() * Math.Pow(10, random.Next(60) - 30)),
            5 => random.Next(20) == 0 ? float.NegativeInfinity : random.Next(3),
            _ => (float)random.NextGaussian(),
        })];
    }

    // By sorting: the floor's entries first, then the largest of the rest.
    private static float[] Projected(float[] values, Func<int, int>? unitOf, int floor, int target)
    {
        var byRank = Enumerable.Range(0, values.Length).OrderByDescending(i => Math.Abs(values[i])).ThenBy(i => i).ToList();
        var stay = unitOf is null ? [] : byRank.GroupBy(unitOf).SelectMany(unit => unit.Take(floor)).ToHashSet();
        foreach (var i in byRank)
        {
            if (stay.Count >= target) break;
            stay.Add(i);
        }
        return [.. values.Select((v, i) => stay.Contains(i) ? v : 0)];
    }

    private static List<Parameter> Model()
    {
        using var generator = new torch.Generator(5);
        return
        [
            Normal(new("rows", ParameterKind.Matrix, [37, 70], FloorAxis: 0), generator),
            Normal(new("columns", ParameterKind.OutputProjection, [70, 37], FloorAxis: 1), generator),
            Normal(new("embedding", ParameterKind.Embedding, [33, 5]), generator),
            Normal(new("bias", ParameterKind.Bias, [53]), generator),
            Normal(new("gain", ParameterKind.NormGain, [19]), generator),
            Normal(new("bigram", ParameterKind.BigramTable, [21, 21]), generator),
        ];
    }

    private static Parameter Normal(ParameterSpec spec, torch.Generator generator) =>
        new(spec, torch.empty([.. spec.Shape]).normal_(0, 0.1, generator).requires_grad_());

    private static Parameter Leaf(ParameterSpec spec, float[] values) => new(spec, torch.tensor(values, [.. spec.Shape]).requires_grad_());

    private static void Set(Tensor parameter, float[] values)
    {
        using var _ = torch.no_grad();
        using var from = torch.tensor(values, parameter.shape);
        parameter.copy_(from);
    }

    private static void Copy(IReadOnlyList<Parameter> from, IReadOnlyList<Parameter> to)
    {
        using var _ = torch.no_grad();
        foreach (var (a, b) in from.Zip(to)) b.Value.copy_(a.Value);
    }

    private static void SetGradients(IReadOnlyList<Parameter> a, IReadOnlyList<Parameter> b, KeyedRandom random, double scale)
    {
        using var generator = new torch.Generator((ulong)random.Next(1 << 30));
        foreach (var (first, second) in a.Zip(b))
        {
            first.Value.grad = torch.empty(first.Value.shape).normal_(0, scale, generator);
            if (!ReferenceEquals(first, second)) second.Value.grad = first.Value.grad!.clone();
        }
    }

    private static T Plain<T>(Func<T> run)
    {
        Functions.enabled = false;
        try
        {
            return run();
        }
        finally
        {
            Functions.enabled = true;
        }
    }

    private static void Near(double expected, double found) => Assert.Equal(expected, found, 1e-6 * expected);

    private static void Near(Tensor expected, Tensor found, string what) =>
        Near(expected.to(ScalarType.Float32).Values<float>(), found.to(ScalarType.Float32).Values<float>(), what);

    private static void Near(float[] expected, float[] found, string what)
    {
        var tolerance = 1e-6 * expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance, $"{what}: element {i} is {found[i]}, expected {expected[i]}");
    }

    // Where both keep an entry it is the same; of two nearly equal ones each may keep another.
    private static void NearWeights(Tensor expected, Tensor found, string what)
    {
        float[] a = expected.Values<float>(), b = found.Values<float>();
        Near([.. a.Select(Math.Abs).Order()], [.. b.Select(Math.Abs).Order()], what);
        Near([.. a.Select((v, i) => b[i] == 0 ? 0 : v)], [.. b.Select((v, i) => a[i] == 0 ? 0 : v)], what);
        Assert.True(a.Zip(b).Count(pair => (pair.First == 0) != (pair.Second == 0)) <= 2, $"{what}: other entries stay");
    }
}
