using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>The fused optimiser.</summary>
internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial int sw_gradient_sum_squares(ReadOnlySpan<nint> parameters, long n, out double sum);

    [LibraryImport(Library)]
    internal static partial int sw_adamw_step(Span<AdamWParameter> parameters, long n, double gradient_scale, out long nonzeros);

    /// <summary>One parameter of a step, as fused_optimizer.cpp has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AdamWParameter
    {
        internal nint Parameter, Mean, Square;
        internal long Step;
        internal double Lr, Beta1, Beta2, Eps, WeightDecay;
        internal long Kept, FloorAxis, Floor, Hint;
    }
}
