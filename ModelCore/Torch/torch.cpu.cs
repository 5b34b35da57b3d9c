using Sweeps.ModelCore.Torch.Interop;

namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>
    /// Memory of CPU tensors and of the kernels' own arrays, with the functions that PyTorch has for torch.cuda. Blocks are counted as they are
    /// taken from the system, a sixteenth above what was asked for at most (and 64 bytes). Freed blocks are kept for the next operation.
    /// </summary>
    public static class cpu
    {
        /// <summary>Bytes in use.</summary>
        public static long memory_allocated() => Stats()[0];

        /// <summary>Most bytes in use since the start, or since <see cref="reset_peak_memory_stats"/>.</summary>
        public static long max_memory_allocated() => Stats()[1];

        /// <summary>Bytes taken from the system: in use, and kept for the next operation (at most 4 GiB).</summary>
        public static long memory_reserved()
        {
            var stats = Stats();
            return stats[0] + stats[2];
        }

        /// <summary>Blocks taken from the system so far; it stands still while kept ones serve.</summary>
        public static long system_allocations() => Stats()[3];

        /// <summary>Sets the budget: what would bring the bytes in use above it fails with <see cref="TorchOutOfMemoryException"/>.</summary>
        /// <param name="bytes">0 for none; what is in use already may be above it</param>
        public static void set_memory_budget(long bytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(bytes);
            Native.sw_set_memory_budget(bytes);
        }

        /// <summary>Starts <see cref="max_memory_allocated"/> anew from what is in use.</summary>
        public static void reset_peak_memory_stats() => Native.sw_reset_peak_memory();

        /// <summary>Gives what is kept back to the system.</summary>
        public static void empty_cache() => Native.sw_empty_cache();

        private static long[] Stats()
        {
            var stats = new long[4];
            Native.sw_memory_stats(stats);
            return stats;
        }
    }
}
