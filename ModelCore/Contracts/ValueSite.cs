namespace Sweeps.Contracts;

/// <summary>The values of a forward pass that can be read and replaced, in the order a token meets them.</summary>
public enum ValueSite
{
    /// <summary>resid_in: the residual before attention.</summary>
    ResidIn,

    /// <summary>attn.act_in: as <see cref="NodeSite.AttnActIn"/>.</summary>
    AttnActIn,

    /// <summary>attn.q: as <see cref="NodeSite.AttnQ"/>.</summary>
    AttnQ,

    /// <summary>attn.k: as <see cref="NodeSite.AttnK"/>.</summary>
    AttnK,

    /// <summary>attn.v: as <see cref="NodeSite.AttnV"/>.</summary>
    AttnV,

    /// <summary>attn.y: what the heads give, side by side, before the output projection.</summary>
    AttnY,

    /// <summary>attn.resid_delta: as <see cref="NodeSite.AttnResidDelta"/>.</summary>
    AttnResidDelta,

    /// <summary>resid_mid: the residual between attention and MLP.</summary>
    ResidMid,

    /// <summary>mlp.act_in: as <see cref="NodeSite.MlpActIn"/>.</summary>
    MlpActIn,

    /// <summary>mlp.post_act: as <see cref="NodeSite.MlpPostAct"/>.</summary>
    MlpPostAct,

    /// <summary>mlp.resid_delta: as <see cref="NodeSite.MlpResidDelta"/>.</summary>
    MlpResidDelta,

    /// <summary>final_resid: what the last norm reads; in no layer.</summary>
    FinalResid,
}
