namespace Sweeps.ModelCore.Pruning;

/// <summary>Numbers the nodes of a model from 0: location by location in the order a token meets them, channel by channel.</summary>
internal sealed class NodeLayout
{
    private readonly int[] _offsets; // of each location, and the count at the end
    private readonly ModelConfig _config;
    private readonly IReadOnlyDictionary<NodeLocation, int>? _features;

    /// <summary>The nodes of a model of this shape.</summary>
    /// <param name="config">the shape</param>
    /// <param name="finalResid">whether those of <see cref="NodeLocation.FinalResid"/> are among them, as the last</param>
    /// <param name="features">locations whose nodes are features of a dictionary, and how many; null for none</param>
    public NodeLayout(ModelConfig config, bool finalResid = false, IReadOnlyDictionary<NodeLocation, int>? features = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_config, _features) = (config, features);
        Locations = [.. NodeLocation.All(config.NLayer), .. finalResid ? [NodeLocation.FinalResid] : Array.Empty<NodeLocation>()];
        _offsets = new int[Locations.Count + 1];
        for (var i = 0; i < Locations.Count; i++) _offsets[i + 1] = checked(_offsets[i] + Width(Locations[i]));
    }

    /// <summary>The locations, in order.</summary>
    public IReadOnlyList<NodeLocation> Locations { get; }

    /// <summary>Whether what the last norm reads is among them.</summary>
    public bool HasFinalResid => Locations[^1].Site == NodeSite.FinalResid;

    public int Count => _offsets[^1];

    /// <summary>Number of the first node at a location.</summary>
    public int Offset(NodeLocation location) => _offsets[IndexOf(location)];

    public int Width(NodeLocation location) =>
        _features?.TryGetValue(location, out var count) == true ? count : _config.Width(location.Site);

    public (NodeLocation Location, int Channel) At(int node)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(node, Count);
        var i = Array.BinarySearch(_offsets, node);
        if (i < 0) i = ~i - 1;
        return (Locations[i], node - _offsets[i]);
    }

    /// <summary>The part of a value per node that belongs to a location.</summary>
    public ReadOnlySpan<T> Slice<T>(ReadOnlySpan<T> perNode, NodeLocation location) => perNode.Slice(Offset(location), Width(location));

    /// <summary>The place of a location among <see cref="Locations"/>.</summary>
    /// <exception cref="ArgumentException">it is not one of them</exception>
    public int IndexOf(NodeLocation location)
    {
        var index = location.Site == NodeSite.FinalResid
            ? _config.NLayer * NodeLocation.Sites.Count
            : (location.Layer * NodeLocation.Sites.Count) + (int)location.Site;
        return index < Locations.Count ? index : throw new ArgumentException($"{location} has no nodes here", nameof(location));
    }
}
