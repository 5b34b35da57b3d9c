using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>
/// Models in the layout that OpenAI released (openai/circuit_sparsity): a folder with beeg_config.json and final_model.pt.
/// </summary>
public static class OpenAiCheckpoint
{
    /// <summary>The name of the file with the shape.</summary>
    public const string ConfigFile = "beeg_config.json";

    /// <summary>The name of the file with the tensors.</summary>
    public const string TensorFile = "final_model.pt";

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

    /// <summary>Reads a model, its tensors as float32.</summary>
    /// <exception cref="InvalidDataException">
    /// the files are damaged, or the model has a part that this code does not have; the message names it
    /// </exception>
    public static Transformer Load(string folder, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var config = ReadConfig(Path.Combine(folder, ConfigFile));
        var path = Path.Combine(folder, TensorFile);
        var tensors = TorchFile.LoadStateDict(path)
            .Where(t => !IsCausalMask(t.Key))
            .ToDictionary(t => t.Key, t => t.Value.to(ScalarType.Float32, device ?? torch.CPU), StringComparer.Ordinal);
        // Without concatenated positions the released code adds the table; most models have zeros there.
        if (config.DPosEmb == 0 && tensors.TryGetValue(Transformer.PositionsName, out var positions))
        {
            if (positions.count_nonzero().ToInt64() == 0) tensors.Remove(Transformer.PositionsName);
            else config = config with { AdditivePositions = true };
        }
        try
        {
            return new Transformer(config, tensors);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Reads beeg_config.json alone. Whether positions are added to the residual is not in it.</summary>
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
        Expect("use_tied_aux_matrix", file.UseTiedAuxMatrix, false);
        if (file.NHead < 1 || file.DModel % file.NHead != 0)
            throw new InvalidDataException($"{path}: n_head is {file.NHead}: expected 1 or more that divide d_model, {file.DModel}");
        var dHead = file.DHead ?? file.DModel / file.NHead;
        if (file.NHead * dHead != file.DModel)
        {
            throw new InvalidDataException(
                $"{path}: n_head is {file.NHead} and d_head {dHead}, which makes {file.NHead * dHead} channels for all heads together: "
                    + $"expected d_model, {file.DModel}");
        }
        var config = new ModelConfig
        {
            NLayer = file.NLayer,
            DModel = file.DModel,
            NCtx = file.BlockSize,
            VocabSize = file.VocabSize,
            DHead = dHead,
            DMlp = file.DMlp ?? file.NMlp ?? 0,
            DPosEmb = file.DPosEmb ?? 0,
            BigramTable = file.EnableBigramTable,
            AttentionSink = file.Sink,
            ActivationFraction = file.Afrac ?? 1,
            ActivationSites = file.Afrac is null ? [] : [.. file.AfracLoctypes.Split(',').Select(Site).Order()],
        };
        return config.Validate().FirstOrDefault() is { } problem ? throw new InvalidDataException($"{path}: {problem}") : config;

        void Expect<T>(string key, T value, T expected)
        {
            if (!Equals(value, expected))
                throw new InvalidDataException($"{path}: {key} is {value}, which this code does not have: expected {expected}");
        }

        NodeSite Site(string name) => _sites.TryGetValue(name, out var site)
            ? site
            : throw new InvalidDataException(
                $"{path}: afrac_loctypes has '{name}', which this code does not have: expected some of {string.Join(", ", _sites.Keys)}");
    }

    // A constant that the released code keeps beside the weights where it computes attention without a fused operator.
    private static bool IsCausalMask(string name) => name.EndsWith(".attn.bias", StringComparison.Ordinal);

    /// <summary>The keys of beeg_config.json that matter when a model runs; others are not looked at.</summary>
    private sealed record BeegConfig
    {
        public required int NLayer { get; init; }
        public required int NHead { get; init; }
        public int? DHead { get; init; }
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

        /// <summary>What older files call <see cref="DMlp"/>.</summary>
        public int? NMlp { get; init; }

        public int? DPosEmb { get; init; }
        public bool EnableBigramTable { get; init; }
        public bool UseTiedAuxMatrix { get; init; }
        public bool Sink { get; init; }
    }
}
