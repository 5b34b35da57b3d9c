using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Torch;

namespace Sweeps.Benchmarks;

/// <summary>A pruning step at the paper's width: 4 layers, d_model 2048, density 1/256, 32 sequences of 64 tokens (fewer than elsewhere: the plain step takes seconds).</summary>
internal static class WideBench
{
    private const int Pairs = 16, PromptTokens = 64, InverseDensity = 256;

    public static void Run(int runs, int threads)
    {
        var config = new ModelConfig { NLayer = 4, DModel = 2048, NCtx = PromptTokens };
        torch.set_num_threads(threads);
        Console.WriteLine($"Wide: {config.NLayer} layers, d_model {config.DModel}, d_mlp {config.MlpWidth}, density 1/{InverseDensity}, {threads} threads");
        Comparison.PrintHeader();
        using var model = Random(config);
        var random = new KeyedRandom(1, "pairs");
        int[] Prompt() => [.. Enumerable.Range(0, PromptTokens).Select(_ => random.Next(config.VocabSize))];
        using var rows = new TaskRows([.. Enumerable.Range(0, Pairs).Select(i => new TokenizedPair(i, Prompt(), Prompt(), 1, 2))], Device.CPU);
        float[] gates = [.. Enumerable.Range(0, model.Layout.Count).Select(_ => random.NextDouble() < 0.5 ? 1f : 0f)];
        Comparison.Run(
            $"  mask-training step, {rows.Count} × {PromptTokens}", runs, 20,
            () =>
            {
                using var scope = torch.NewDisposeScope();
                rows.Loss(model.Logits(rows.Tokens, rows.Positions, torch.tensor(gates, requires_grad: true)), wholeVocabulary: false).backward();
            },
            () => model.Engine(KernelChoice.Sparse)!.Loss(rows, gates, wholeVocabulary: false));
    }

    private static FrozenModel Random(ModelConfig config)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1);
        var model = Transformer.Create(config, generator);
        using (torch.no_grad())
        {
            foreach (var (_, weight) in model.Parameters.Where(p => p.Spec.IsSparse && p.Spec.Shape.Count == 2))
                weight.mul_(torch.rand(weight.shape, generator: generator).lt(1.0 / InverseDensity).to(ScalarType.Float32));
        }
        return new FrozenModel(model, NodeLocation.All(config.NLayer).ToDictionary(at => at, at => torch.zeros(config.Width(at.Site))));
    }
}
