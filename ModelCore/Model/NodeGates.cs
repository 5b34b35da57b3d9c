using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Model;

/// <summary>
/// A masked run: at each location x becomes x · mask + mean · (1 − mask), so that a kept channel (mask 1) passes and a dropped one (mask 0) takes its mean at every
/// position [G 2.2]. Pass <see cref="Hook"/> to the forward pass. Gradients flow to the masks.
/// </summary>
public sealed class NodeGates
{
    private readonly Dictionary<NodeLocation, (Tensor Mask, Tensor Offset)> _gates;

    /// <summary>Gates for the locations in <paramref name="masks"/>; the others pass unchanged.</summary>
    /// <param name="masks">(width) per location; 0 and 1, or reals where their gradient is wanted. They must outlive this object.</param>
    /// <param name="means">(width) for at least these locations, e.g. <see cref="MeanCache.Means"/></param>
    /// <remarks>Makes one tensor per location, in the current scope.</remarks>
    public NodeGates(IReadOnlyDictionary<NodeLocation, Tensor> masks, IReadOnlyDictionary<NodeLocation, Tensor> means)
    {
        ArgumentNullException.ThrowIfNull(masks);
        ArgumentNullException.ThrowIfNull(means);
        _gates = masks.ToDictionary(gate => gate.Key, gate => (gate.Value, means[gate.Key] * (1 - gate.Value)));
    }

    /// <summary>Applies the gates.</summary>
    public Tensor Hook(NodeLocation location, Tensor value) =>
        _gates.TryGetValue(location, out var gate) ? gate.Offset.addcmul(value, gate.Mask, 1) : value;
}
