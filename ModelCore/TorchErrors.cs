using System.Runtime.InteropServices;

namespace Sweeps.ModelCore;

/// <summary>What libtorch refuses comes as an <see cref="ExternalException"/> with its words; what they mean where it matters.</summary>
internal static class TorchErrors
{
    private static readonly string[] _cudaShortages = ["CUDA out of memory", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED"];

    /// <summary>Whether there was not the memory for something: a tensor, on whichever device, or an object.</summary>
    internal static bool IsOutOfMemory(Exception e) => e switch
    {
        OutOfMemoryException or OutOfMemoryOnDeviceException => true,
        // A GPU's is told by libtorch alone, as one of its errors; see CudaShortage. CUDA's own and cuBLAS's are beside its allocator.
        ExternalException => _cudaShortages.Any(words => e.Message.Contains(words, StringComparison.Ordinal)),
        _ => false,
    };

    /// <summary>Whether a GPU failed, not what was asked of it; not where it was only full.</summary>
    internal static bool IsOfGpu(Exception e) =>
        e is ExternalException && !IsOutOfMemory(e) && e.Message.Contains("CUDA error", StringComparison.Ordinal);

    /// <summary>Whether libtorch refused what was asked of it, for other reasons than memory.</summary>
    internal static bool IsRefusal(Exception e) => e is ExternalException && !IsOutOfMemory(e);
}
