namespace Sweeps.ModelCore.Pruning;

/// <summary>Masks under training, wherever they are: τ, AdamW's moments, and the step that changes them.</summary>
internal interface IMasks : IDisposable
{
    /// <summary>After how many steps <see cref="Last"/> is asked for: 1 where that costs nothing.</summary>
    int StepsPerRead { get; }

    /// <summary>One step. Where the loss or the gradient is not finite it changes nothing, and nor do those after it.</summary>
    /// <param name="step">0-based</param>
    /// <param name="rows">the pairs of the step</param>
    void Step(int step, TaskRows rows);

    /// <summary>What the last step found, or the first one whose loss or gradient was not finite. Waits for the device.</summary>
    MaskStep Last();

    /// <summary>What a checkpoint holds. Waits for the device.</summary>
    MaskState State();
}

/// <summary>What a step found.</summary>
/// <param name="Step">0-based; −1 before the first</param>
/// <param name="Loss">the task loss before the step, nats</param>
/// <param name="GradientNorm">norm of the gradient by τ before clipping</param>
internal readonly record struct MaskStep(int Step, double Loss, double GradientNorm)
{
    internal static MaskStep None { get; } = new(-1, 0, 0);

    internal bool IsFinite => double.IsFinite(Loss) && double.IsFinite(GradientNorm);
}

/// <summary>The state of mask training, one entry per mask.</summary>
/// <param name="Tau">mask parameters, in [−1, 1]</param>
/// <param name="M">first moments</param>
/// <param name="V">second moments</param>
internal sealed record MaskState(float[] Tau, float[] M, float[] V)
{
    /// <summary>The state before the first step; τ becomes its own.</summary>
    internal static MaskState Initial(float[] tau) => new(tau, new float[tau.Length], new float[tau.Length]);
}
