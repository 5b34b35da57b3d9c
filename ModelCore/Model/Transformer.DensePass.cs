using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

public sealed partial class Transformer
{
    /// <summary>
    /// The loss of a batch and its gradients by kernels and dense products, layer by layer and back, without libtorch's graph: a function
    /// of C# in that graph costs up to 0.3 ms, and a step would have dozens. Shapes in comments: n = B · T rows.
    /// </summary>
    private sealed class DensePass
    {
        private readonly Transformer _model;
        private readonly ModelConfig _config;
        private readonly Tensor _tokens, _targets; // (n)
        private readonly long _b, _t;
        private readonly Tensor? _positions; // (T, dPosEmb)
        private readonly Tensor? _byPositions; // their gradient

        internal DensePass(Transformer model, Tensor tokens, Tensor targets)
        {
            (_model, _config) = (model, model.Config);
            (_b, _t) = (tokens.size(0), tokens.size(1));
            (_tokens, _targets) = (tokens.reshape(-1).contiguous(), targets.reshape(-1).contiguous());
            if (_config.DPosEmb == 0) return;
            _positions = model["transformer.wpe.weight"].narrow(0, 0, _t).detach();
            _byPositions = zeros_like(_positions);
        }

        /// <summary>The loss; the parameters have their gradients then.</summary>
        internal double Run()
        {
            _model.SparseMaps = 0;
            var x = RawKernels.Embedding(_model["transformer.wte.weight"], _tokens); // (n, d)
            var layers = Array.ConvertAll(_model._layers, w => new LayerPass(this, w));
            try
            {
                foreach (var layer in layers) x = layer.Forward(x);
                return Run(x, layers);
            }
            finally
            {
                foreach (var layer in layers) layer.Dispose();
            }
        }

        // From the last residual.
        private double Run(Tensor x, LayerPass[] layers)
        {
            var gain = _model["transformer.ln_f.weight"];
            var (read, inverse) = RawKernels.RmsNorm(x, gain, _config.RmsNormEps);
            using var head = new LinearPass(_model, _model["lm_head.weight"], _model.FinalLogitsBias, read);
            var logits = head.Y; // (n, V)
            if (_config.BigramTable) RawKernels.AddEmbedding(logits, _model["bigram_table"], _tokens);
            var (loss, lse) = RawKernels.CrossEntropy(logits, _targets);

            var dlogits = RawKernels.CrossEntropyBackward(logits, _targets, lse);
            logits.Dispose();
            if (_config.BigramTable) SetGradient(_model["bigram_table"], RawKernels.EmbeddingBackward(dlogits, _tokens, _config.VocabSize));
            var (dread, byHead, _) = head.Backward(dlogits);
            SetGradient(_model["lm_head.weight"], byHead);
            dlogits.Dispose();
            var (dx, dgain) = RawKernels.RmsNormBackward(x, gain, inverse, dread, null);
            SetGradient(gain, dgain);
            for (var i = layers.Length - 1; i >= 0; i--) dx = layers[i].Backward(dx);
            SetGradient(_model["transformer.wte.weight"], RawKernels.EmbeddingBackward(dx, _tokens, _config.VocabSize));
            if (_byPositions is not null)
            {
                var wpe = zeros_like(_model["transformer.wpe.weight"]);
                wpe.narrow(0, 0, _t).copy_(_byPositions);
                SetGradient(_model["transformer.wpe.weight"], wpe);
            }
            return loss;
        }

        /// <summary>AbsTopK and what stayed; null where all do.</summary>
        private (Tensor Y, Tensor? Kept) Node(NodeSite site, Tensor x, Tensor? onto = null)
        {
            var k = _config.TopK(site);
            if (k < x.size(1)) return RawKernels.AbsTopK(x, onto, k);
            return (onto is null ? x.contiguous() : onto + x, null);
        }

        private static Tensor NodeBackward(Tensor dy, Tensor? kept) => kept is null ? dy : RawKernels.AbsTopKBackward(dy, kept);

        /// <summary>One layer, there and back.</summary>
        private sealed class LayerPass(DensePass pass, Layer w) : IDisposable
        {
            private readonly Transformer _model = pass._model;
            private ReadPass? _read1, _read2;
            private LinearPass? _cAttn, _attnProj, _cFc, _mlpProj;
            private Tensor? _q, _k, _v, _keptQ, _keptK, _keptV, _o, _lse, _keptAttn, _before, _keptPost, _keptMlp;

            internal Tensor Forward(Tensor x)
            {
                int heads = _model.Config.NHead;
                long d = _model.Config.DModel;
                using var scope = NewDisposeScope();
                _read1 = new ReadPass(pass, NodeSite.AttnActIn, w.Ln1, w.LnP1, x);
                _cAttn = new LinearPass(_model, w.CAttn, w.CAttnBias, _read1.Y);
                (_q, _keptQ) = pass.Node(NodeSite.AttnQ, _cAttn.Y.narrow(1, 0, d));
                (_k, _keptK) = pass.Node(NodeSite.AttnK, _cAttn.Y.narrow(1, d, d));
                (_v, _keptV) = pass.Node(NodeSite.AttnV, _cAttn.Y.narrow(1, 2 * d, d));
                (_q, _k, _v) = (Sequences(_q), Sequences(_k), Sequences(_v));
                (_o, _lse) = RawKernels.Attention(_q, _k, _v, heads, w.SinkLogit);
                _attnProj = new LinearPass(_model, w.AttnProj, w.AttnProjBias, Rows(_o));
                (var x1, _keptAttn) = pass.Node(NodeSite.AttnResidDelta, _attnProj.Y, x);

                _read2 = new ReadPass(pass, NodeSite.MlpActIn, w.Ln2, w.LnP2, x1);
                _cFc = new LinearPass(_model, w.CFc, w.CFcBias, _read2.Y);
                _before = _cFc.Y;
                (var h, _keptPost) = pass.Node(NodeSite.MlpPostAct, RawKernels.Gelu(_before));
                _mlpProj = new LinearPass(_model, w.MlpProj, w.MlpProjBias, h);
                (var x2, _keptMlp) = pass.Node(NodeSite.MlpResidDelta, _mlpProj.Y, x1);
                // What the way back does not need goes with the scope.
                Tensor?[] own = [x1, x2, _q, _k, _v, _keptQ, _keptK, _keptV, _o, _lse, _keptAttn, _before, _keptPost, _keptMlp];
                foreach (var tensor in (Tensor?[])[.. own, .. _read1.Kept, .. _read2.Kept, _attnProj.X, _mlpProj.X])
                    tensor?.MoveToOuterDisposeScope();
                return x2;
            }

            internal Tensor Backward(Tensor dx2)
            {
                using var scope = NewDisposeScope();
                var (dh, byProj, byProjBias) = _mlpProj!.Backward(NodeBackward(dx2, _keptMlp));
                Set(w.MlpProj, byProj, w.MlpProjBias, byProjBias);
                var (dread2, byFc, byFcBias) = _cFc!.Backward(RawKernels.GeluBackward(_before!, NodeBackward(dh, _keptPost)));
                Set(w.CFc, byFc, w.CFcBias, byFcBias);
                var dx1 = _read2!.Backward(dread2, dx2);

                var (dout, byAttn, byAttnBias) = _attnProj!.Backward(NodeBackward(dx1, _keptAttn));
                Set(w.AttnProj, byAttn, w.AttnProjBias, byAttnBias);
                var (dq, dk, dv, dsinks) = RawKernels.AttentionBackward(
                    _q!, _k!, _v!, _model.Config.NHead, w.SinkLogit, _o!, _lse!, Sequences(dout));
                if (dsinks is not null) SetGradient(w.SinkLogit!, dsinks);
                var (dread1, byQkv, byQkvBias) = _cAttn!.Backward(
                    NodeBackward(Rows(dq), _keptQ), NodeBackward(Rows(dk), _keptK), NodeBackward(Rows(dv), _keptV));
                Set(w.CAttn, byQkv, w.CAttnBias, byQkvBias);
                return _read1!.Backward(dread1, dx1).MoveToOuterDisposeScope();
            }

            public void Dispose()
            {
                _cAttn?.Dispose();
                _attnProj?.Dispose();
                _cFc?.Dispose();
                _mlpProj?.Dispose();
            }

            private Tensor Sequences(Tensor rows) => rows.view(pass._b, pass._t, -1);

            private static Tensor Rows(Tensor sequences) => sequences.view(-1, sequences.size(2));

            private static void Set(Tensor weight, Tensor dw, Tensor bias, Tensor db)
            {
                SetGradient(weight, dw);
                SetGradient(bias, db);
            }
        }

        /// <summary>What a sublayer reads: the normalised residual and, beside it, the normalised positions; then AbsTopK.</summary>
        private sealed class ReadPass
        {
            private readonly DensePass _pass;
            private readonly Tensor _gain, _x, _inverse;
            private readonly Tensor? _positionGain, _positionInverse, _kept;

            internal ReadPass(DensePass pass, NodeSite site, Tensor gain, Tensor? positionGain, Tensor x)
            {
                (_pass, _gain, _positionGain, _x) = (pass, gain, positionGain, x);
                var eps = pass._config.RmsNormEps;
                (var read, _inverse) = RawKernels.RmsNorm(x, gain, eps);
                if (positionGain is not null)
                {
                    (var positions, _positionInverse) = RawKernels.RmsNorm(pass._positions!, positionGain, eps);
                    var beside = positions.unsqueeze(0).expand(pass._b, -1, -1);
                    read = cat([read.view(pass._b, pass._t, -1), beside], -1).view(pass._b * pass._t, -1);
                }
                (Y, _kept) = pass.Node(site, read);
            }

            /// <summary>(n, dRead).</summary>
            internal Tensor Y { get; }

            /// <summary>What the way back needs.</summary>
            internal IEnumerable<Tensor?> Kept => [Y, _inverse, _positionInverse, _kept];

            /// <summary>The gradient by the residual, with what else comes back to it.</summary>
            internal Tensor Backward(Tensor dy, Tensor beside)
            {
                var dread = NodeBackward(dy, _kept);
                if (_positionGain is not null)
                {
                    long d = _gain.numel(), dPos = _positionGain.numel();
                    var tail = dread.narrow(1, d, dPos).contiguous().view(_pass._b, _pass._t, dPos);
                    // One sequence after the other, whatever the number of threads.
                    var sum = zeros(_pass._t, dPos);
                    for (var i = 0; i < _pass._b; i++) sum.add_(tail.select(0, i));
                    var (byPositions, byPositionGain) = RawKernels.RmsNormBackward(
                        _pass._positions!, _positionGain, _positionInverse!, sum, null);
                    _pass._byPositions!.add_(byPositions);
                    SetGradient(_positionGain, byPositionGain);
                    dread = dread.narrow(1, 0, d).contiguous();
                }
                var (dx, dgain) = RawKernels.RmsNormBackward(_x, _gain, _inverse, dread, beside);
                SetGradient(_gain, dgain);
                return dx;
            }
        }

        /// <summary>A linear map, by the entries of its weight where these are few.</summary>
        private sealed class LinearPass : IDisposable
        {
            private readonly Transformer _model;
            private readonly Tensor _weight;
            private readonly SparseWeight? _entries;

            internal LinearPass(Transformer model, Tensor weight, Tensor bias, Tensor x)
            {
                (_model, _weight, X) = (model, weight, x);
                var most = model.Kernels == KernelChoice.Sparse ? int.MaxValue : (long)(Functions.DenseFrom * weight.numel());
                if (model.Kernels != KernelChoice.Dense) _entries = SparseWeight.Where(_weight, most);
                if (_entries is not null) model.SparseMaps++;
                Y = _entries?.Multiply(x, bias) ?? torch.nn.functional.linear(x, weight, bias);
            }

            /// <summary>(n, in).</summary>
            internal Tensor X { get; }

            /// <summary>(n, out).</summary>
            internal Tensor Y { get; }

            /// <summary>The gradients by the input, the weight and the bias, of dy in equal pieces of its columns.</summary>
            internal (Tensor Dx, Tensor Dw, Tensor Db) Backward(params ReadOnlySpan<Tensor> dy)
            {
                var (dw, db) = RawKernels.WeightGradient(
                    dy, X, _model.Kernels, _model.WeightGradient == WeightGradient.Bfloat16, _model.DenseWeightGradient);
                if (_entries is not null) return (_entries.MultiplyTransposed(dy), dw, db);
                var width = dy[0].size(1);
                var dx = dy[0].mm(_weight.narrow(0, 0, width));
                for (var i = 1; i < dy.Length; i++) dx.addmm_(dy[i], _weight.narrow(0, i * width, width));
                return (dx, dw, db);
            }

            public void Dispose() => _entries?.Dispose();
        }
    }
}
