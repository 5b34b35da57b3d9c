using Sweeps.ModelCore.Kernels;
using TorchSharp;

namespace Sweeps.Benchmarks;

/// <summary>One of the two that are compared.</summary>
internal static class Side
{
    /// <summary>Lets the plain composition, or the kernels, work from now on: the former with as many threads in libtorch.</summary>
    public static void Take(bool kernels)
    {
        Functions.enabled = kernels;
        torch.set_num_threads(kernels ? 1 : Threads.Get());
    }
}
