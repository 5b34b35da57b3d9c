namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// AdamW on the mask parameters [G A.5], with PyTorch's order of operations: clip the gradient's norm, decay, step; then τ is clamped to
/// [−1, 1]. On plain arrays: a few thousand parameters are not worth a tensor operation each.
/// </summary>
internal sealed class MaskOptimizer
{
    /// <summary>Added to the root of the second moment.</summary>
    internal const double Epsilon = 1e-8;

    private readonly PruningOptions _options;
    private readonly PruningHyperparameters _hyper;

    /// <summary>Goes on from a state, whose arrays are then this optimiser's.</summary>
    internal MaskOptimizer(PruningOptions options, PruningHyperparameters hyper, MaskState state)
    {
        (_options, _hyper) = (options, hyper);
        (Tau, M, V) = state;
    }

    internal float[] Tau { get; }

    internal float[] M { get; }

    internal float[] V { get; }

    /// <summary>Initial τ: clamp(noise_scale · N(0, 1) + noise_bias).</summary>
    internal static float[] Initial(int nodes, PruningHyperparameters hyper, ulong seed)
    {
        var random = new KeyedRandom(seed, "prune", "init");
        var tau = new float[nodes];
        for (var i = 0; i < nodes; i++)
            tau[i] = (float)Math.Clamp((hyper.InitNoiseScale * random.NextGaussian()) + hyper.InitNoiseBias, -1, 1);
        return tau;
    }

    /// <summary>
    /// Learning rate of step 0 … steps − 1: rises linearly over the warm-up, then falls linearly, towards 0 after the last step.
    /// </summary>
    internal static double LearningRate(int step, int steps, PruningHyperparameters hyper)
    {
        var warmup = hyper.LrWarmupFrac * steps;
        return hyper.Lr * (step < warmup ? (step + 1) / Math.Ceiling(warmup) : (steps - step) / (steps - Math.Floor(warmup)));
    }

    /// <summary>One step.</summary>
    /// <param name="step">0-based</param>
    /// <param name="gateGradient">derivative of the task loss by each gate</param>
    /// <returns>norm of the gradient by τ before clipping; not finite when the gradient is not, and then nothing is changed</returns>
    internal double Step(int step, ReadOnlySpan<float> gateGradient)
    {
        var gradient = new double[Tau.Length];
        double squares = 0;
        for (var i = 0; i < gradient.Length; i++)
        {
            // The sparsity term k_coef · Σ gates has derivative k_coef by each gate.
            gradient[i] = (gateGradient[i] + _hyper.KCoef) * NodeGate.Derivative(Tau[i], _hyper.HeavisideTemp);
            squares += gradient[i] * gradient[i];
        }
        var norm = Math.Sqrt(squares);
        if (!double.IsFinite(norm)) return norm;

        var clip = Math.Min(1, _options.ClipNorm / (norm + 1e-6));
        var lr = LearningRate(step, _options.Steps, _hyper);
        var (beta1, beta2) = (_options.Beta1, 1 - _hyper.InvBeta2);
        var correction1 = 1 - Math.Pow(beta1, step + 1);
        var correction2 = 1 - Math.Pow(beta2, step + 1);
        for (var i = 0; i < gradient.Length; i++)
        {
            var g = gradient[i] * clip;
            var m = (beta1 * M[i]) + ((1 - beta1) * g);
            var v = (beta2 * V[i]) + ((1 - beta2) * g * g);
            var tau = Tau[i] * (1 - (lr * _hyper.WeightDecay));
            tau -= lr * (m / correction1) / (Math.Sqrt(v / correction2) + Epsilon);
            (M[i], V[i], Tau[i]) = ((float)m, (float)v, (float)Math.Clamp(tau, -1, 1));
        }
        return norm;
    }
}
