namespace Sweeps.ModelCore.Pruning;

/// <summary>The kept nodes of a circuit by location.</summary>
internal sealed class KeptNodes
{
    private readonly Dictionary<NodeLocation, int[]> _channels;

    /// <summary>Those of a model for which <paramref name="kept"/> is true.</summary>
    internal KeptNodes(NodeLayout layout, bool[] kept)
    {
        _channels = layout.Locations.ToDictionary(
            at => at, at => Enumerable.Range(0, layout.Width(at)).Where(c => kept[layout.Offset(at) + c]).ToArray());
        Locations = [.. layout.Locations.Where(at => _channels[at].Length > 0)];
        Nodes = [.. Locations.SelectMany(at => _channels[at].Select(c => CircuitEdge.Node(at.Name, c)))];
    }

    /// <summary>The locations that have any, in the order a token meets them.</summary>
    internal IReadOnlyList<NodeLocation> Locations { get; }

    /// <summary>The nodes' names, in node order.</summary>
    internal IReadOnlyList<string> Nodes { get; }

    /// <summary>The channels at a location, in increasing order.</summary>
    internal int[] Channels(NodeLocation location) => _channels[location];
}
