using System.Globalization;
using Sweeps.ModelCore;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = Sweeps.ModelCore.Kernels.Functions;

namespace Sweeps.Benchmarks;

/// <summary>Each kernel alone, against the operators that it replaces.</summary>
internal static class KernelBench
{
    private const int Tokens = 2048;

    public static void Run(int runs, int cores)
    {
        Sweeps.ModelCore.Kernels.Threads.Set(cores);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture, $"Kernels ({TorchInfo.Read().KernelCapability}), {Tokens} tokens, {cores} threads"));
        Comparison.PrintHeader();
        using var generator = new torch.Generator(1);
        foreach (var d in new[] { 512, 2048 }) AbsTopK(d, runs, generator);
        foreach (var (d, inverse) in new[] { (512, 64), (512, 256), (2048, 64), (2048, 256) }) SparseLinear(d, inverse, runs, generator);
        foreach (var threads in cores == 1 ? [1] : new[] { 1, cores })
        {
            Sweeps.ModelCore.Kernels.Threads.Set(threads);
            foreach (var length in new[] { 64, 256 }) Attention(length, threads, runs, generator);
            Optimiser(threads, runs);
        }
    }

    private static void AbsTopK(int d, int runs, torch.Generator generator)
    {
        using var x = torch.randn([Tokens, d], generator: generator).requires_grad_();
        using var gradient = torch.randn([Tokens, d], generator: generator);
        void Work()
        {
            using var scope = torch.NewDisposeScope();
            F.abs_topk(x, d / 4).backward([gradient]);
            x.grad = null;
        }
        Forward($"  AbsTopK, rows of {d}, k {d / 4}, forward", runs, 20, () => F.abs_topk(x, d / 4), () => F.abs_topk(x, d / 4));
        Comparison.Run($"  AbsTopK, rows of {d}, k {d / 4}, fwd and bwd", runs, 0, Work, Work);
    }

    private static void SparseLinear(int d, int inverseDensity, int runs, torch.Generator generator)
    {
        using var scope = torch.NewDisposeScope();
        using var keep = torch.rand([d, d], generator: generator);
        var weight = torch.randn([d, d], generator: generator) * keep.lt(1.0 / inverseDensity).to(ScalarType.Float32);
        using var sparse = new SparseWeight(weight);
        var x = torch.randn([Tokens, d], generator: generator).requires_grad_();
        var gradient = torch.randn([Tokens, d], generator: generator);
        void Work(Func<Tensor> forward)
        {
            using var inner = torch.NewDisposeScope();
            forward().backward([gradient]);
            x.grad = null;
        }
        var name = $"  sparse linear {d} → {d}, density 1/{inverseDensity}";
        Forward(
            $"{name}, forward", runs, inverseDensity == 64 ? 10 : 14, () => torch.nn.functional.linear(x, weight),
            () => F.sparse_linear(x, sparse));
        Comparison.Run(
            $"{name}, fwd and dx", runs, 0,
            () => Work(() => torch.nn.functional.linear(x, weight)), () => Work(() => F.sparse_linear(x, sparse)));
    }

    private static void Forward(string name, int runs, double goal, Func<Tensor> plain, Func<Tensor> kernels)
    {
        using var noGradient = torch.no_grad();
        Comparison.Run(name, runs, goal, () => plain().Dispose(), () => kernels().Dispose());
    }

    private static void Attention(int length, int threads, int runs, torch.Generator generator)
    {
        const int d = 512;
        using var scope = torch.NewDisposeScope();
        Tensor Random() => torch.randn([Tokens / length, length, d], generator: generator).requires_grad_();
        Tensor[] inputs = [Random(), Random(), Random(), torch.randn([d / 16], generator: generator).requires_grad_()];
        var gradient = torch.randn([Tokens / length, length, d], generator: generator);
        void Work()
        {
            using var inner = torch.NewDisposeScope();
            F.causal_attention(inputs[0], inputs[1], inputs[2], d / 16, inputs[3]).backward([gradient]);
            foreach (var input in inputs) input.grad = null;
        }
        Comparison.Run(
            $"  attention with sink, 32 heads, T {length}, fwd and bwd, {Threads(threads)}", runs, threads == 1 && length == 256 ? 4 : 0,
            Work, Work);
    }

    /// <summary>Clipping, AdamW and projection of all parameters of M.</summary>
    private static void Optimiser(int threads, int runs)
    {
        using var generator = new torch.Generator(1);
        using var model = Transformer.Create(BenchSize.M.Model, generator);
        foreach (var parameter in model.Parameters) parameter.Value.grad = torch.randn([.. parameter.Spec.Shape], generator: generator);
        var gradients = model.Parameters.Select(p => p.Value.grad).ToList();
        var options = new TrainingOptions();
        Functions.enabled = false;
        using var plain = new SparseAdamW(model.Parameters, options);
        Functions.enabled = true;
        using var fused = new SparseAdamW(model.Parameters, options);
        foreach (var density in new[] { 0.5, BenchSize.Density })
            Comparison.Run(
                $"  AdamW, normalisation, top-k of M, density {density.ToString("G3", CultureInfo.InvariantCulture)}, {Threads(threads)}",
                runs, 4, () => Step(plain, density), () => Step(fused, density));
        foreach (var gradient in gradients) gradient?.Dispose();

        void Step(SparseAdamW optimiser, double density)
        {
            for (var i = 0; i < gradients.Count; i++) model.Parameters[i].Value.grad = gradients[i];
            optimiser.ScaleGradient();
            optimiser.Step(
                1e-3, kind => kind is ParameterKind.Matrix or ParameterKind.OutputProjection or ParameterKind.Embedding ? density : 1);
        }
    }

    private static string Threads(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";
}
