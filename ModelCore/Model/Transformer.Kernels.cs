using Sweeps.ModelCore.Kernels.Autograd;
using System.Runtime.InteropServices;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

public sealed partial class Transformer
{
    /// <summary>
    /// Where every matrix has at most this part of its entries, one native pass through the whole model is faster than products by one
    /// matrix after the other; measured for widths from 64 to 512 (<c>--only densities</c>). It decides about rounding, so it depends on
    /// the values alone.
    /// </summary>
    internal const double PassFrom = 0.5;

    /// <summary>Why the native passes through whole models, which pruning and training have, cannot run this one, or null.</summary>
    internal string? Obstacle => Config.TopKOfResidual() < Config.DModel
        ? "AbsTopK acts on the residual (residual_topk): expected it at nodes alone"
        : ObstacleOfSublayers;

    // Why ResidualPass cannot run this model, or null.
    private string? ObstacleOfSublayers
    {
        get
        {
            if (FinalLogitsBias.device_type != DeviceType.CPU) return $"the device is {FinalLogitsBias.device}: expected the CPU";
            if (FinalLogitsBias.dtype != ScalarType.Float32) return $"weights are {FinalLogitsBias.dtype}: expected Float32";
            if (Config.AdditivePositions)
                return "positions are added to the residual (additive_positions): expected none, or concatenated ones";
            return Config.DHead == 16 ? null : $"d_head is {Config.DHead}: expected 16";
        }
    }

    /// <summary>
    /// The mean cross-entropy of the next token, nats, and its gradients, which become those of the parameters. On the CPU that is one
    /// native pass, sequence by sequence, where the matrices are sparse, and one of kernels and dense products elsewhere; otherwise <see
    /// cref="Loss"/> and libtorch's backward pass.
    /// </summary>
    /// <param name="tokens">token ids, int64 (B, T)</param>
    /// <param name="targets">the tokens that follow, int64 (B, T)</param>
    public double LossAndGradients(Tensor tokens, Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        if (!HasPasses(tokens))
        {
            var loss = Loss(tokens, targets);
            KernelBackward.Run(() => loss.backward());
            return loss.ToDouble();
        }
        using var noGradient = no_grad();
        return SparsePass(tokens, targets, differentiate: true) ?? DenseLossAndGradients(tokens, targets);
    }

    /// <summary>The loss by the native pass, without a graph; null where it cannot or would not pay.</summary>
    private double? PassLoss(Tensor tokens, Tensor targets)
        => is_grad_enabled() || !HasPasses(tokens) ? null : SparsePass(tokens, targets, differentiate: false);

    /// <summary>Whether <see cref="ResidualPass"/> runs this model over such tokens.</summary>
    internal bool HasPasses(Tensor tokens) => Functions.enabled && ObstacleOfSublayers is null && tokens.size(1) <= Config.NCtx;

    private unsafe double? SparsePass(Tensor tokens, Tensor targets, bool differentiate)
    {
        if (Kernels == KernelChoice.Dense || Obstacle is not null) return null;
        using var scope = NewDisposeScope();
        long b = tokens.size(0), length = tokens.size(1);
        if (b == 0 || length == 0) throw new ArgumentException($"there are no tokens: {tokens}", nameof(tokens));
        using var network = new NetworkArguments(this, length);
        Tensor ids = tokens.contiguous(), next = targets.contiguous();
        var batch = new NativeBatch { Tokens = Pointers.Longs(ids), Targets = Pointers.Longs(next), Sequences = b, T = length };
        using var gradients = differentiate ? new GradientArguments(this, network, b * length) : null;
        var into = gradients?.Native ?? default;
        double loss;
        int ran;
        Status.Check(NativeMethods.sw_training_loss(
            network.Native, &batch, Kernels == KernelChoice.Sparse ? 1 : PassFrom,
            WeightGradient == WeightGradient.Bfloat16 ? 1 : 0, gradients is null ? null : &into, &loss, &ran));
        if (ran == 0) return null;
        SparseMaps = LinearMaps;
        gradients?.Finish();
        return loss;
    }

    /// <summary>
    /// The model as the native passes take it, while it lives: addresses of the parameters, and the normalised positions that each layer
    /// reads.
    /// </summary>
    internal sealed unsafe class NetworkArguments : IDisposable
    {
        private readonly NativeLayer* _layers;
        private readonly NativeNetwork* _network;
        private readonly List<Tensor> _positions = [];

        /// <param name="model">its parameters must stay unchanged</param>
        /// <param name="length">the first so many positions</param>
        internal NetworkArguments(Transformer model, long length)
        {
            using var noGradient = no_grad();
            var c = model.Config;
            _layers = (NativeLayer*)NativeMemory.AllocZeroed((nuint)c.NLayer, (nuint)sizeof(NativeLayer));
            _network = (NativeNetwork*)NativeMemory.AllocZeroed(1, (nuint)sizeof(NativeNetwork));
            Raw = c.DPosEmb == 0 ? null : model["transformer.wpe.weight"].narrow(0, 0, length).detach().DetachFromDisposeScope();
            for (var i = 0; i < c.NLayer; i++)
            {
                var w = model._layers[i];
                _layers[i] = new NativeLayer
                {
                    Ln1 = Pointers.Floats(w.Ln1),
                    CAttn = Pointers.Floats(w.CAttn),
                    CAttnBias = Pointers.Floats(w.CAttnBias),
                    Sink = Pointers.Floats(w.SinkLogit),
                    AttnProj = Pointers.Floats(w.AttnProj),
                    AttnProjBias = Pointers.Floats(w.AttnProjBias),
                    Ln2 = Pointers.Floats(w.Ln2),
                    CFc = Pointers.Floats(w.CFc),
                    CFcBias = Pointers.Floats(w.CFcBias),
                    MlpProj = Pointers.Floats(w.MlpProj),
                    MlpProjBias = Pointers.Floats(w.MlpProjBias),
                    Positions1 = Pointers.Floats(Positions(w.LnP1)),
                    Positions2 = Pointers.Floats(Positions(w.LnP2)),
                };
            }
            *_network = new NativeNetwork
            {
                NLayer = c.NLayer,
                DModel = c.DModel,
                DPosEmb = c.DPosEmb,
                DMlp = c.MlpWidth,
                NCtx = length,
                Vocab = c.VocabSize,
                Eps = c.RmsNormEps,
                Layers = _layers,
                Wte = Pointers.Floats(model["transformer.wte.weight"]),
                Bigram = c.BigramTable ? Pointers.Floats(model["bigram_table"]) : null,
                LnF = Pointers.Floats(model["transformer.ln_f.weight"]),
                LmHead = Pointers.Floats(model["lm_head.weight"]),
                LogitsBias = Pointers.Floats(model.FinalLogitsBias),
            };
            foreach (var (i, site) in NodeLocation.Sites.Index()) _network->K[i] = c.TopK(site);

            Tensor? Positions(Tensor? gain)
            {
                if (gain is null) return null;
                var read = model.RmsNorm(Raw!, gain).DetachFromDisposeScope();
                _positions.Add(read);
                return read;
            }
        }

        internal NativeNetwork* Native => _network;

        /// <summary>The positions before their norms, (length, dPosEmb), or null.</summary>
        internal Tensor? Raw { get; }

        public void Dispose()
        {
            foreach (var positions in _positions) positions.Dispose();
            Raw?.Dispose();
            NativeMemory.Free(_network);
            NativeMemory.Free(_layers);
        }
    }

    /// <summary>Where a native pass puts the gradients.</summary>
    private sealed unsafe class GradientArguments : IDisposable
    {
        private readonly Transformer _model;
        private readonly Tensor? _positions;
        private readonly NativeLayer* _layers;
        private readonly List<(Tensor Parameter, Tensor Gradient)> _gradients = [];
        private readonly List<(Tensor Gain, Tensor Gradient)> _byPositions = [];
        private readonly Tensor _logits, _xn;

        /// <param name="model">the model</param>
        /// <param name="network">its arguments</param>
        /// <param name="n">tokens of the batch</param>
        internal GradientArguments(Transformer model, NetworkArguments network, long n)
        {
            var c = model.Config;
            (_model, _positions) = (model, network.Raw);
            _layers = (NativeLayer*)NativeMemory.AllocZeroed((nuint)c.NLayer, (nuint)sizeof(NativeLayer));
            (_logits, _xn) = (empty(n, c.VocabSize), empty(n, c.DModel));
            for (var i = 0; i < c.NLayer; i++)
            {
                var w = model._layers[i];
                _layers[i] = new NativeLayer
                {
                    Ln1 = By(w.Ln1),
                    CAttn = By(w.CAttn),
                    CAttnBias = By(w.CAttnBias),
                    Sink = By(w.SinkLogit),
                    AttnProj = By(w.AttnProj),
                    AttnProjBias = By(w.AttnProjBias),
                    Ln2 = By(w.Ln2),
                    CFc = By(w.CFc),
                    CFcBias = By(w.CFcBias),
                    MlpProj = By(w.MlpProj),
                    MlpProjBias = By(w.MlpProjBias),
                    Positions1 = ByPositions(w.LnP1),
                    Positions2 = ByPositions(w.LnP2),
                };
            }
            Native = new NativeGradients
            {
                Layers = _layers,
                Wte = By(model["transformer.wte.weight"]),
                Bigram = By(c.BigramTable ? model["bigram_table"] : null),
                LnF = By(model["transformer.ln_f.weight"]),
                Logits = Pointers.Floats(_logits),
                Xn = Pointers.Floats(_xn),
            };

            float* By(Tensor? parameter)
            {
                if (parameter is null) return null;
                var gradient = empty(parameter.shape);
                _gradients.Add((parameter, gradient));
                return Pointers.Floats(gradient);
            }

            float* ByPositions(Tensor? gain)
            {
                if (gain is null) return null;
                var gradient = empty(_positions!.shape);
                _byPositions.Add((gain, gradient));
                return Pointers.Floats(gradient);
            }
        }

        internal NativeGradients Native { get; }

        /// <summary>Makes the gradients that the pass leaves to others, and gives all to the parameters.</summary>
        internal void Finish()
        {
            foreach (var (parameter, gradient) in _gradients) SetGradient(parameter, gradient);
            SetGradient(_model["lm_head.weight"], _model.DenseWeightGradient(_logits, _xn));
            if (_positions is null) return;
            var wpe = zeros_like(_model["transformer.wpe.weight"]);
            var read = wpe.narrow(0, 0, _positions.size(0));
            foreach (var (gain, gradient) in _byPositions)
            {
                var inverse = RawKernels.InverseRms(_positions, gain, _model.Config.RmsNormEps);
                var (dx, dgain) = RawKernels.RmsNormBackward(_positions, gain, inverse, gradient, null);
                read.add_(dx);
                SetGradient(gain, dgain);
            }
            SetGradient(_model["transformer.wpe.weight"], wpe);
        }

        public void Dispose() => NativeMemory.Free(_layers);
    }

    /// <summary>dyᵀ x, both factors rounded to bfloat16 where the model says so.</summary>
    private Tensor DenseWeightGradient(Tensor dy, Tensor x)
    {
        if (WeightGradient != WeightGradient.Bfloat16) return dy.t().mm(x);
        using Tensor a = Rounded(dy), b = Rounded(x);
        return a.t().mm(b);

        static Tensor Rounded(Tensor tensor)
        {
            using var half = tensor.to(ScalarType.BFloat16);
            return half.to(ScalarType.Float32);
        }
    }

    // The parameter holds the gradient from now on; the object here is only another name for it.
    private static void SetGradient(Tensor parameter, Tensor gradient) => parameter.grad = gradient;
}
