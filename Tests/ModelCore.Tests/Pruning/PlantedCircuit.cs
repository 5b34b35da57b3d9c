using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Pruning;

/// <summary>
/// A one-layer model whose circuit is known. Prompts begin with token 1 (answer 10) or token 2 (answer 11), then the same filler. The first
/// token writes ±
/// to residual channel 0; attention copies channel 0 through v channel 3 to residual channel 5; the unembedding reads channel 5. All other
/// weights
/// are noise that says nothing about the answer.
/// </summary>
internal static class PlantedCircuit
{
    public static ModelConfig Config { get; } = new()
    {
        NLayer = 1,
        DModel = 16,
        DHead = 8,
        DMlp = 32,
        NCtx = 16,
        VocabSize = 12,
        ActivationFraction = 1,
        BigramTable = false,
    };

    /// <summary>The nodes that carry the answer.</summary>
    public static IReadOnlyList<(NodeLocation Location, int Channel)> Nodes { get; } =
        [(new(0, NodeSite.AttnActIn), 0), (new(0, NodeSite.AttnV), 3), (new(0, NodeSite.AttnResidDelta), 5)];

    /// <summary>An artifact of which only the name matters.</summary>
    public static ArtifactRef None { get; } = new("none", "00", 0);

    /// <summary>A pruning of it, to be run on a model and task that are given: its artifacts are none.</summary>
    public static PruneJob Job { get; } = new()
    {
        Output = "prune",
        Seed = 1,
        Model = None,
        MeanCache = None,
        Corpus = new CorpusArtifacts(None, None, None, None),
        Task = "planted",
        TaskSeed = 1,
        Options = new PruningOptions(),
        Hyperparameters = new PruningHyperparameters(),
    };

    /// <summary>A file that says of a circuit what a validation or a curve looks at.</summary>
    public static CircuitFile File(IEnumerable<(NodeLocation Location, int Channel)> nodes, string modelSha256) => new()
    {
        Task = "planted",
        TaskRule = "the first token",
        Model = None with { Sha256 = modelSha256 },
        ModelConfig = Config,
        Ablation = "mean",
        MeanCache = None,
        Masks = None,
        TargetLoss = 0.15,
        TargetReached = true,
        Losses = new CircuitLosses(0, 0, 0, 0, 1, 1, 0),
        NodeCount = nodes.Count(),
        EdgeCount = 0,
        Nodes = [.. nodes.GroupBy(n => n.Location).Select(g => new CircuitLocation(g.Key.Name, [.. g.Select(n => n.Channel)]))],
        Edges = [],
        Tokens = new CircuitTokens(new TokenWeight("a", 10, 1), new TokenWeight("b", 11, 1), [], []),
        Curve = [],
        Seed = 1,
        TaskSeed = 1,
        Method = PruningMethod.Learned,
        Hyperparameters = new PruningHyperparameters(),
        Options = new PruningOptions(),
        Versions = new Dictionary<string, string>(),
    };

    public static FrozenModel Model()
    {
        using var scope = torch.NewDisposeScope();
        var random = new KeyedRandom(5, "planted");
        var arrays = ParameterSpec.Of(Config).ToDictionary(s => s.Name, s => Noise(s, random), StringComparer.Ordinal);
        var (d, attn) = (Config.DModel, arrays["transformer.h.0.attn.c_attn.weight"]);
        var (wte, head) = (arrays["transformer.wte.weight"], arrays["lm_head.weight"]);
        for (var token = 0; token < Config.VocabSize; token++)
        {
            wte[token * d] = token switch { 1 => 4, 2 => -4, _ => 0 };
            wte[(token * d) + 1] = 1; // something for RMSNorm to divide by
            wte[(token * d) + 5] = 0;
            head[(token * d) + 5] = token switch { 10 => 6, 11 => -6, _ => 0 };
        }
        for (var channel = 0; channel < d; channel++)
        {
            // no other channel tells the answers apart
            if (channel != 5) (head[(10 * d) + channel], head[(11 * d) + channel]) = (0.1f, 0.1f);
            for (var row = 0; row < 3 * d; row++)
                if (channel == 0) attn[row * d] = 0; // nothing else reads channel 0
        }
        attn[((2 * d) + 3) * d] = 1.5f;
        var proj = arrays["transformer.h.0.attn.c_proj.weight"];
        for (var column = 0; column < d; column++) proj[(5 * d) + column] = column == 3 ? 2 : 0;
        for (var channel = 0; channel < Config.DMlp; channel++)
        {
            arrays["transformer.h.0.mlp.c_fc.weight"][channel * d] = 0;
            arrays["transformer.h.0.mlp.c_fc.weight"][(channel * d) + 5] = 0;
            arrays["transformer.h.0.mlp.c_proj.weight"][(5 * Config.DMlp) + channel] = 0;
        }
        var tensors = ParameterSpec.Of(Config).ToDictionary(
            s => s.Name, s => torch.tensor(arrays[s.Name], [.. s.Shape]), StringComparer.Ordinal);
        var model = new Transformer(Config, tensors);
        var tokens = Pairs(64, seed: 9).SelectMany(p => p.PromptA.Concat(p.PromptB)).Select(t => (long)t).ToArray();
        using var means = MeanCache.Compute(model, [torch.tensor(tokens, [128, tokens.Length / 128])]);
        return new FrozenModel(model, means.Means);
    }

    public static IReadOnlyList<TokenizedPair> Pairs(int count, ulong seed)
    {
        var random = new KeyedRandom(seed, "pairs");
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                int[] filler = [.. Enumerable.Range(0, 7).Select(_ => 3 + random.Next(7))];
                return new TokenizedPair(i, [1, .. filler], [2, .. filler], 10, 11);
            }),
        ];
    }

    /// <summary>The task itself, its prompts with the wrong first token, and one that no model has room for.</summary>
    public static IReadOnlyList<(TaskVariant Variant, Func<int, IReadOnlyList<TokenizedPair>> Pairs)> Variants { get; } =
    [
        (Variant("none", 0), count => Pairs(count, 20)),
        (Variant("opposite", 1), count => [.. Pairs(count, 20).Select(p => p with { PromptA = p.PromptB, PromptB = p.PromptA })]),
        (Variant("opposite", 2), _ => throw new TaskException("too long")),
    ];

    private static TaskVariant Variant(string kind, int level) => new(kind, level, TaskCatalog.Get("bracket_counting"));

    private static float[] Noise(ParameterSpec spec, KeyedRandom random) => spec.Kind == ParameterKind.NormGain
        ? [.. Enumerable.Repeat(1f, (int)spec.NumberOfElements)]
        : [.. Enumerable.Range(0, (int)spec.NumberOfElements).Select(
            _ => spec.Shape.Count == 1 ? 0 : (float)(random.NextGaussian() * 0.2))];
}
