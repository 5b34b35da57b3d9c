using System.Globalization;
using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.Benchmarks;

/// <summary>
/// Losses and gradients of a sparse model that is trained together with bridges to a dense one, against those of the two models trained
/// apart.
/// </summary>
internal static class BridgeBench
{
    private const int Rows = 12, Context = 96, Vocabulary = 1024, Width = 128;
    private const double Density = 0.125;

    public static void Run(int runs, int threads)
    {
        Threads.Set(threads);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Bridges: a sparse model of 2 layers, d_model {Width}, density {Density}, a dense one of d_model 64, {Rows} × {Context} "
                + $"tokens, {threads} threads; ms of losses and gradients, without the optimiser"));
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        var shape = new ModelConfig { NLayer = 2, DModel = Width, NCtx = Context, VocabSize = Vocabulary, BigramTable = false };
        using var sparse = Transformer.Create(shape, generator);
        foreach (var (spec, value) in sparse.Parameters)
        {
            if (spec.Kind is ParameterKind.Matrix or ParameterKind.OutputProjection)
                WeightProjection.Apply(value, Density, spec.FloorAxis, 4);
        }
        using var dense = Transformer.Create(shape with { DModel = 64, ActivationFraction = 1 }, generator);
        Tensor tokens = Tokens(), targets = Tokens();

        Side.Take(kernels: true);
        var alone = Measure("the sparse model alone", () => sparse.LossAndGradients(tokens, targets), null);
        var apart = alone + Measure("the dense model alone", () => dense.LossAndGradients(tokens, targets), null);
        foreach (var parameter in dense.Parameters) parameter.Value.requires_grad_(false);
        var options = new BridgeOptions();
        using var bridges = BridgeSet.Create(options, dense.Config, shape, 1, torch.CPU);
        foreach (var (name, drawn) in new (string, int[])[] { ("all 5 sites", [0, 1, 2, 3, 4]), ("2 sites", [1, 3]), ("1 site", [2]) })
            Measure($"together, {name}", () => new BridgePass(dense, sparse, bridges, options).Run(tokens, targets, drawn), apart);
        Side.Take(kernels: false);
        Measure(
            "together, all 5 sites, without kernels",
            () => new BridgePass(dense, sparse, bridges, options).Run(tokens, targets, [0, 1, 2, 3, 4]), apart);
        Side.Take(kernels: true);

        Tensor Tokens() => torch.randint(0, Vocabulary, [Rows, Context], dtype: ScalarType.Int64, generator: generator);

        double Measure(string what, Action step, double? against)
        {
            Step();
            double[] times = [.. Enumerable.Range(0, runs).Select(_ => Stopwatches.Seconds(Step)).Order()];
            var median = times[runs / 2];
            var ratio = against is { } other
                ? string.Create(CultureInfo.InvariantCulture, $", {median / other:F2} times the two apart")
                : "";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what}: {1000 * median:F1}{ratio}"));
            return median;

            void Step()
            {
                using var own = torch.NewDisposeScope();
                foreach (var parameter in sparse.Parameters.Concat(dense.Parameters)) parameter.Value.grad = null;
                step();
            }
        }
    }
}
