using System.Globalization;
using System.Text.Json;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>Bridges in training, beside the sparse model.</summary>
internal sealed class BridgeTraining : ITrainedBeside, IDisposable
{
    private readonly BridgeOptions _options;
    private readonly BridgePass _pass;
    private readonly BridgeWindow _window;
    private readonly ulong _seed;
    private readonly List<BridgePoint> _points = [];

    /// <param name="options">what is trained</param>
    /// <param name="seed">the job's</param>
    /// <param name="dense">the dense model, whose parameters want no gradients; it stays the caller's</param>
    /// <param name="sparse">the sparse one, in training</param>
    internal BridgeTraining(BridgeOptions options, ulong seed, Transformer dense, Transformer sparse)
    {
        (_options, _seed) = (options, KeyedRandom.DeriveSeed(seed, "bridges"));
        Bridges = BridgeSet.Create(
            options, dense.Config, sparse.Config, KeyedRandom.DeriveSeed(_seed, "init"), sparse.FinalLogitsBias.device,
            sparse.FinalLogitsBias.dtype);
        _pass = new BridgePass(dense, sparse, Bridges, options);
        _window = new BridgeWindow(Bridges.All.Count);
        // What no term trains is not in the optimiser, so that it does not count where gradients are divided by their RMS.
        Parameters =
        [
            .. options.CoefNmse > 0 || options.CoefKlDenseToSparse > 0 ? Bridges.Encoders : [],
            .. options.CoefNmse > 0 || options.CoefKlSparseToDense > 0 ? Bridges.Decoders : [],
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    internal BridgeSet Bridges { get; }

    internal BridgeCurve Curve => new([.. Bridges.All.Select(bridge => bridge.Site.Name)], _points);

    /// <inheritdoc/>
    public double LossAndGradients(int step, Tensor tokens, Tensor targets)
    {
        var losses = _pass.Run(tokens, targets, Drawn(step));
        // Sites that were not drawn have gradients too: 0, as the estimate says, and not none.
        foreach (var (_, value) in Parameters)
        {
            using var gradient = value.grad;
            if (gradient is null) value.grad = zeros_like(value);
        }
        _window.Add(losses);
        return losses.CrossEntropy;
    }

    /// <inheritdoc/>
    public void Log(int step) => _points.Add(_window.Take(step));

    /// <inheritdoc/>
    public JsonElement State() =>
        JsonSerializer.SerializeToElement(new Saved(_window.Sums, _window.Counts, _points), JobJson.Options);

    /// <inheritdoc/>
    public void Restore(JsonElement state)
    {
        Saved saved;
        try
        {
            saved = state.Deserialize<Saved>(JobJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"the state of the bridges cannot be read: {e.Message}", e);
        }
        if (saved.Sums.Count != _window.Sums.Length || saved.Counts.Count != _window.Counts.Length)
            throw new InvalidDataException($"the state of the bridges is not that of {Bridges.All.Count} sites");
        saved.Sums.ToArray().CopyTo(_window.Sums, 0);
        saved.Counts.ToArray().CopyTo(_window.Counts, 0);
        _points.AddRange(saved.Points);
    }

    /// <inheritdoc/>
    public void Dispose() => Bridges.Dispose();

    /// <summary>The sites of a step, ascending: a function of the seed and the step.</summary>
    internal IReadOnlyList<int> Drawn(int step)
    {
        int[] all = [.. Enumerable.Range(0, Bridges.All.Count)];
        if (_options.SitesPerStep is not { } count || count >= all.Length) return all;
        new KeyedRandom(_seed, "sites", step.ToString(CultureInfo.InvariantCulture)).Shuffle(all.AsSpan());
        return [.. all.Take(count).Order()];
    }

    private sealed record Saved(IReadOnlyList<double> Sums, IReadOnlyList<int> Counts, IReadOnlyList<BridgePoint> Points);
}
