using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>
/// The two maps of one site between a dense model of width d_d and a sparse one of width d_s: f(h) = AbsTopK_k(E h + a) from dense to
/// sparse, g(h) = G h + b from sparse to dense [G 2.3].
/// </summary>
/// <param name="Site">a residual of both models</param>
/// <param name="EncoderWeight">E (d_s, d_d)</param>
/// <param name="EncoderBias">a (d_s)</param>
/// <param name="DecoderWeight">G (d_d, d_s): column j is what channel j of the sparse model is in the dense one</param>
/// <param name="DecoderBias">b (d_d)</param>
/// <param name="Channels">k, what the encoder keeps</param>
internal sealed record Bridge(
    ValueLocation Site, Tensor EncoderWeight, Tensor EncoderBias, Tensor DecoderWeight, Tensor DecoderBias, int Channels)
{
    /// <summary>f: a residual of the dense model, (..., d_d), as one of the sparse model, (..., d_s).</summary>
    internal Tensor Encode(Tensor h)
    {
        using var scope = torch.NewDisposeScope();
        var before = torch.nn.functional.linear(h, EncoderWeight, EncoderBias);
        return Functions.abs_topk(before, Channels).MoveToOuterDisposeScope();
    }

    /// <summary>g: a residual of the sparse model, (..., d_s), as one of the dense model, (..., d_d).</summary>
    internal Tensor Decode(Tensor h) => torch.nn.functional.linear(h, DecoderWeight, DecoderBias);
}
