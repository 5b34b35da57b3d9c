using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;

namespace Sweeps.ModelCore.Kernels;

/// <summary>Threads for one operation on the CPU, of the kernels. libtorch's own operators have one.</summary>
/// <remarks>
/// The kernels cut their work by its shape. MKL does so for <c>MKL_CBWR=AVX2,STRICT</c> on processors of Intel only: on those of AMD a
/// product of few rows and columns has other last bits with other threads, and libtorch's sums have them everywhere.
/// </remarks>
public static class Threads
{
    /// <summary>
    /// Sets their number, for the process; and libtorch's for callers on this thread. What computes goes on with the number that it began
    /// with.
    /// </summary>
    public static void Set(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Status.Check(NativeMethods.sw_set_num_threads(threads));
        torch.set_num_threads(1);
    }

    /// <summary>Their number.</summary>
    public static int Get() => (int)NativeMethods.sw_get_num_threads();
}
