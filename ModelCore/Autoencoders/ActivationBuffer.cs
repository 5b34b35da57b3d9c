using System.Globalization;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// Activations of a model on training tokens, made when they are needed and drawn in another order: half of the buffer is drawn, without
/// replacement, then what was drawn makes room for new ones. Batch t is a function of (model, corpus, options, seed, t), so that a training
/// resumes without the activations in its checkpoint.
/// </summary>
internal sealed class ActivationBuffer : IDisposable
{
    /// <summary>Tokens that pass through the model together, or one window if that is longer.</summary>
    internal const int TokensOfPass = 4096;

    private readonly Transformer _model;
    private readonly ValueLocation _at;
    private readonly ulong _seed;
    private readonly int _skip, _half, _batch, _size, _passes;
    private readonly BatchSampler _windows;
    private readonly Tensor _values; // (buffer, d), divided by the scale
    private readonly int[] _order;
    private int _round;
    private int _next; // batch within the round
    private bool _filled;

    /// <param name="model">whose activations; it must outlive the buffer</param>
    /// <param name="tokens">the training tokens; they must outlive it too</param>
    /// <param name="options">location, batch, buffer and positions left out</param>
    /// <param name="seed">of the windows and the order</param>
    /// <exception cref="JobInputException">the corpus is shorter than a window</exception>
    internal ActivationBuffer(Transformer model, TokenFile tokens, AutoencoderOptions options, ulong seed)
    {
        (_model, _at, _seed) = (model, options.At, seed);
        (_skip, _batch, _size, _half) = (options.SkipTokens, options.Batch, options.Buffer, options.Buffer / 2);
        var context = model.Config.NCtx;
        var windows = Math.Max(1, TokensOfPass / context);
        var perPass = windows * (context - _skip);
        _passes = (_half + perPass - 1) / perPass;
        _windows = new BatchSampler(tokens, windows, context, KeyedRandom.DeriveSeed(seed, "autoencoder", "windows"));
        _values = torch.empty([_size, _at.Width(model.Config)], ScalarType.Float32, Device).DetachFromDisposeScope();
        _order = new int[_size];
    }

    /// <summary>By what activations are divided; 1 until it is set.</summary>
    internal double Scale { get; private set; } = 1;

    private Device Device => _model.FinalLogitsBias.device;

    private int BatchesOfRound => _half / _batch;

    /// <summary>
    /// Fills the buffer for the first time and takes the mean and the root mean square of its entries, in the activations' own units.
    /// </summary>
    /// <returns>the mean (d), float64, and √(mean ‖x‖² / d)</returns>
    internal (Tensor Mean, double Rms) Measure()
    {
        Fill();
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var mean = _values.mean([0], type: ScalarType.Float64);
        var squares = 0.0;
        // Not all in double precision at once.
        for (var first = 0L; first < _size; first += TokensOfPass)
            squares += _values.narrow(0, first, Math.Min(TokensOfPass, _size - first)).to(ScalarType.Float64).square().sum().ToDouble();
        return (mean.MoveToOuterDisposeScope(), Math.Sqrt(squares / _values.numel()));
    }

    /// <summary>Divides all activations from now on; called once, before the first batch.</summary>
    /// <param name="scale">above 0</param>
    internal void Normalise(double scale)
    {
        if (Scale != 1) throw new InvalidOperationException("the activations are normalised already");
        Scale = scale;
        if (!_filled || scale == 1) return;
        using var noGradient = torch.no_grad();
        _values.div_(scale);
    }

    /// <summary>The next batch, (batch, d), in the current scope.</summary>
    internal Tensor Next()
    {
        Fill();
        if (_next == BatchesOfRound)
        {
            Make(_round + 2, _order.AsSpan(0, _half));
            Begin(_round + 1);
        }
        var rows = Array.ConvertAll(_order[(_next * _batch)..((_next + 1) * _batch)], row => (long)row);
        _next++;
        using var index = rows.ToDevice(Device);
        using var noGradient = torch.no_grad();
        return _values.index_select(0, index);
    }

    /// <summary>The first rows of the buffer as it is, without drawing them, (count, d), in the current scope.</summary>
    internal Tensor Peek(int count)
    {
        Fill();
        return _values.narrow(0, 0, Math.Min(count, _size));
    }

    /// <summary>Goes to where <paramref name="batches"/> have been drawn; for a buffer that has not drawn any.</summary>
    internal void Seek(long batches)
    {
        var round = checked((int)(Math.Max(0, batches - 1) / BatchesOfRound));
        // What is in each row: a round's worth of new activations, and which of them.
        var made = new (int Part, int Index)[_size];
        for (var i = 0; i < _size; i++) made[i] = (i / _half, i % _half);
        for (var r = 0; r < round; r++)
        {
            Draw(r);
            for (var i = 0; i < _half; i++) made[_order[i]] = (r + 2, i);
        }
        foreach (var part in made.Select(one => one.Part).Distinct().Order().ToList())
        {
            var rows = new int[_half];
            Array.Fill(rows, -1);
            for (var i = 0; i < _size; i++)
                if (made[i].Part == part) rows[made[i].Index] = i;
            Make(part, rows);
        }
        _filled = true;
        Begin(round);
        _next = (int)(batches - ((long)round * BatchesOfRound));
    }

    /// <inheritdoc/>
    public void Dispose() => _values.Dispose();

    private void Fill()
    {
        if (_filled) return;
        _filled = true;
        var rows = Enumerable.Range(0, _size).ToArray();
        Make(0, rows.AsSpan(0, _half));
        Make(1, rows.AsSpan(_half));
        Begin(0);
    }

    private void Begin(int round)
    {
        Draw(round);
        (_round, _next) = (round, 0);
    }

    private void Draw(int round)
    {
        for (var i = 0; i < _size; i++) _order[i] = i;
        new KeyedRandom(_seed, "autoencoder", "order", round.ToString(CultureInfo.InvariantCulture)).Shuffle<int>(_order);
    }

    // A round's worth of activations: the i-th goes to rows[i], or nowhere where that is negative.
    private void Make(int part, ReadOnlySpan<int> rows)
    {
        using var noGradient = torch.no_grad();
        var done = 0;
        for (var pass = 0; pass < _passes && done < _half; pass++)
        {
            using var scope = torch.NewDisposeScope();
            var batch = _windows.At(((long)part * _passes) + pass);
            var count = Math.Min(_half - done, batch.Rows * (batch.Context - _skip));
            List<long> from = [], to = [];
            for (var i = 0; i < count; i++)
            {
                if (rows[done + i] < 0) continue;
                from.Add(i);
                to.Add(rows[done + i]);
            }
            done += count;
            if (from.Count == 0) continue;
            var (tokens, _) = batch.ToTensors(Device);
            var values = _model.ValueAt(_at, tokens).narrow(1, _skip, batch.Context - _skip);
            var flat = values.reshape(-1, values.size(2));
            if (Scale != 1) flat = flat.div(Scale);
            _values.index_copy_(0, to.ToArray().ToDevice(Device), flat.index_select(0, from.ToArray().ToDevice(Device)));
        }
    }
}
