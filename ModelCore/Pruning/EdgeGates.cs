using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// The weights of a model as gates on some of its edges leave them. A dropped edge carries the mean of the node it reads instead of its
/// value, so that to drop all edges of a
/// node is to put the node at its mean: W becomes W′, its entries times their gates, and what reads W′ is given (W − W′) · mean on top.
/// </summary>
/// <remarks>
/// Attention passes the mean of v on as it passes v, with weights that sum to 1: the same constant. With a sink they sum to less, and the
/// constant is per head and per unit of
/// attention: <see cref="Transformer.AttentionMassName"/>.
/// </remarks>
internal sealed class EdgeGates : IDisposable
{
    private readonly FrozenModel _model;
    private readonly List<Matrix> _matrices = [];

    /// <summary>Gates for these edges, one each, in their order.</summary>
    /// <param name="model">the model; it must live as long</param>
    /// <param name="edges">as <see cref="CircuitEdges.Enumerate"/> gives them: those of a matrix next to each other</param>
    internal EdgeGates(FrozenModel model, IReadOnlyList<Edge> edges)
    {
        _model = model;
        Count = edges.Count;
        var first = 0;
        foreach (var group in edges.Select(edge => (Edge: edge, Place: CircuitEdges.Place(model, edge))).GroupBy(e => e.Place.Matrix))
        {
            var columns = model.Weight(group.Key).size(1);
            var entries = group.ToList();
            long[] places = [.. entries.Select(e => (e.Place.Row * columns) + e.Place.Column)];
            float[] values = [.. entries.Select(e => e.Edge.Weight)];
            _matrices.Add(new Matrix(
                group.Key,
                model.Layout.At(entries[0].Edge.From).Location,
                first,
                torch.tensor(places, device: model.Device).DetachFromDisposeScope(),
                torch.tensor(values, device: model.Device).DetachFromDisposeScope()));
            first += entries.Count;
        }
    }

    internal int Count { get; }

    /// <summary>What <see cref="Transformer.Forward"/> takes.</summary>
    /// <param name="gates">(edges), 1 to keep and 0 to drop; gradients flow to it</param>
    internal Dictionary<string, Tensor> Weights(Tensor gates)
    {
        using var scope = torch.NewDisposeScope();
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var matrix in _matrices)
        {
            var whole = _model.Weight(matrix.Name);
            var gated = matrix.Values * gates.narrow(0, matrix.First, matrix.Values.numel());
            var left = whole.view(-1).scatter(0, matrix.Entries, gated).view(whole.shape);
            var (dropped, mean) = (whole - left, _model.Mean(matrix.Source));
            var throughSink = matrix.Source.Site == NodeSite.AttnV && _model.Config.AttentionSink;
            var mass = throughSink ? (dropped * mean).view(-1, _model.Config.NHead, _model.Config.DHead).sum(2) : null;
            var shift = throughSink ? null : dropped.mv(mean);
            if (_model.Latents?.Of(matrix.Name) is { } site)
            {
                site.AddWeights(weights, left, shift, mass, _model.Latents.KeepsErrors);
                continue;
            }
            weights[matrix.Name] = left;
            if (mass is not null) weights[Transformer.AttentionMassName(matrix.Source.Layer)] = mass;
            var bias = $"{matrix.Name[..^".weight".Length]}.bias";
            if (shift is not null) weights[bias] = _model.Model[bias] + shift;
        }
        foreach (var tensor in weights.Values) tensor.MoveToOuterDisposeScope();
        return weights;
    }

    public void Dispose()
    {
        foreach (var matrix in _matrices)
        {
            matrix.Entries.Dispose();
            matrix.Values.Dispose();
        }
    }

    /// <summary>The gated entries of one matrix.</summary>
    /// <param name="Name">the parameter</param>
    /// <param name="Source">what it reads</param>
    /// <param name="First">number of its first gate</param>
    /// <param name="Entries">int64, where they are in the matrix, row by row</param>
    /// <param name="Values">the weights</param>
    private sealed record Matrix(string Name, NodeLocation Source, int First, Tensor Entries, Tensor Values);
}
