using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

/// <summary>What a parameter is; it decides initialisation, weight decay and whether L0 counts it.</summary>
public enum ParameterKind
{
    /// <summary>Token embedding and unembedding: sparse, with an L0 of their own and without a floor.</summary>
    Embedding,

    /// <summary>The position embedding: dense unless asked for.</summary>
    PositionEmbedding,

    /// <summary>A matrix of attention or MLP that reads the residual or makes neurons: sparse.</summary>
    Matrix,

    /// <summary>A matrix that writes to the residual: as <see cref="Matrix"/>, with a smaller initial value.</summary>
    OutputProjection,

    /// <summary>A bias of a linear map: dense unless asked for.</summary>
    Bias,

    /// <summary>The gain of a norm: dense, not counted.</summary>
    NormGain,

    /// <summary>The sink logits of the heads: dense, not counted.</summary>
    SinkLogit,

    /// <summary>The bigram table: dense, not counted.</summary>
    BigramTable,

    /// <summary>A map between two models, trained with one of them and no part of it: dense, not decayed, not counted.</summary>
    Bridge,
}

/// <summary>The name, place and role of one parameter of a model.</summary>
/// <param name="Name">the name in OpenAI's checkpoints, e.g. <c>transformer.h.0.mlp.c_fc.weight</c></param>
/// <param name="Kind">its role</param>
/// <param name="Shape">its shape; matrices are (out, in)</param>
/// <param name="FloorAxis">
/// the axis along which neurons or attention channels lie (0 rows, 1 columns), for the floor on nonzeros per unit; null where there is no
/// floor
/// </param>
public sealed record ParameterSpec(string Name, ParameterKind Kind, IReadOnlyList<long> Shape, int? FloorAxis = null)
{
    /// <summary>
    /// Whether its nonzeros are counted: all but gains, sinks and the bigram table. Of these training sparsifies what the options ask for.
    /// </summary>
    public bool IsCounted =>
        Kind is not (ParameterKind.NormGain or ParameterKind.SinkLogit or ParameterKind.BigramTable or ParameterKind.Bridge);

    /// <summary>
    /// Whether weight decay applies: to matrices and embeddings, not to the bigram table, biases and gains (the authors' train.py).
    /// </summary>
    public bool IsDecayed => Shape.Count > 1 && Kind is not (ParameterKind.BigramTable or ParameterKind.Bridge);

    /// <summary>Number of entries.</summary>
    public long NumberOfElements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The parameters of a model of this shape, in the order of its files.</summary>
    public static IReadOnlyList<ParameterSpec> Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        long d = config.DModel, dRead = config.DModel + config.DPosEmb, dMlp = config.MlpWidth, vocab = config.VocabSize;
        var specs = new List<ParameterSpec> { new("transformer.wte.weight", ParameterKind.Embedding, [vocab, d]) };
        if (config.DPosEmb > 0 || config.AdditivePositions)
            specs.Add(
                new(
                    Transformer.PositionsName, ParameterKind.PositionEmbedding,
                    [config.NCtx, config.AdditivePositions ? d : config.DPosEmb]));
        for (var layer = 0; layer < config.NLayer; layer++)
        {
            var h = $"transformer.h.{layer}.";
            specs.Add(new($"{h}ln_1.weight", ParameterKind.NormGain, [d]));
            if (config.DPosEmb > 0) specs.Add(new($"{h}ln_p1.weight", ParameterKind.NormGain, [config.DPosEmb]));
            specs.Add(new($"{h}attn.c_attn.weight", ParameterKind.Matrix, [3 * d, dRead], FloorAxis: 0));
            specs.Add(new($"{h}attn.c_attn.bias", ParameterKind.Bias, [3 * d]));
            if (config.AttentionSink) specs.Add(new($"{h}attn.attn_imp.sink_logit", ParameterKind.SinkLogit, [config.NHead]));
            specs.Add(new($"{h}attn.c_proj.weight", ParameterKind.OutputProjection, [d, d], FloorAxis: 1));
            specs.Add(new($"{h}attn.c_proj.bias", ParameterKind.Bias, [d]));
            specs.Add(new($"{h}ln_2.weight", ParameterKind.NormGain, [d]));
            if (config.DPosEmb > 0) specs.Add(new($"{h}ln_p2.weight", ParameterKind.NormGain, [config.DPosEmb]));
            specs.Add(new($"{h}mlp.c_fc.weight", ParameterKind.Matrix, [dMlp, dRead], FloorAxis: 0));
            specs.Add(new($"{h}mlp.c_fc.bias", ParameterKind.Bias, [dMlp]));
            specs.Add(new($"{h}mlp.c_proj.weight", ParameterKind.OutputProjection, [d, dMlp], FloorAxis: 1));
            specs.Add(new($"{h}mlp.c_proj.bias", ParameterKind.Bias, [d]));
        }
        specs.Add(new("transformer.ln_f.weight", ParameterKind.NormGain, [d]));
        specs.Add(new("lm_head.weight", ParameterKind.Embedding, [vocab, d]));
        if (config.BigramTable) specs.Add(new("bigram_table", ParameterKind.BigramTable, [vocab, vocab]));
        return specs;
    }
}

/// <summary>One parameter of a model.</summary>
/// <param name="Spec">name, kind, shape</param>
/// <param name="Value">the values; the model owns the tensor</param>
public sealed record Parameter(ParameterSpec Spec, Tensor Value)
{
    /// <summary>The name in files.</summary>
    public string Name => Spec.Name;
}
