using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// The L0 constraint [G A.2]: of a parameter only the entries largest in magnitude stay, a fixed number of them, and every neuron and
/// attention channel keeps a few of its own whatever their rank.
/// </summary>
internal static class WeightProjection
{
    /// <summary>
    /// Entries that stay: floor(numel · density), or as many as the floor protects where that is more. So every unit counts: at a density
    /// below floor / row length the matrix has exactly floor entries per unit.
    /// </summary>
    /// <param name="shape">(rows, columns) or (length)</param>
    /// <param name="density">fraction that stays, 0 to 1</param>
    /// <param name="floorAxis">the axis along which the units lie, or null for no floor</param>
    /// <param name="floor">entries that each unit keeps at least; all it has where it has fewer</param>
    public static long TargetNonzeros(IReadOnlyList<long> shape, double density, int? floorAxis, int floor)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var numel = shape.Aggregate(1L, (product, size) => product * size);
        var budget = (long)Math.Floor(numel * density);
        return floorAxis is { } axis ? Math.Max(budget, shape[axis] * Math.Min(floor, shape[1 - axis])) : budget;
    }

    /// <summary>
    /// Sets all but <see cref="TargetNonzeros"/> entries to exactly 0. Which entry of several equal ones stays is arbitrary, but the same
    /// for the same input. A kept entry keeps its value, so one that was 0, as biases are at first, stays 0 and the matrix then has fewer
    /// nonzeros than the target, never more.
    /// </summary>
    /// <param name="weight">a contiguous parameter, changed in place; gradients do not see it</param>
    /// <param name="density">as in <see cref="TargetNonzeros"/></param>
    /// <param name="floorAxis">as in <see cref="TargetNonzeros"/></param>
    /// <param name="floor">as in <see cref="TargetNonzeros"/></param>
    public static void Apply(Tensor weight, double density, int? floorAxis, int floor)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        long[] shape = weight.shape;
        var dropped = weight.numel() - TargetNonzeros(shape, density, floorAxis, floor);
        if (dropped == 0) return;
        var rank = weight.abs();
        if (floorAxis is { } axis && floor > 0)
        {
            // The floor's entries first: beyond every magnitude, they are never among the smallest.
            var across = 1 - axis;
            var (_, ofUnit) = rank.topk((int)Math.Min(floor, shape[across]), dim: across, largest: true, sorted: false);
            rank.ScatterValue(across, ofUnit, double.PositiveInfinity);
        }
        var (_, smallest) = rank.view(-1).topk((int)dropped, largest: false, sorted: false);
        weight.view(-1).ScatterValue(0, smallest, 0);
    }
}
