using Sweeps.ModelCore.Kernels.Interop;
using TorchSharp;

namespace Sweeps.ModelCore.Kernels;

/// <summary>
/// Memory of CPU tensors and of the kernels' own arrays: one pool in libtorch's allocator's place, one budget. Blocks are counted as they
/// are taken from the system, a sixteenth above what was asked for at most (and 64 bytes). Freed blocks are kept for the next operation,
/// and given back when a job ends that has not used them.
/// </summary>
public static unsafe class Memory
{
    /// <summary>Bytes in use.</summary>
    public static long Allocated => Stats().InUse;

    /// <summary>Most bytes in use since the start, or since <see cref="ResetPeak"/>.</summary>
    public static long Peak => Stats().Peak;

    /// <summary>Bytes taken from the system: in use, and kept for the next operation.</summary>
    public static long Reserved
    {
        get
        {
            var stats = Stats();
            return stats.InUse + stats.Kept;
        }
    }

    /// <summary>Blocks taken from the system so far; it stands still while kept ones serve.</summary>
    public static long SystemAllocations => Stats().FromSystem;

    /// <summary>
    /// Sets the budget: what would bring the bytes in use above it fails with <see cref="OutOfMemoryOnDeviceException"/>.
    /// </summary>
    /// <param name="bytes">0 for none; what is in use already may be above it</param>
    public static void SetBudget(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        NativeMethods.sw_set_memory_budget(bytes);
    }

    /// <summary>Starts <see cref="Peak"/> anew from what is in use.</summary>
    public static void ResetPeak() => NativeMethods.sw_reset_peak_memory();

    /// <summary>Gives what is kept back to the system.</summary>
    public static void Empty() => NativeMethods.sw_empty_cache();

    /// <summary>
    /// A job begins; until the result is disposed, what it frees is kept for it. Then no more stays than it needed at its peak, and nothing
    /// of before.
    /// </summary>
    public static IDisposable BeginJob()
    {
        NativeMethods.sw_begin_job();
        return new Job();
    }

    /// <summary>Makes sure that libtorch takes its memory from the pool, and TorchSharp its numbers from the native library.</summary>
    /// <exception cref="NotSupportedException">
    /// they call their own functions: they were loaded before the native library, or are of another version
    /// </exception>
    public static void RequireTakeOver()
    {
        TorchNumbers.RequireTakeOver();
        var before = NativeMethods.sw_libtorch_allocations();
        using (torch.zeros(1))
        {
            if (NativeMethods.sw_libtorch_allocations() > before) return;
        }
        throw new NotSupportedException(
            "libtorch does not take its memory from libsweeps_native.so: it was loaded before it, or its allocator has another name");
    }

    /// <summary>
    /// An allocation that failed on this thread since the last call, as an exception; null when there was none. libtorch tells it as an
    /// error like any other: this is how it is recognised.
    /// </summary>
    internal static OutOfMemoryOnDeviceException? TakeShortage()
    {
        NativeShortage shortage;
        var isShort = NativeMethods.sw_take_shortage(&shortage) != 0;
        return isShort ? new OutOfMemoryOnDeviceException(shortage.Asked, shortage.InUse, shortage.Budget) : null;
    }

    private static NativeMemoryStats Stats()
    {
        NativeMemoryStats stats;
        NativeMethods.sw_memory_stats(&stats);
        return stats;
    }

    private sealed class Job : IDisposable
    {
        public void Dispose() => NativeMethods.sw_end_job();
    }
}
