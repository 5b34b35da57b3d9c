using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.Benchmarks;

/// <summary>
/// A pruning step at the paper's width: 4 layers, d_model 2048, density 1/256, 32 sequences of 64 tokens (fewer than elsewhere: the plain
/// step takes seconds).
/// </summary>
internal static class WideBench
{
    private const int Pairs = 16, PromptTokens = 64, InverseDensity = 256;

    public static void Run(int runs, int threads)
    {
        var config = new ModelConfig { NLayer = 4, DModel = 2048, NCtx = PromptTokens };
        Threads.Set(threads);
        Console.WriteLine(
            $"Wide: {config.NLayer} layers, d_model {config.DModel}, d_mlp {config.MlpWidth}, density 1/{InverseDensity}, {threads} "
                + $"threads");
        Comparison.PrintHeader();
        using var model = Random(config, InverseDensity);
        using var rows = Rows(config);
        var gates = Gates(model);
        Comparison.Run(
            $"  mask-training step, {rows.Count} × {PromptTokens}", runs, 20,
            () => Step(model, rows, gates),
            () => model.Engine(KernelChoice.Sparse)!.Loss(rows, gates, wholeVocabulary: false));
    }

    /// <summary>
    /// Up to which density the engine is faster than dense products (with the other kernels), by width: <c>PruningEngine.MaxDensity</c>.
    /// </summary>
    public static void RunDensities(int runs, int threads)
    {
        Threads.Set(threads);
        Console.WriteLine(
            $"Engine against dense products with kernels: mask-training step, 2 layers, {2 * Pairs} × {PromptTokens}, {threads} threads");
        Console.WriteLine($"{"",-56} {"dense",10} {"engine",10} {"ratio",8}");
        foreach (var width in (int[])[64, 128, 256, 512])
        {
            foreach (var inverse in (double[])[4, 2, 1])
            {
                using var model = Random(new ModelConfig { NLayer = 2, DModel = width, NCtx = PromptTokens, VocabSize = 512 }, inverse);
                using var rows = Rows(model.Config);
                var gates = Gates(model);
                Turns(
                    width, inverse, runs, () => Step(model, rows, gates),
                    () => model.Engine(KernelChoice.Sparse)!.Loss(rows, gates, wholeVocabulary: false));
            }
        }
    }

    /// <summary>
    /// The same of training: losses and gradients of a batch by the native pass through the whole model, and by dense products with the
    /// other kernels: <c>Transformer.PassFrom</c>.
    /// </summary>
    public static void RunTrainingDensities(int runs, int threads)
    {
        const int Sequences = 12, Length = 96;
        Threads.Set(threads);
        Console.WriteLine(
            $"Native pass against dense products with kernels: loss and gradients, 2 layers, {Sequences} × {Length}, {threads} threads");
        Console.WriteLine($"{"",-56} {"dense",10} {"pass",10} {"ratio",8}");
        foreach (var width in (int[])[64, 128, 256, 512])
        {
            foreach (var inverse in (double[])[8, 5, 4, 3, 2, 1])
            {
                using var frozen = Random(new ModelConfig { NLayer = 2, DModel = width, NCtx = Length, VocabSize = 1024 }, inverse);
                var model = frozen.Model;
                using var generator = new torch.Generator(1);
                using var tokens = torch.randint(0, 1024, [Sequences, Length], dtype: ScalarType.Int64, generator: generator);
                Turns(width, inverse, runs, () => Gradients(KernelChoice.Dense), () => Gradients(KernelChoice.Sparse));

                void Gradients(KernelChoice kernels)
                {
                    using var scope = torch.NewDisposeScope();
                    model.Kernels = kernels;
                    model.LossAndGradients(tokens, tokens);
                }
            }
        }
    }

    // Both with the kernels switched on, which Comparison.Run would not leave to the dense side.
    private static void Turns(int width, double inverse, int runs, Action dense, Action sparse)
    {
        List<double> before = [], after = [];
        for (var run = 0; run <= runs; run++)
        {
            var slow = Stopwatches.Seconds(dense, 3);
            var fast = Stopwatches.Seconds(sparse, 3);
            if (run == 0) continue;
            before.Add(slow);
            after.Add(fast);
        }
        Comparison.Print($"  d_model {width}, density 1/{inverse}", new Timings(before), new Timings(after), 0);
    }

    private static void Step(FrozenModel model, TaskRows rows, float[] gates)
    {
        using var scope = torch.NewDisposeScope();
        model.Model.Kernels = KernelChoice.Dense;
        rows.Loss(model.Logits(rows.Tokens, rows.Positions, torch.tensor(gates, requires_grad: true)), wholeVocabulary: false).backward();
    }

    private static TaskRows Rows(ModelConfig config)
    {
        var random = new KeyedRandom(1, "pairs");
        int[] Prompt() => [.. Enumerable.Range(0, PromptTokens).Select(_ => random.Next(config.VocabSize))];
        return new TaskRows([.. Enumerable.Range(0, Pairs).Select(i => new TokenizedPair(i, Prompt(), Prompt(), 1, 2))], torch.CPU);
    }

    private static float[] Gates(FrozenModel model)
    {
        var random = new KeyedRandom(1, "gates");
        return [.. Enumerable.Range(0, model.Layout.Count).Select(_ => random.NextDouble() < 0.5 ? 1f : 0f)];
    }

    private static FrozenModel Random(ModelConfig config, double inverseDensity)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        var model = Transformer.Create(config, generator);
        using (torch.no_grad())
        {
            foreach (var (_, weight) in model.Parameters.Where(p => p.Spec.IsCounted && p.Spec.Shape.Count == 2))
                weight.mul_(torch.rand(weight.shape, generator: generator).lt(1.0 / inverseDensity).to(ScalarType.Float32));
        }
        return new FrozenModel(model, NodeLocation.All(config.NLayer).ToDictionary(at => at, at => torch.zeros(config.Width(at.Site))));
    }
}
