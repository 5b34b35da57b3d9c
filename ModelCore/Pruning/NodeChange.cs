using System.Globalization;

namespace Sweeps.ModelCore.Pruning;

/// <summary>What an intervention puts in the place of a node's activation, at every position of every prompt.</summary>
public enum NodeChangeKind
{
    /// <summary>A number.</summary>
    Set,

    /// <summary>The node's mean over the pretraining data.</summary>
    Mean,

    /// <summary>What the node is on the other prompt of the pair, in the same run but for the changes.</summary>
    Swap,
}

/// <summary>A change of one node.</summary>
/// <param name="Node">e.g. 0.mlp.post_act:17</param>
/// <param name="Kind">what is put in its place</param>
/// <param name="Value">the number, of <see cref="NodeChangeKind.Set"/></param>
public sealed record NodeChange(string Node, NodeChangeKind Kind, float Value = 0)
{
    /// <summary>Where the node is in a model of this shape.</summary>
    /// <exception cref="FormatException">the model has no such node</exception>
    internal (NodeLocation Location, int Channel) In(ModelConfig config)
    {
        var colon = Node.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(Node.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var channel))
            throw new FormatException($"'{Node}' is no node: expected a location, a colon and a channel, as in 0.mlp.post_act:17");
        var location = NodeLocation.Parse(Node[..colon]);
        if (!location.IsIn(config.NLayer))
            throw new FormatException($"the model has no node {Node}: it has {config.NLayer} layers, numbered from 0");
        var width = config.Width(location.Site);
        if (channel >= width)
            throw new FormatException($"the model has no node {Node}: {location.Name} has {width} channels, numbered from 0");
        return (location, channel);
    }
}
