using System.Globalization;
using Sweeps.ModelCore.Kernels;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Pruning.Latents;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// A trained model whose weights no longer change, with the mean activation of every node, ready to be run with nodes ablated.
/// </summary>
internal sealed class FrozenModel : IDisposable
{
    private readonly Tensor _means; // (nodes)
    private readonly long[] _widths; // of each location
    private readonly Dictionary<string, float[]> _host = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SparseRows> _nonzeros = new(StringComparer.Ordinal);
    private readonly Lazy<PruningEngine> _engine;

    /// <summary>Takes the model over: it is frozen, and disposed of with this object.</summary>
    /// <param name="model">the model</param>
    /// <param name="means">the mean activation per location, copied</param>
    /// <param name="finalResid">whether what the last norm reads is nodes too</param>
    /// <param name="latents">where nodes are features of dictionaries; taken over too; null for nowhere</param>
    /// <param name="deviations">the standard deviation per location, copied; null where nobody asks for it</param>
    internal FrozenModel(
        Transformer model, IReadOnlyDictionary<NodeLocation, Tensor> means, bool finalResid = false, LatentView? latents = null,
        IReadOnlyDictionary<NodeLocation, Tensor>? deviations = null)
    {
        (Model, Latents) = (model, latents);
        model.HooksFinalResid = finalResid;
        // Without this libtorch would compute the gradient of every weight: half of the backward pass.
        foreach (var parameter in model.Parameters) parameter.Value.requires_grad_(false);
        Layout = new NodeLayout(model.Config, finalResid, latents?.Features);
        _widths = [.. Layout.Locations.Select(location => (long)Layout.Width(location))];
        using var scope = torch.NewDisposeScope();
        _means = torch.cat([.. Layout.Locations.Select(location => means[location].detach())]).to(Device).DetachFromDisposeScope();
        if (deviations is not null)
            Deviations = torch.cat([.. Layout.Locations.Select(location => deviations[location].detach())]).Values<float>();
        var matrices = model.Parameters.Where(p => p.Spec.Kind is ParameterKind.Matrix or ParameterKind.OutputProjection).ToList();
        Density = (double)matrices.Sum(p => p.Value.count_nonzero().ToInt64()) / matrices.Sum(p => p.Spec.NumberOfElements);
        _engine = new Lazy<PruningEngine>(() => PruningEngine.Create(Model, _means, finalResid));
    }

    internal Transformer Model { get; }

    /// <summary>Where nodes are features of dictionaries; null where all are channels.</summary>
    internal LatentView? Latents { get; }

    /// <summary>The standard deviation of every node, (nodes); null where it was not given.</summary>
    internal float[]? Deviations { get; }

    internal NodeLayout Layout { get; }

    internal ModelConfig Config => Model.Config;

    /// <summary>Fraction of the entries of the layers' weight matrices that are not 0.</summary>
    internal double Density { get; }

    internal Device Device => Model.FinalLogitsBias.device;

    /// <summary>Bytes of the weights and of their copies for counting edges, for budgets.</summary>
    internal long Bytes => (8 * Model.Parameters.Sum(p => p.Spec.NumberOfElements)) + (8 * (Latents?.Elements ?? 0));

    /// <summary>The engine that runs this model, or null where dense products do.</summary>
    /// <exception cref="JobInputException">the sparse kernels are asked for and cannot run this model</exception>
    internal PruningEngine? Engine(KernelChoice kernels)
    {
        // What the engine does not run goes through the model, whose linear maps have the same choice.
        Model.Kernels = kernels == KernelChoice.Dense ? KernelChoice.Dense : KernelChoice.Auto;
        if (kernels == KernelChoice.Dense) return null;
        var obstacle = Latents is null ? Model.Obstacle : "nodes are features of dictionaries, which the engine does not run";
        if (kernels == KernelChoice.Sparse && obstacle is not null) throw new JobInputException($"kernels is sparse, but {obstacle}");
        return obstacle is null && (kernels == KernelChoice.Sparse || Density <= PruningEngine.MaxDensity(Config.DModel))
            ? _engine.Value
            : null;
    }

    /// <summary>What <see cref="Engine"/> chooses, for people.</summary>
    internal string Describe(KernelChoice kernels) => string.Create(CultureInfo.InvariantCulture,
        $"{(Engine(kernels) is null ? "dense products" : $"sparse kernels ({Functions.Capability})")}, density {Density:G3}");

    /// <summary>The logits, nodes whose gate is 0 replaced by their mean at every position [G 2.2].</summary>
    /// <param name="tokens">int64 (R, T)</param>
    /// <param name="positions">int64 (R): the one position of each sequence whose logits are wanted; null for all</param>
    /// <param name="gates">(nodes), 1 to keep and 0 to ablate; gradients flow to it. Null to keep all.</param>
    /// <param name="see">with gates: is shown each location's values before they are ablated</param>
    /// <param name="weights">as in <see cref="Transformer.Forward"/></param>
    /// <param name="keepsErrors">as in <see cref="LatentView.Hook"/></param>
    /// <returns>(R, V), or (R, T, V) without positions</returns>
    internal Tensor Logits(
        Tensor tokens, Tensor? positions, Tensor? gates, Action<NodeLocation, Tensor>? see = null,
        IReadOnlyDictionary<string, Tensor>? weights = null, bool? keepsErrors = null)
    {
        if (gates is null) return Model.Forward(tokens, positions, weights: weights);
        using var scope = torch.NewDisposeScope();
        var ablate = Gated(gates);
        return Model.Forward(tokens, positions, OfNodes((location, nodes) =>
        {
            see?.Invoke(location, nodes);
            return ablate(location, nodes);
        }, weights, keepsErrors), weights: weights).MoveToOuterDisposeScope();
    }

    /// <summary>A hook of the model's values, of one of nodes: the same where all nodes are channels.</summary>
    /// <inheritdoc cref="LatentView.Hook"/>
    internal NodeHook OfNodes(NodeHook nodes, IReadOnlyDictionary<string, Tensor>? weights = null, bool? keepsErrors = null) =>
        Latents?.Hook(nodes, weights, keepsErrors) ?? nodes;

    /// <summary>Replaces nodes whose gate is 0 by their mean [G 2.2].</summary>
    /// <param name="gates">as in <see cref="Logits"/></param>
    internal NodeHook Ablation(Tensor gates) => OfNodes(Gated(gates));

    /// <summary>As <see cref="Ablation"/>, but of nodes: for <see cref="OfNodes"/>.</summary>
    internal NodeHook Gated(Tensor gates)
    {
        // On all nodes at once, then cut: a few operations instead of a few per location.
        var masks = gates.split(_widths);
        var offsets = (_means * (1 - gates)).split(_widths);
        return (location, value) =>
        {
            var i = Layout.IndexOf(location);
            return offsets[i].addcmul(value, masks[i], 1);
        };
    }

    /// <summary>The gates of nodes, (nodes): 1 for each that is kept, else 0.</summary>
    internal Tensor Gates(bool[] kept) => torch.tensor(Array.ConvertAll(kept, k => k ? 1f : 0f), device: Device);

    /// <summary>The part of a location, (width), of something that each node has, (nodes).</summary>
    internal Tensor At(NodeLocation location, Tensor perNode) => perNode.narrow(0, Layout.Offset(location), Layout.Width(location));

    /// <summary>The mean activation of every node, (nodes).</summary>
    internal Tensor Means => _means;

    /// <summary>The mean activation of a location's nodes, (width).</summary>
    internal Tensor Mean(NodeLocation location) => At(location, _means);

    /// <summary>A parameter's elements in row-major order, copied once from the device.</summary>
    internal float[] Host(string parameter)
    {
        if (!_host.TryGetValue(parameter, out var elements)) _host[parameter] = elements = Model[parameter].Values<float>();
        return elements;
    }

    /// <summary>The weights between nodes that a matrix of the layers makes: itself where both ends are channels.</summary>
    internal Tensor Weight(string matrix) => Latents?.Of(matrix)?.Weight ?? Model[matrix];

    /// <summary>The nonzeros of a matrix between nodes, found once.</summary>
    internal SparseRows Nonzeros(string matrix)
    {
        if (!_nonzeros.TryGetValue(matrix, out var rows))
            _nonzeros[matrix] = rows = SparseRows.Of(Weight(matrix).Values<float>(), (int)Weight(matrix).size(1));
        return rows;
    }

    public void Dispose()
    {
        if (_engine.IsValueCreated) _engine.Value.Dispose();
        _means.Dispose();
        Latents?.Dispose();
        Model.Dispose();
    }
}
