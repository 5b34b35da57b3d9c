using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>Models in the layout that OpenAI released (openai/circuit_sparsity): a folder with beeg_config.json and final_model.pt.</summary>
public static class OpenAiCheckpoint
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Dictionary<string, NodeSite> _sites = new(StringComparer.Ordinal)
    {
        ["attn_in"] = NodeSite.AttnActIn,
        ["attn_q"] = NodeSite.AttnQ,
        ["attn_k"] = NodeSite.AttnK,
        ["attn_v"] = NodeSite.AttnV,
        ["attn_out"] = NodeSite.AttnResidDelta,
        ["mlp_in"] = NodeSite.MlpActIn,
        ["mlp_neuron"] = NodeSite.MlpPostAct,
        ["mlp_out"] = NodeSite.MlpResidDelta,
    };

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">the files are damaged, or the model has a part that this code does not have; the message names it</exception>
    public static Transformer Load(string folder, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var config = ReadConfig(Path.Combine(folder, "beeg_config.json"));
        var tensors = TorchFile.LoadStateDict(Path.Combine(folder, "final_model.pt"))
            .ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Float32, device ?? torch.CPU), StringComparer.Ordinal);
        if (config.DPosEmb == 0 && tensors.Remove("transformer.wpe.weight", out var wpe) && wpe.count_nonzero().ToInt64() != 0)
            throw new InvalidDataException($"{folder}: the model adds learned positions to the residual, which this code does not: expected a wpe of zeros, or d_pos_emb");
        return new Transformer(config, tensors);
    }

    /// <summary>Reads beeg_config.json alone.</summary>
    /// <exception cref="InvalidDataException">as in <see cref="Load"/></exception>
    public static ModelConfig ReadConfig(string path)
    {
        BeegConfig file;
        try
        {
            file = JsonSerializer.Deserialize<BeegConfig>(File.ReadAllBytes(path), _json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
        Expect("rms_norm", file.RmsNorm, true);
        Expect("bias", file.Bias, true);
        Expect("tied_unembed", file.TiedUnembed, false);
        Expect("activation_type", file.ActivationType, "gelu");
        Expect("residual_activation_type", file.ResidualActivationType, "identity");
        Expect("n_head * d_head", file.NHead * file.DHead, file.DModel);
        var config = new ModelConfig
        {
            NLayer = file.NLayer,
            DModel = file.DModel,
            NCtx = file.BlockSize,
            VocabSize = file.VocabSize,
            DHead = file.DHead,
            DMlp = file.DMlp ?? 0,
            DPosEmb = file.DPosEmb ?? 0,
            BigramTable = file.EnableBigramTable,
            AttentionSink = file.Sink,
            ActivationFraction = file.Afrac ?? 1,
            ActivationSites = file.Afrac is null ? [] : [.. file.AfracLoctypes.Split(',').Select(Site).Order()],
        };
        return config.Validate().FirstOrDefault() is { } problem ? throw new InvalidDataException($"{path}: {problem}") : config;

        void Expect<T>(string key, T value, T expected)
        {
            if (!Equals(value, expected)) throw new InvalidDataException($"{path}: {key} is {value}, which this code does not have: expected {expected}");
        }

        NodeSite Site(string name) => _sites.TryGetValue(name, out var site)
            ? site
            : throw new InvalidDataException($"{path}: afrac_loctypes has '{name}', which this code does not have: expected some of {string.Join(", ", _sites.Keys)}");
    }

    /// <summary>The keys of beeg_config.json that matter when a model runs.</summary>
    private sealed record BeegConfig
    {
        public required int NLayer { get; init; }
        public required int NHead { get; init; }
        public required int DHead { get; init; }
        public required int DModel { get; init; }
        public required int BlockSize { get; init; }
        public required int VocabSize { get; init; }
        public required bool Bias { get; init; }
        public required bool RmsNorm { get; init; }
        public required bool TiedUnembed { get; init; }
        public required string ActivationType { get; init; }
        public required string ResidualActivationType { get; init; }
        public double? Afrac { get; init; }
        public string AfracLoctypes { get; init; } = "";
        public int? DMlp { get; init; }
        public int? DPosEmb { get; init; }
        public bool EnableBigramTable { get; init; }
        public bool Sink { get; init; }
    }
}
