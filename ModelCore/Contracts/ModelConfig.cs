using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>The shape of a transformer; the defaults are the paper's [G 2.1, A.1].</summary>
public sealed record ModelConfig
{
    /// <summary>Number of layers; default 8.</summary>
    public int NLayer { get; init; } = 8;

    /// <summary>Width of the residual stream; default 2048. A multiple of <see cref="DHead"/>.</summary>
    public int DModel { get; init; } = 2048;

    /// <summary>Longest sequence, in tokens; default 256.</summary>
    public int NCtx { get; init; } = 256;

    /// <summary>Vocabulary size; default 2048. A sweep sets it from its tokenizer.</summary>
    public int VocabSize { get; init; } = 2048;

    /// <summary>Width of one attention head; default 16.</summary>
    public int DHead { get; init; } = 16;

    /// <summary>Neurons per layer; 0 (default) means 4 × <see cref="DModel"/>.</summary>
    public int DMlp { get; init; }

    /// <summary>
    /// Width of the learned absolute position embedding that is concatenated to every residual read; 0 (default) for none.
    /// </summary>
    public int DPosEmb { get; init; }

    /// <summary>
    /// Whether a learned absolute position embedding of width <see cref="DModel"/> is added to the token embedding, as in GPT-2; default
    /// false. The native passes through whole models do not have it: such a model is run by libtorch's operators, which takes longer.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that the files of all other models stay as they are
    public bool AdditivePositions { get; init; }

    /// <summary>Whether a dense vocab × vocab bigram table is added to the logits; default true. Not counted in L0.</summary>
    public bool BigramTable { get; init; } = true;

    /// <summary>Whether each head has a learnable sink logit in its softmax denominator; default false.</summary>
    public bool AttentionSink { get; init; }

    /// <summary>Fraction of entries that AbsTopK keeps; default 1/4; 1 switches it off. k = floor(width · fraction).</summary>
    public double ActivationFraction { get; init; } = 0.25;

    /// <summary>Sites at which AbsTopK acts; default all eight.</summary>
    public IReadOnlyList<NodeSite> ActivationSites { get; init; } = NodeLocation.Sites;

    /// <summary>
    /// Whether AbsTopK acts on the residual itself too, before each attention and each MLP, so that an encoder of bridges, which gives as
    /// few channels, can be exact (jacobcd52/sparse_pretrain_public); default false. The native passes through whole models do not have
    /// it: such a model is run by kernels sublayer by sublayer, and pruned by libtorch's operators, which takes longer.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that the files of all other models stay as they are
    public bool ResidualTopk { get; init; }

    /// <summary>ε of RMSNorm; default 1.1920929e-7, float32 machine epsilon, as in OpenAI's released models.</summary>
    public double RmsNormEps { get; init; } = 1.1920929e-7;

    /// <summary>Neurons per layer with the default resolved.</summary>
    [JsonIgnore]
    public int MlpWidth => DMlp == 0 ? 4 * DModel : DMlp;

    /// <summary>Number of heads, <see cref="DModel"/> / <see cref="DHead"/>.</summary>
    [JsonIgnore]
    public int NHead => DModel / DHead;

    /// <summary>Channels at <paramref name="site"/>: reads include the concatenated positions.</summary>
    public int Width(NodeSite site) => site switch
    {
        NodeSite.AttnActIn or NodeSite.MlpActIn => DModel + DPosEmb,
        NodeSite.MlpPostAct => MlpWidth,
        _ => DModel,
    };

    /// <summary>Entries that AbsTopK keeps at <paramref name="site"/>, or the width where it does not act.</summary>
    public int TopK(NodeSite site) =>
        ActivationSites.Contains(site) ? Math.Max(1, (int)Math.Floor(Width(site) * ActivationFraction)) : Width(site);

    /// <summary>Entries of the residual that AbsTopK keeps, or the width where it does not act.</summary>
    public int TopKOfResidual() => ResidualTopk ? Math.Max(1, (int)Math.Floor(DModel * ActivationFraction)) : DModel;

    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (NLayer < 1) yield return $"n_layer is {NLayer}: expected at least 1";
        if (DHead < 1) yield return $"d_head is {DHead}: expected at least 1";
        else if (DModel < 1 || DModel % DHead != 0) yield return $"d_model is {DModel}: expected a positive multiple of d_head ({DHead})";
        if (NCtx < 2) yield return $"n_ctx is {NCtx}: expected at least 2";
        if (VocabSize is < 2 or > 65536) yield return $"vocab_size is {VocabSize}: expected 2 to 65536";
        if (DMlp < 0) yield return $"d_mlp is {DMlp}: expected 0 (4 × d_model) or more";
        if (DPosEmb < 0) yield return $"d_pos_emb is {DPosEmb}: expected 0 (none) or more";
        if (AdditivePositions && DPosEmb > 0)
            yield return $"additive_positions is true beside d_pos_emb of {DPosEmb}: expected one of the two";
        if (!(ActivationFraction > 0 && ActivationFraction <= 1))
            yield return $"activation_fraction is {ActivationFraction}: expected above 0 and at most 1";
        if (!(RmsNormEps > 0 && double.IsFinite(RmsNormEps))) yield return $"rms_norm_eps is {RmsNormEps}: expected a positive number";
    }
}
