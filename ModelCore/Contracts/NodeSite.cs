namespace Sweeps.Contracts;

/// <summary>
/// The places at which a channel is a node, in the order a token meets them (OpenAI circuit_sparsity names): eight in each layer, and one
/// behind the last.
/// </summary>
public enum NodeSite
{
    /// <summary>attn.act_in: after the attention RMSNorm; a residual read.</summary>
    AttnActIn,

    /// <summary>attn.q: query channels, all heads side by side.</summary>
    AttnQ,

    /// <summary>attn.k: key channels.</summary>
    AttnK,

    /// <summary>attn.v: value channels.</summary>
    AttnV,

    /// <summary>attn.resid_delta: attention output before it is added; a residual write.</summary>
    AttnResidDelta,

    /// <summary>mlp.act_in: after the MLP RMSNorm; a residual read.</summary>
    MlpActIn,

    /// <summary>mlp.post_act: neurons, after GELU.</summary>
    MlpPostAct,

    /// <summary>mlp.resid_delta: MLP output before it is added; a residual write.</summary>
    MlpResidDelta,

    /// <summary>final_resid: what the last norm reads. A node only where that is asked for, and in no layer.</summary>
    FinalResid,
}
