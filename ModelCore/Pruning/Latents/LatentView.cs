using Sweeps.ModelCore.Model;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>
/// A model seen through dictionaries: at some residual reads and writes the nodes are features instead of channels. Queries, keys, values
/// and neurons stay what they are.
/// </summary>
internal sealed class LatentView : IDisposable
{
    private readonly Dictionary<NodeLocation, LatentSite> _sites;
    private readonly Dictionary<string, LatentSite> _byMatrix;

    /// <summary>Takes the sites over.</summary>
    /// <param name="sites">one for each location</param>
    /// <param name="error">what becomes of what the dictionaries do not explain</param>
    internal LatentView(IReadOnlyCollection<LatentSite> sites, ReconstructionError error)
    {
        _sites = sites.ToDictionary(site => site.Location);
        _byMatrix = sites.ToDictionary(site => site.Matrix, StringComparer.Ordinal);
        KeepsErrors = error == ReconstructionError.Keep;
        Features = sites.ToDictionary(site => site.Location, site => site.Features);
    }

    /// <summary>Whether what the dictionaries do not explain stays.</summary>
    internal bool KeepsErrors { get; }

    /// <summary>Features of each location that has a dictionary.</summary>
    internal IReadOnlyDictionary<NodeLocation, int> Features { get; }

    /// <summary>All, in no order that means anything.</summary>
    internal IReadOnlyCollection<LatentSite> Sites => _sites.Values;

    /// <summary>Elements of the dictionaries and of the weights between their features, for budgets.</summary>
    internal long Elements => Sites.Sum(site => (3 * site.Atoms.numel()) + site.Weight.numel());

    /// <summary>The site at a location; null where channels are nodes.</summary>
    internal LatentSite? At(NodeLocation location) => _sites.GetValueOrDefault(location);

    /// <summary>
    /// Whether values or neurons of a location act in another way than through edges: by what the dictionary of the write behind them does
    /// not explain of them, where that stays.
    /// </summary>
    internal bool TakesErrors(NodeLocation location) => KeepsErrors && location.Site switch
    {
        NodeSite.AttnV => At(location with { Site = NodeSite.AttnResidDelta }) is not null,
        NodeSite.MlpPostAct => At(location with { Site = NodeSite.MlpResidDelta }) is not null,
        _ => false,
    };

    /// <summary>The site that a map reads or writes; null where both its ends are channels.</summary>
    internal LatentSite? Of(string matrix) => _byMatrix.GetValueOrDefault(matrix);

    /// <summary>A hook of the model's values, of one of nodes.</summary>
    /// <param name="nodes">is called with nodes, (B, T, features or channels), and gives what becomes of them</param>
    /// <param name="weights">those of the pass, gated by <see cref="EdgeGates"/>; null for none</param>
    /// <param name="keepsErrors">other than <see cref="KeepsErrors"/>, where edges are not gated; null for that</param>
    internal NodeHook Hook(NodeHook nodes, IReadOnlyDictionary<string, Tensor>? weights, bool? keepsErrors) => (location, value) =>
    {
        if (At(location) is not { } site) return nodes(location, value);
        return weights?.ContainsKey(site.Matrix) == true
            ? site.ApplyGated(value, codes => nodes(location, codes), KeepsErrors)
            : site.Apply(value, codes => nodes(location, codes), keepsErrors ?? KeepsErrors);
    };

    public void Dispose()
    {
        foreach (var site in _sites.Values) site.Dispose();
    }
}
