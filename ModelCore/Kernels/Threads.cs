using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;

namespace Sweeps.ModelCore.Kernels;

/// <summary>Threads for one operation on the CPU: in libtorch (for callers on this thread) and in the kernels (for the process).</summary>
public static class Threads
{
    /// <summary>Sets their number. What computes goes on with the number that it began with.</summary>
    public static void Set(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Status.Check(NativeMethods.sw_set_num_threads(threads));
        torch.set_num_threads(threads);
    }

    /// <summary>Their number.</summary>
    public static int Get() => (int)NativeMethods.sw_get_num_threads();
}
