namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// The gate of a node, a function of its mask parameter τ [G A.5]: forward the Heaviside step, backward the derivative of a sigmoid.
/// </summary>
internal static class NodeGate
{
    /// <summary>Whether the node is kept. At τ = 0 it is not.</summary>
    internal static bool IsKept(float tau) => tau > 0;

    /// <summary>d/dτ of σ(τ / temperature), which stands in for the derivative of the step.</summary>
    internal static double Derivative(double tau, double temperature)
    {
        // Of −|τ|, so that the exponential cannot overflow; the derivative is even.
        var e = Math.Exp(-Math.Abs(tau) / temperature);
        return e / ((1 + e) * (1 + e) * temperature);
    }

    internal static int CountKept(ReadOnlySpan<float> tau)
    {
        var count = 0;
        foreach (var t in tau)
            if (IsKept(t)) count++;
        return count;
    }
}
