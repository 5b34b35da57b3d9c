using Sweeps.ModelCore.Torch;
using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Model;

public sealed partial class Transformer
{
    /// <summary>Why the native passes through whole models, which pruning and training have, cannot run this one, or null.</summary>
    internal string? Obstacle
    {
        get
        {
            if (FinalLogitsBias.device.type != DeviceType.CPU) return $"the device is {FinalLogitsBias.device}: expected the CPU";
            if (FinalLogitsBias.dtype != ScalarType.Float32) return $"weights are {FinalLogitsBias.dtype}: expected Float32";
            return Config.DHead == 16 ? null : $"d_head is {Config.DHead}: expected 16";
        }
    }

    /// <summary>Sizes of the model as the native passes take them, for sequences of at most <paramref name="length"/> tokens.</summary>
    internal long[] NativeShape(long length) =>
    [
        Config.NLayer, Config.DModel, Config.DPosEmb, Config.MlpWidth, length, Config.VocabSize, .. NodeLocation.Sites.Select(site => (long)Config.TopK(site)),
    ];

    /// <summary>
    /// The model's tensors as the native passes take them: of each layer its parameters and the normalised positions that it reads, then what stands before and behind the layers.
    /// </summary>
    /// <param name="length">the first so many positions</param>
    internal List<Tensor?> NativeTensors(long length)
    {
        var tensors = new List<Tensor?>();
        var positions = Config.DPosEmb == 0 ? null : this["transformer.wpe.weight"].narrow(0, 0, length);
        foreach (var w in _layers)
        {
            Tensor? Positions(Tensor? gain) => gain is null ? null : RmsNorm(positions!, gain);
            tensors.AddRange(
            [
                w.Ln1, w.CAttn, w.CAttnBias, w.SinkLogit, w.AttnProj, w.AttnProjBias, w.Ln2, w.CFc, w.CFcBias, w.MlpProj, w.MlpProjBias, Positions(w.LnP1), Positions(w.LnP2),
            ]);
        }
        tensors.AddRange(
            [this["transformer.wte.weight"], Config.BigramTable ? this["bigram_table"] : null, this["transformer.ln_f.weight"], this["lm_head.weight"], FinalLogitsBias]);
        return tensors;
    }

    /// <summary>
    /// <see cref="Loss"/> and its gradients by one native pass, sequence by sequence, which keeps what a sequence needs in the processor's caches. Null where a matrix is too dense for
    /// that to pay, or where it is not possible.
    /// </summary>
    private Tensor? FusedLoss(Tensor tokens, Tensor targets)
    {
        if (Kernels == KernelChoice.Dense || !torch.backends.kernels.enabled || Obstacle is not null || tokens.size(1) > Config.NCtx) return null;
        using var scope = torch.NewDisposeScope();
        var length = tokens.size(1);
        using var handles = new Handles(NativeTensors(length));
        var loss = Errors.Optional(
            Native.sw_transformer_loss(
                NativeShape(length), Config.RmsNormEps, handles.Span, handles.Span.Length, tokens.contiguous(), targets.contiguous(), Kernels == KernelChoice.Sparse ? 1 : 0,
                WeightGradient == WeightGradient.Bfloat16 ? 1 : 0),
            tokens, "Loss");
        if (loss is null) return null;
        SparseMaps = LinearMaps;
        return scope.Keep(loss);
    }
}
