using Sweeps.ModelCore.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Model;

public sealed partial class Transformer
{
    /// <summary>
    /// A run of the model, or of the rest of it from a residual on, by kernels and dense products, sublayer by sublayer and back, without
    /// libtorch's graph: a function of C# in that graph costs up to 0.3 ms, and a step would have dozens. For what <see cref="HasPasses"/>
    /// says. What it keeps for the backward pass is in the scope that it is made in. Shapes in comments: n = B · T rows. Sites are the
    /// residuals before each attention and each MLP, by number, and behind them all the final one.
    /// </summary>
    internal sealed class ResidualPass : IDisposable
    {
        private readonly Transformer _model;
        private readonly ModelConfig _config;
        private readonly Tensor _tokens; // (n)
        private readonly long _b, _t;
        private readonly bool _isWhole, _trains, _adds;
        private readonly int _first; // site
        private readonly Tensor? _positions; // (T, dPosEmb)
        private readonly Tensor? _byPositions; // their gradient
        private readonly Sublayer[] _sublayers;
        private readonly List<Tensor> _sums = [], _residuals = []; // (n, d), from the first site on, before AbsTopK and after it
        private readonly List<Tensor?> _kept = []; // which channels were kept; null where all were
        private readonly Tensor _inverse;
        private readonly LinearPass? _head;

        /// <summary>Runs forwards.</summary>
        /// <param name="model">whose parameters must stay as they are until the backward pass is done</param>
        /// <param name="tokens">int64 (B, T)</param>
        /// <param name="trains">whether the parameters get gradients in the backward pass</param>
        /// <param name="adds">whether these are added to those that they have</param>
        /// <param name="from">the residual to go on from; null for the whole model</param>
        /// <param name="x">its value, (B, T, d)</param>
        internal ResidualPass(
            Transformer model, Tensor tokens, bool trains, bool adds = false, ValueLocation? from = null, Tensor? x = null)
        {
            (_model, _config, _isWhole, _trains, _adds) = (model, model.Config, from is null, trains, adds);
            (_b, _t) = (tokens.size(0), tokens.size(1));
            _tokens = tokens.reshape(-1).contiguous();
            if (_config.DPosEmb > 0)
            {
                _positions = model[PositionsName].narrow(0, 0, _t).detach();
                if (trains) _byPositions = zeros_like(_positions);
            }
            _first = from is { } at ? SiteOf(at) : 0;
            _sublayers = [.. Enumerable.Range(_first, (2 * _config.NLayer) - _first).Select(Make)];
            var maps = model.SparseMaps;
            model.SparseMaps = 0;
            try
            {
                var residual = from is null
                    ? RawKernels.Embedding(model["transformer.wte.weight"], _tokens)
                    : x!.detach().reshape(-1, _config.DModel).contiguous(); // (n, d)
                foreach (var (i, sublayer) in _sublayers.Index())
                {
                    // A residual that is given is one that AbsTopK has acted on.
                    residual = sublayer.Forward(Sparse(residual, i == 0 && !_isWhole ? _config.DModel : _config.TopKOfResidual()));
                }
                residual = Sparse(residual, _config.DModel);
                (var read, _inverse) = RawKernels.RmsNorm(residual, model["transformer.ln_f.weight"], _config.RmsNormEps);
                _head = new LinearPass(this, model["lm_head.weight"], model.FinalLogitsBias, read);
                Logits = _head.Y;
                if (_config.BigramTable) RawKernels.AddEmbedding(Logits, model["bigram_table"], _tokens);
            }
            catch
            {
                Dispose();
                throw;
            }
            // Counted of whole models.
            if (!_isWhole) model.SparseMaps = maps;

            Sublayer Make(int site) =>
                site % 2 == 0 ? new AttentionPass(this, model._layers[site / 2]) : new MlpPass(this, model._layers[site / 2]);
        }

        /// <summary>(n, V); gone when the backward pass begins.</summary>
        internal Tensor Logits { get; }

        /// <summary>The residual at a site that was run, (B, T, d).</summary>
        internal Tensor Residual(int site) => _residuals[site - _first].view(_b, _t, -1);

        /// <summary>The same before AbsTopK, in models where it acts on residuals.</summary>
        internal Tensor Sum(int site) => _sums[site - _first].view(_b, _t, -1);

        /// <summary>Runs back; the parameters have their gradients then, where they are trained.</summary>
        /// <param name="dlogits">the gradient by the logits, (n, V), which it disposes of</param>
        /// <param name="added">what is added to the gradients by <see cref="Sum"/>, (B, T, d), by site; null for nothing</param>
        /// <returns>the gradient by the first of these, (n, d)</returns>
        internal Tensor Backward(Tensor dlogits, IReadOnlyDictionary<int, Tensor>? added = null)
        {
            var gain = _model["transformer.ln_f.weight"];
            Logits.Dispose();
            if (_trains && _config.BigramTable)
                Give(_model["bigram_table"], RawKernels.EmbeddingBackward(dlogits, _tokens, _config.VocabSize));
            var (dread, byHead, _) = _head!.Backward(dlogits);
            Give(_model["lm_head.weight"], byHead);
            dlogits.Dispose();
            var (dx, dgain) = RawKernels.RmsNormBackward(_residuals[^1], gain, _inverse, dread, Added(_sublayers.Length));
            Give(gain, dgain);
            for (var i = _sublayers.Length - 1; i >= 0; i--)
            {
                dx = NodeBackward(_sublayers[i].Backward(dx), _kept[i]);
                if (Added(i) is { } more) dx = dx + more;
            }
            if (_isWhole && _trains)
                Give(_model["transformer.wte.weight"], RawKernels.EmbeddingBackward(dx, _tokens, _config.VocabSize));
            if (_byPositions is not null)
            {
                var wpe = zeros_like(_model[PositionsName]);
                wpe.narrow(0, 0, _t).copy_(_byPositions);
                Give(_model[PositionsName], wpe);
            }
            return dx;

            Tensor? Added(int sublayer) => added?.GetValueOrDefault(_first + sublayer)?.reshape(-1, _config.DModel).contiguous();
        }

        public void Dispose()
        {
            foreach (var sublayer in _sublayers) sublayer.Dispose();
            _head?.Dispose();
        }

        private Tensor Sparse(Tensor sum, int k)
        {
            var (residual, kept) = k < _config.DModel ? RawKernels.AbsTopK(sum, null, k) : (sum, null);
            _sums.Add(sum);
            _residuals.Add(residual);
            _kept.Add(kept);
            return residual;
        }

        private int SiteOf(ValueLocation at) => at.Site switch
        {
            ValueSite.ResidIn => 2 * at.Layer,
            ValueSite.ResidMid => (2 * at.Layer) + 1,
            ValueSite.FinalResid => 2 * _config.NLayer,
            _ => throw new ArgumentException($"{at} is no residual", nameof(at)),
        };

        private void Give(Tensor parameter, Tensor? gradient)
        {
            if (!_trains || gradient is null) return;
            if (_adds && parameter.grad is { } there) there.add_(gradient);
            else SetGradient(parameter, gradient);
        }

        /// <summary>AbsTopK, and which channels it kept; null where it kept all.</summary>
        private (Tensor Y, Tensor? Kept) Node(NodeSite site, Tensor x, Tensor? onto = null)
        {
            var k = _config.TopK(site);
            if (k < x.size(1)) return RawKernels.AbsTopK(x, onto, k);
            return (onto is null ? x.contiguous() : onto + x, null);
        }

        private static Tensor NodeBackward(Tensor dy, Tensor? kept) => kept is null ? dy : RawKernels.AbsTopKBackward(dy, kept);

        /// <summary>Attention or MLP of one layer, there and back.</summary>
        private abstract class Sublayer(ResidualPass pass, Layer w) : IDisposable
        {
            protected ResidualPass Pass { get; } = pass;

            protected Layer W { get; } = w;

            /// <summary>The residual behind it, (n, d).</summary>
            internal abstract Tensor Forward(Tensor x);

            /// <summary>The gradient by the residual before it, (n, d).</summary>
            internal abstract Tensor Backward(Tensor dy);

            public abstract void Dispose();

            /// <summary>What the backward pass does not need goes with the scope.</summary>
            protected static Tensor Keep(Tensor result, ReadOnlySpan<Tensor?> kept)
            {
                foreach (var tensor in kept) tensor?.MoveToOuterDisposeScope();
                return result.MoveToOuterDisposeScope();
            }

            protected void Give(Tensor weight, Tensor? dw, Tensor bias, Tensor? db)
            {
                Pass.Give(weight, dw);
                Pass.Give(bias, db);
            }
        }

        private sealed class AttentionPass(ResidualPass pass, Layer w) : Sublayer(pass, w)
        {
            private ReadPass? _read;
            private LinearPass? _cAttn, _proj;
            private Tensor? _q, _k, _v, _keptQ, _keptK, _keptV, _o, _lse, _keptOut;

            internal override Tensor Forward(Tensor x)
            {
                int heads = Pass._config.NHead;
                long d = Pass._config.DModel;
                using var scope = NewDisposeScope();
                _read = new ReadPass(Pass, NodeSite.AttnActIn, W.Ln1, W.LnP1, x);
                _cAttn = new LinearPass(Pass, W.CAttn, W.CAttnBias, _read.Y);
                (_q, _keptQ) = Pass.Node(NodeSite.AttnQ, _cAttn.Y.narrow(1, 0, d));
                (_k, _keptK) = Pass.Node(NodeSite.AttnK, _cAttn.Y.narrow(1, d, d));
                (_v, _keptV) = Pass.Node(NodeSite.AttnV, _cAttn.Y.narrow(1, 2 * d, d));
                (_q, _k, _v) = (Sequences(_q), Sequences(_k), Sequences(_v));
                (_o, _lse) = RawKernels.Attention(_q, _k, _v, heads, W.SinkLogit);
                _proj = new LinearPass(Pass, W.AttnProj, W.AttnProjBias, Rows(_o));
                (var y, _keptOut) = Pass.Node(NodeSite.AttnResidDelta, _proj.Y, x);
                return Keep(y, [_q, _k, _v, _keptQ, _keptK, _keptV, _o, _lse, _keptOut, .. _read.Kept, _proj.X]);
            }

            internal override Tensor Backward(Tensor dy)
            {
                using var scope = NewDisposeScope();
                var (dout, byProj, byProjBias) = _proj!.Backward(NodeBackward(dy, _keptOut));
                Give(W.AttnProj, byProj, W.AttnProjBias, byProjBias);
                var (dq, dk, dv, dsinks) = RawKernels.AttentionBackward(
                    _q!, _k!, _v!, Pass._config.NHead, W.SinkLogit, _o!, _lse!, Sequences(dout));
                if (dsinks is not null) Pass.Give(W.SinkLogit!, dsinks);
                var (dread, byQkv, byQkvBias) = _cAttn!.Backward(
                    NodeBackward(Rows(dq), _keptQ), NodeBackward(Rows(dk), _keptK), NodeBackward(Rows(dv), _keptV));
                Give(W.CAttn, byQkv, W.CAttnBias, byQkvBias);
                return _read!.Backward(dread, dy).MoveToOuterDisposeScope();
            }

            public override void Dispose()
            {
                _cAttn?.Dispose();
                _proj?.Dispose();
            }

            private Tensor Sequences(Tensor rows) => rows.view(Pass._b, Pass._t, -1);

            private static Tensor Rows(Tensor sequences) => sequences.view(-1, sequences.size(2));
        }

        private sealed class MlpPass(ResidualPass pass, Layer w) : Sublayer(pass, w)
        {
            private ReadPass? _read;
            private LinearPass? _cFc, _proj;
            private Tensor? _before, _keptPost, _keptOut;

            internal override Tensor Forward(Tensor x)
            {
                using var scope = NewDisposeScope();
                _read = new ReadPass(Pass, NodeSite.MlpActIn, W.Ln2, W.LnP2, x);
                _cFc = new LinearPass(Pass, W.CFc, W.CFcBias, _read.Y);
                _before = _cFc.Y;
                (var h, _keptPost) = Pass.Node(NodeSite.MlpPostAct, RawKernels.Gelu(_before));
                _proj = new LinearPass(Pass, W.MlpProj, W.MlpProjBias, h);
                (var y, _keptOut) = Pass.Node(NodeSite.MlpResidDelta, _proj.Y, x);
                return Keep(y, [_before, _keptPost, _keptOut, .. _read.Kept, _proj.X]);
            }

            internal override Tensor Backward(Tensor dy)
            {
                using var scope = NewDisposeScope();
                var (dh, byProj, byProjBias) = _proj!.Backward(NodeBackward(dy, _keptOut));
                Give(W.MlpProj, byProj, W.MlpProjBias, byProjBias);
                var (dread, byFc, byFcBias) = _cFc!.Backward(RawKernels.GeluBackward(_before!, NodeBackward(dh, _keptPost)));
                Give(W.CFc, byFc, W.CFcBias, byFcBias);
                return _read!.Backward(dread, dy).MoveToOuterDisposeScope();
            }

            public override void Dispose()
            {
                _cFc?.Dispose();
                _proj?.Dispose();
            }
        }

        /// <summary>What a sublayer reads: the normalised residual and, beside it, the normalised positions; then AbsTopK.</summary>
        private sealed class ReadPass
        {
            private readonly ResidualPass _pass;
            private readonly Tensor _gain, _x, _inverse;
            private readonly Tensor? _positionGain, _positionInverse, _kept;

            internal ReadPass(ResidualPass pass, NodeSite site, Tensor gain, Tensor? positionGain, Tensor x)
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

            /// <summary>What the backward pass needs.</summary>
            internal IEnumerable<Tensor?> Kept => [Y, _inverse, _positionInverse, _kept];

            /// <summary>The gradient by the residual, with what else comes back to it.</summary>
            internal Tensor Backward(Tensor dy, Tensor beside)
            {
                var dread = NodeBackward(dy, _kept);
                if (_positionGain is not null)
                {
                    if (_pass._trains) GivePositions(dread);
                    dread = dread.narrow(1, 0, _gain.numel()).contiguous();
                }
                var (dx, dgain) = RawKernels.RmsNormBackward(_x, _gain, _inverse, dread, beside);
                _pass.Give(_gain, dgain);
                return dx;
            }

            private void GivePositions(Tensor dread)
            {
                long d = _gain.numel(), dPos = _positionGain!.numel();
                var tail = dread.narrow(1, d, dPos).contiguous().view(_pass._b, _pass._t, dPos);
                // One sequence after the other, whatever the number of threads.
                var sum = zeros(_pass._t, dPos);
                for (var i = 0; i < _pass._b; i++) sum.add_(tail.select(0, i));
                var (byPositions, byPositionGain) = RawKernels.RmsNormBackward(
                    _pass._positions!, _positionGain, _positionInverse!, sum, null);
                _pass._byPositions!.add_(byPositions);
                _pass.Give(_positionGain, byPositionGain);
            }
        }

        /// <summary>A linear map, by the entries of its weight where these are few.</summary>
        private sealed class LinearPass : IDisposable
        {
            private readonly ResidualPass _pass;
            private readonly Tensor _weight;
            private readonly SparseWeight? _entries;

            internal LinearPass(ResidualPass pass, Tensor weight, Tensor bias, Tensor x)
            {
                (_pass, _weight, X) = (pass, weight, x);
                var model = pass._model;
                var most = model.Kernels == KernelChoice.Sparse ? int.MaxValue : (long)(Functions.DenseFrom * weight.numel());
                if (model.Kernels != KernelChoice.Dense) _entries = SparseWeight.Where(_weight, most);
                if (_entries is not null) model.SparseMaps++;
                Y = _entries?.Multiply(x, bias) ?? torch.nn.functional.linear(x, weight, bias);
            }

            /// <summary>(n, in).</summary>
            internal Tensor X { get; }

            /// <summary>(n, out).</summary>
            internal Tensor Y { get; }

            /// <summary>
            /// The gradients by the input, the weight and the bias, of dy in equal pieces of its columns; without those of what is not
            /// trained.
            /// </summary>
            internal (Tensor Dx, Tensor? Dw, Tensor? Db) Backward(params ReadOnlySpan<Tensor> dy)
            {
                var model = _pass._model;
                var (dw, db) = _pass._trains
                    ? RawKernels.WeightGradient(
                        dy, X, model.Kernels, model.WeightGradient == WeightGradient.Bfloat16, model.DenseWeightGradient)
                    : ((Tensor?)null, (Tensor?)null);
                if (_entries is not null) return (_entries.MultiplyTransposed(dy), dw, db);
                var width = dy[0].size(1);
                var dx = dy[0].mm(_weight.narrow(0, 0, width));
                for (var i = 1; i < dy.Length; i++) dx.addmm_(dy[i], _weight.narrow(0, i * width, width));
                return (dx, dw, db);
            }

            public void Dispose() => _entries?.Dispose();
        }
    }

    /// <summary>The loss by a <see cref="ResidualPass"/>; the parameters have their gradients then.</summary>
    private double DenseLossAndGradients(Tensor tokens, Tensor targets)
    {
        using var pass = new ResidualPass(this, tokens, trains: true);
        var next = targets.reshape(-1).contiguous();
        var (loss, lse) = RawKernels.CrossEntropy(pass.Logits, next);
        pass.Backward(RawKernels.CrossEntropyBackward(pass.Logits, next, lse));
        return loss;
    }
}
